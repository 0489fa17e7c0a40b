// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class StreamStatusTest {
  private static final Outcome BUSY = new Outcome.Busy(503, Optional.empty(), "full");

  private long now;
  private final StreamStatus status = new StreamStatus(RowStream.PERSONS, () -> now);

  @Test
  void isDownUntilItHasItsPartitions() {
    assertThat(status.health().up()).isFalse();
    assertThat(status.health().message()).contains("persons", "KAFKA_BOOTSTRAP_SERVERS");

    status.joined();
    assertThat(status.health().up()).isTrue();
  }

  @Test
  void isDownWhenKafkaIsAwayForLong() {
    status.joined();
    pass(29);
    status.measured(5);
    pass(29);
    assertThat(status.health().up()).isTrue();
    assertThat(status.lag()).isEqualTo(OptionalLong.of(5));

    pass(1);
    assertThat(status.health().up()).isFalse();
    assertThat(status.health().message()).contains("has not reached Kafka for 30 s");
  }

  @Test
  void isDownWhenTheSinkTakesNothingForLong() {
    status.joined();
    status.sink(0).failed(BUSY);
    pass(29);
    status.measured(5);
    status.sink(0).failed(BUSY);
    assertThat(status.health().up()).isTrue();

    pass(1);
    assertThat(status.health().up()).isFalse();
    assertThat(status.health().message())
        .contains(
            "delivers nothing since 30 s because its sink answered 503 (full)",
            "CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT");

    status.sink(0).accepted();
    assertThat(status.health().up()).isTrue();
  }

  @Test
  void namesTheVariableOfTheTokenOrTheEndpoint() {
    status.joined();
    status.sink(0).halted(new Decision.Halt(403, "no"), Duration.ofSeconds(60));
    assertThat(status.health().message())
        .isEqualTo(
            "The persons stream is stopped because its sink answered 403 (no); put a token that may"
                + " send to the stream into CLOUDFLARE_PERSONS_PIPELINE_AUTH_TOKEN. Nothing is"
                + " skipped; one batch is tried every 60 s.");

    status.sink(0).halted(new Decision.Halt(404, ""), Duration.ofSeconds(60));
    assertThat(status.health().message()).contains("CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT");

    status.sink(0).admitted();
    assertThat(status.health().up()).isTrue();
  }

  @Test
  void suspectsASinkThatRefusesEveryRow() {
    status.joined();
    for (int i = 0; i < 99; i++) {
      status.sink(0).refused();
    }
    assertThat(status.health().up()).isTrue();

    status.sink(0).refused();
    assertThat(status.health().up()).isFalse();
    assertThat(status.health().message()).contains("refused the last 100 rows one by one");

    status.sink(0).accepted();
    assertThat(status.health().up()).isTrue();
  }

  @Test
  void isNotFailingWhenTheSinkJudgesRows() {
    status.joined();
    status.sink(0).failed(BUSY);
    pass(29);
    status.measured(0);
    status.sink(0).refused();
    pass(1);

    assertThat(status.health().up()).isTrue();
  }

  @Test
  void forgetsTheLagWhenTheLoopEnds() {
    status.joined();
    status.measured(5);
    status.stopped("The stream failed.");

    assertThat(status.lag()).isEmpty();
    assertThat(status.health().up()).isFalse();
    assertThat(status.health().message()).isEqualTo("The stream failed.");

    status.joined();
    assertThat(status.health().up()).isTrue();
  }

  private void pass(int seconds) {
    now += Duration.ofSeconds(seconds).toNanos();
  }

  @Test
  void recordingsAmongTheEventsNameTheVariablesOfTheEvents() {
    StreamStatus among = new StreamStatus(RowStream.RECORDINGS, RowStream.EVENTS, 1, () -> now);
    among.joined();
    among.sink(0).halted(new Decision.Halt(404, ""), Duration.ofSeconds(60));
    assertThat(among.health().message())
        .contains("The recordings stream is stopped", "set CLOUDFLARE_PIPELINE_ENDPOINT");
  }

  @Test
  void oneEndpointOfSeveralDoesNotHideTheTroubleOfAnother() {
    StreamStatus divided = new StreamStatus(RowStream.EVENTS, RowStream.EVENTS, 2, () -> now);
    divided.joined();
    divided.sink(1).failed(BUSY);
    pass(29);
    divided.measured(0);
    divided.sink(0).accepted();
    pass(1);
    assertThat(divided.health().up()).isFalse();
    assertThat(divided.health().message())
        .contains("because its sink (endpoint 2 of 2) answered 503 (full)");
    divided.sink(0).halted(new Decision.Halt(401, "no"), Duration.ofSeconds(60));
    divided.sink(1).accepted();
    assertThat(divided.health().message()).contains("its sink (endpoint 1 of 2) answered 401");
  }
}

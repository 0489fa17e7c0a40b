// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.DeliveryEntry.Counts;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.forwarder.FakePipeline.Reply;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Each fault that a sink is known for, once: what becomes of ten rows in one batch, what the
 * account says, and what the operator is told. All positions end behind the last row but where a
 * stream stops.
 */
class SinkFaultsTest {
  private static final int ROWS = 10;

  private static List<String> all() {
    return IntStream.range(0, ROWS).mapToObj(i -> LoopFixture.uuid(0, i)).toList();
  }

  private static LoopFixture fixture() throws IOException {
    return fixture(Duration.ofSeconds(20));
  }

  private static LoopFixture fixture(Duration requestTimeout) throws IOException {
    return new LoopFixture(
        config ->
            new ForwarderConfig(
                config.topicPrefix(),
                config.instanceId(),
                config.events(),
                config.persons(),
                requestTimeout,
                config.batchBytes(),
                ROWS,
                Duration.ofSeconds(10),
                config.inFlight()),
        true);
  }

  private static void deliver(LoopFixture loop) {
    loop.start(0);
    loop.rows(0, 0, ROWS);
    loop.awaitCommitted(0, ROWS);
  }

  private static void sentTwice(LoopFixture loop) {
    assertThat(loop.account()).isEqualTo(new Counts(2 * ROWS, ROWS, 0));
    assertThat(loop.progress().delivered()).isEqualTo(ROWS);
    assertThat(loop.sink.requests()).hasSize(2);
    assertThat(loop.sink.requests().get(1).body()).isEqualTo(loop.sink.requests().get(0).body());
    assertThat(loop.status.health().up()).isTrue();
  }

  @Test
  void withoutAFaultTheRowsAreSentOnce() throws IOException {
    try (LoopFixture loop = fixture()) {
      deliver(loop);
      assertThat(loop.sink.stored()).isEqualTo(all());
      assertThat(loop.account()).isEqualTo(new Counts(ROWS, ROWS, 0));
    }
  }

  @Test
  void after429TheyAreSentAgainNoEarlierThanTheSinkWishes() throws IOException {
    try (LoopFixture loop = fixture()) {
      loop.sink.script(new Reply.Answer(429, Map.of("Retry-After", "1"), "slow down"));
      deliver(loop);
      assertThat(loop.sink.stored()).isEqualTo(all());
      sentTwice(loop);
      // The longest wish that this test's policy obeys is 100 ms.
      assertThat(loop.sink.requests().get(1).at() - loop.sink.requests().get(0).at())
          .isGreaterThanOrEqualTo(Duration.ofMillis(100).toNanos());
    }
  }

  @Test
  void after500TheyAreSentAgain() throws IOException {
    try (LoopFixture loop = fixture()) {
      loop.sink.script(FakePipeline.answer(500));
      deliver(loop);
      assertThat(loop.sink.stored()).isEqualTo(all());
      sentTwice(loop);
    }
  }

  @Test
  void aSinkThatIsTooSlowIsAskedAgainAndMayHaveThemTwice() throws IOException {
    try (LoopFixture loop = fixture(Duration.ofSeconds(2))) {
      loop.sink.script(new Reply.StoreAndHang());
      deliver(loop);
      assertThat(loop.sink.stored()).hasSize(2 * ROWS);
      assertThat(new TreeSet<>(loop.sink.stored())).isEqualTo(new TreeSet<>(all()));
      sentTwice(loop);
    }
  }

  @Test
  void halfAnAnswerIsNone() throws IOException {
    try (LoopFixture loop = fixture(Duration.ofSeconds(2))) {
      loop.sink.script(new Reply.HalfAnAnswer());
      deliver(loop);
      assertThat(loop.sink.stored()).isEqualTo(all());
      sentTwice(loop);
    }
  }

  @Test
  void anAnswerThatBreaksOffIsNone() throws IOException {
    try (LoopFixture loop = fixture()) {
      loop.sink.script(new Reply.BrokenAnswer());
      deliver(loop);
      assertThat(new TreeSet<>(loop.sink.stored())).isEqualTo(new TreeSet<>(all()));
      sentTwice(loop);
    }
  }

  /** Nobody can see it from here; the comparison with the sink's own counts does. */
  @Test
  void whatTheSinkDropsBehindA200CountsAsAcknowledged() throws IOException {
    try (LoopFixture loop = fixture()) {
      loop.sink.script(FakePipeline.answer(200));
      deliver(loop);
      assertThat(loop.sink.stored()).isEmpty();
      assertThat(loop.account()).isEqualTo(new Counts(ROWS, ROWS, 0));
    }
  }

  @Test
  void afterAResetBehindTheBodyTheyAreSentAgainAndAreThereTwice() throws IOException {
    try (LoopFixture loop = fixture()) {
      loop.sink.script(new Reply.StoreAndReset());
      deliver(loop);
      assertThat(loop.sink.stored()).hasSize(2 * ROWS);
      sentTwice(loop);
    }
  }

  @Test
  void a413IsHalvedUntilWhatFitsIsStoredAndTheRestADeadLetter() throws IOException {
    try (LoopFixture loop = fixture()) {
      loop.sink.maxBytes(400);
      loop.start(0);
      loop.rows(0, 0, ROWS - 1);
      loop.row(0, ROWS - 1, Rows.event(LoopFixture.uuid(0, ROWS - 1), 500));
      loop.awaitCommitted(0, ROWS);
      assertThat(new TreeSet<>(loop.sink.stored()))
          .isEqualTo(new TreeSet<>(all().subList(0, ROWS - 1)));
      assertThat(loop.account().acknowledged()).isEqualTo(ROWS - 1);
      assertThat(loop.account().deadLettered()).isEqualTo(1);
      assertThat(loop.account().sent()).isGreaterThan(ROWS);
      assertThat(DeadLetter.read(loop.producer.history().getFirst().headers()).code())
          .isEqualTo(ErrorCode.ROW_TOO_LARGE);
    }
  }

  @Test
  void aRowOverTheRowLimitIsNeverSent() throws IOException {
    try (LoopFixture loop = fixture()) {
      loop.start(0);
      loop.rows(0, 0, ROWS - 1);
      loop.row(0, ROWS - 1, Rows.event(LoopFixture.uuid(0, ROWS - 1), 900_000));
      loop.rows(0, ROWS, 1);
      loop.awaitCommitted(0, ROWS + 1);
      assertThat(loop.sink.requests()).hasSize(1);
      assertThat(loop.account()).isEqualTo(new Counts(ROWS, ROWS, 1));
      assertThat(DeadLetter.read(loop.producer.history().getFirst().headers()).code())
          .isEqualTo(ErrorCode.ROW_TOO_LARGE);
    }
  }

  @Test
  void a401StopsTheStreamSkipsNothingAndNamesTheToken() throws IOException {
    try (LoopFixture loop = fixture()) {
      loop.sink.always(FakePipeline.answer(401));
      loop.start(0);
      loop.rows(0, 0, ROWS);
      Await.until("stopped", () -> loop.status.sink(0).halted().isPresent());
      assertThat(loop.status.health().message())
          .contains("answered 401", "CLOUDFLARE_PIPELINE_AUTH_TOKEN");
      assertThat(loop.consumer.committed(0)).isLessThanOrEqualTo(0);
      assertThat(loop.producer.history()).isEmpty();
      loop.sink.always(new Reply.Judge());
      loop.awaitCommitted(0, ROWS);
      assertThat(loop.sink.stored()).isEqualTo(all());
      assertThat(loop.status.health().up()).isTrue();
    }
  }
}

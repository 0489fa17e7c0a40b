// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Route;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Repeated events on the real topology with its store on disk. */
class DuplicateFilterTest {
  private static final long DAY = Duration.ofHours(24).toMillis();
  private static final long HOUR = Duration.ofHours(1).toMillis();

  /** Where a window of a day begins. */
  private static final long MIDNIGHT = 20_700 * DAY;

  private static final UUID ONE = new UUID(0x7000L, 1);

  private final Circuit circuit = new Circuit(new Partition());

  @AfterEach
  void close() {
    circuit.close();
  }

  private void take(String token, String id, UUID uuid, String json, long at) {
    RawEvent raw =
        new RawEvent(
            new ActorKey(token, id),
            Json.bytes(json),
            uuid,
            Route.BATCH,
            at * 1_000,
            null,
            null,
            null);
    circuit.partition.takeRaw(raw, at);
    circuit.settle();
  }

  private void take(UUID uuid, long at) {
    take(Events.TOKEN, "U", uuid, "{'event':'buy'}", at);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 12 * 3_600_000L, 24 * 3_600_000L - 1, 24 * 3_600_000L})
  void aRepetitionWithinTheWindowIsDropped(long later) {
    take(ONE, MIDNIGHT);
    take(ONE, MIDNIGHT + later);
    assertThat(circuit.rows).hasSize(1);
    assertThat(circuit.snapshots).hasSize(1);
    assertThat(circuit.metrics().duplicates()).isEqualTo(1);
    assertThat(circuit.person("U").version()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 3_700_000L, 23 * 3_600_000L, 24 * 3_600_000L})
  void aRepetitionAcrossTheBoundaryOfTwoWindowsIsDropped(long later) {
    take(ONE, MIDNIGHT - 1);
    take(ONE, MIDNIGHT - 1 + later);
    assertThat(circuit.rows).hasSize(1);
    assertThat(circuit.metrics().duplicates()).isEqualTo(1);
  }

  @Test
  void aFullWindowLaterIsStillWithinIt() {
    take(ONE, MIDNIGHT + DAY - 1);
    take(ONE, MIDNIGHT + 2 * DAY - 1);
    assertThat(circuit.metrics().duplicates()).isEqualTo(1);
  }

  @Test
  void afterTwoWindowsItIsForgotten() {
    take(ONE, MIDNIGHT + DAY - 1);
    take(ONE, MIDNIGHT + 2 * DAY);
    assertThat(circuit.rows).hasSize(2);
    assertThat(circuit.metrics().duplicates()).isZero();
  }

  @Test
  void itStaysKnownWhileItIsRepeatedWithoutBeingRenewed() {
    take(ONE, MIDNIGHT);
    take(ONE, MIDNIGHT + 20 * HOUR);
    take(ONE, MIDNIGHT + 40 * HOUR);
    assertThat(circuit.metrics().duplicates()).isEqualTo(2);
    take(ONE, MIDNIGHT + 60 * HOUR);
    assertThat(circuit.rows).as("the window is that of the first try").hasSize(2);
  }

  @Test
  void aRetryMayLookDifferent() {
    take(Events.TOKEN, "U", ONE, "{'event':'buy','offset':10}", MIDNIGHT);
    take(Events.TOKEN, "U", ONE, "{'offset':4000,'event':'buy','retry_count':1}", MIDNIGHT + 5);
    assertThat(circuit.rows).hasSize(1);
  }

  @Test
  void anotherProjectMayHaveTheSameUuid() {
    take(Events.TOKEN, "U", ONE, "{'event':'buy'}", MIDNIGHT);
    take("phc_other", "U", ONE, "{'event':'buy'}", MIDNIGHT);
    assertThat(circuit.rows).hasSize(2);
    assertThat(circuit.metrics().duplicates()).isZero();
  }

  @Test
  void equalEventsWithUuidsOfTheirOwnAreTwo() {
    take(ONE, MIDNIGHT);
    take(new UUID(0x7000L, 2), MIDNIGHT);
    assertThat(circuit.rows).hasSize(2);
  }

  @Test
  void anEventThatWasRefusedIsRefusedAgainAndMayBeSentCorrected() {
    take(Events.TOKEN, "U", ONE, "{'event':7}", MIDNIGHT);
    take(Events.TOKEN, "U", ONE, "{'event':7}", MIDNIGHT);
    assertThat(circuit.metrics().deadLettered()).isEqualTo(2);
    take(Events.TOKEN, "U", ONE, "{'event':'buy'}", MIDNIGHT);
    assertThat(circuit.rows).hasSize(1);
    assertThat(circuit.metrics().duplicates()).isZero();
  }

  @Test
  void aRepeatedIdentifyMergesOnceAndWarnsOnce() {
    String identify = "{'event':'$identify','properties':{'$anon_distinct_id':'null'}}";
    take(Events.TOKEN, "U", ONE, identify, MIDNIGHT);
    take(Events.TOKEN, "U", ONE, identify, MIDNIGHT + 1);
    assertThat(circuit.warnings(Warning.CANNOT_MERGE_WITH_ILLEGAL_DISTINCT_ID)).isEqualTo(1);
    assertThat(circuit.rows).hasSize(1);
  }

  @Test
  void aBatchPostedThreeTimesGivesItsRowsOnce() {
    for (int post = 0; post < 3; post++) {
      for (int n = 0; n < 20; n++) {
        take(Events.TOKEN, "U" + n % 3, new UUID(1, n), "{'event':'e'}", MIDNIGHT + 60_000L * post);
      }
    }
    assertThat(circuit.rows).hasSize(20);
    assertThat(circuit.metrics().duplicates()).isEqualTo(40);
  }

  @Test
  void aRecordingIsDroppedAsWellWhenItIsRepeated() {
    RawEvent recording =
        Sent.on(Route.S, "{'properties':{'$session_id':'s','$snapshot_data':[]}}").raw();
    circuit.partition.takeRecording(recording, MIDNIGHT);
    circuit.partition.takeRecording(recording, MIDNIGHT + 1);
    circuit.settle();
    assertThat(circuit.rows).hasSize(1);
    assertThat(circuit.metrics().duplicates()).isEqualTo(1);
  }
}

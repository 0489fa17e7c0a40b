// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.Generation;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.GenerationRecord.Setup;
import dev.hogflare.contract.GenerationRecord.State;
import dev.hogflare.contract.GroupedEvent;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.Route;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;

/** What a generation writes on each side of a cutover, on one partition of the real topology. */
class GateTest {
  private static final Generation G2 = new Generation(2);
  private static final RawCommand.Cutover CUT = new RawCommand.Cutover(Generation.FIRST, G2);
  private static final String EVENT = "{'event':'e'}";
  private static final String GROUPED = "{'event':'e','properties':{'$groups':{'company':'acme'}}}";
  private static final String IDENTIFY =
      "{'event':'$identify','properties':{'$anon_distinct_id':'A'}}";

  private static Setup setup(Generation groups, boolean shadow, Map<String, List<Long>> openFrom) {
    return new Setup(groups, shadow, Setup.BEGINNING, 0, 1, openFrom);
  }

  private static Circuit second(Setup setup) {
    return new Circuit(
        new Partition(
            Partition.config(Duration.ZERO, PersonConfig.Snapshots.ALL),
            new GenerationRecord(G2, State.REBUILDING, setup, Optional.empty()),
            new IdentityProtocol()));
  }

  @Test
  void aRebuildingGenerationLearnsAndWritesNothingUntilItsMarker() {
    try (Circuit circuit = second(setup(G2, false, Map.of()))) {
      circuit.take("A", EVENT).take("U", IDENTIFY).take("U", "no json");
      assertThat(circuit.rows).isEmpty();
      assertThat(circuit.snapshots).isEmpty();
      assertThat(circuit.overrides).isEmpty();
      assertThat(circuit.deadLetters).isEmpty();
      assertThat(circuit.person("A").ids()).containsExactly("A", "U");
      assertThat(circuit.metrics().muted()).isEqualTo(3);
      assertThat(circuit.metrics().born()).isZero();

      circuit.partition.takeMarkers(CUT, Circuit.START + 100_000);
      circuit.take("A", EVENT).take("U", "no json");
      assertThat(circuit.rows).hasSize(1);
      assertThat(circuit.row().get("person_id").asText())
          .isEqualTo(circuit.person("A").uuid().toString());
      assertThat(circuit.snapshots).hasSize(1);
      assertThat(circuit.deadLetters).hasSize(1);
      assertThat(circuit.metrics().commands()).isEqualTo(2);
    }
  }

  @Test
  void theGenerationThatIsTakenOverFromLeavesWhatComesBehindTheMarker() {
    try (Circuit circuit = new Circuit()) {
      circuit.take("A", EVENT);
      circuit.partition.takeMarkers(CUT, Circuit.START + 100_000);
      circuit.take("A", EVENT).take(Route.S, "A", "{'event':'$snapshot'}").take("B", "no json");
      assertThat(circuit.rows).hasSize(1);
      assertThat(circuit.deadLetters).isEmpty();
      assertThat(circuit.metrics().left()).isEqualTo(3);
      assertThat(circuit.partition.actors()).doesNotContainKey("B");
    }
  }

  @Test
  void aMarkerThatIsWrittenTwiceChangesNothingMore() {
    try (Circuit circuit = second(setup(G2, false, Map.of()))) {
      circuit.partition.takeMarkers(CUT, Circuit.START);
      circuit.take("A", EVENT);
      circuit.partition.takeMarkers(CUT, Circuit.START);
      circuit.take("A", EVENT);
      assertThat(circuit.rows).hasSize(2);
      circuit.partition.takeMarkers(new RawCommand.Cutover(G2, G2.next()), Circuit.START);
      circuit.take("A", EVENT);
      assertThat(circuit.rows).hasSize(2);
      assertThat(circuit.metrics().left()).isEqualTo(1);
    }
  }

  @Test
  void eachRawTopicHasAMarkerOfItsOwn() {
    try (Circuit circuit = second(setup(G2, false, Map.of()))) {
      RecordHeaders headers = new RecordHeaders();
      CUT.writeHeader(headers);
      circuit.partition.takeRaw(new TestRecord<>(null, CUT.toJson(), headers));
      circuit.take(Route.S, "A", recording()).take("A", EVENT);
      assertThat(circuit.rows).hasSize(1);
      assertThat(circuit.metrics().muted()).isEqualTo(1);
    }
  }

  private static String recording() {
    return "{'event':'$snapshot','properties':{'$session_id':'s','$snapshot_data':[]}}";
  }

  @Test
  void groupsLearnFromAMutedEventThroughTheTopicOfTheirGeneration() {
    try (Circuit circuit = second(setup(G2, false, Map.of()))) {
      circuit.take("A", GROUPED);
      assertThat(circuit.groupEvents).extracting(GroupedEvent::muted).containsExactly(true);
      assertThat(circuit.metrics().muted()).isEqualTo(1);
      circuit.groupEvents.clear();
      circuit.partition.takeMarkers(CUT, Circuit.START + 100_000);
      circuit.take("A", GROUPED);
      assertThat(circuit.groupEvents).extracting(GroupedEvent::muted).containsExactly(false);
    }
  }

  @Test
  void whereOnlyPersonsAreRebuiltTheSharedGroupsHearOfAnEventOnce() {
    try (Circuit circuit = second(setup(Generation.FIRST, false, Map.of()))) {
      circuit.take("A", GROUPED);
      assertThat(circuit.groupEvents).isEmpty();
      circuit.partition.takeMarkers(CUT, Circuit.START + 100_000);
      circuit.take("A", GROUPED);
      assertThat(circuit.groupEvents).extracting(GroupedEvent::muted).containsExactly(false);
    }
  }

  @Test
  void aShadowWritesFromItsBeginningToTopicsOfItsOwn() {
    try (Circuit circuit = second(setup(G2, true, Map.of()))) {
      circuit.take("A", EVENT).take("A", GROUPED);
      assertThat(circuit.rows).hasSize(2);
      assertThat(circuit.snapshots).hasSize(2);
    }
  }

  @Test
  void withoutAPredecessorItWritesFromTheOffsetOnThatItWasTold() {
    Map<String, List<Long>> openFrom = Map.of(Partition.TOPICS.eventsRaw().name(), List.of(2L));
    try (Circuit circuit = second(setup(G2, false, openFrom))) {
      circuit.take("A", EVENT).take("A", EVENT).take("A", EVENT).take("A", EVENT);
      assertThat(circuit.rows).hasSize(2);
      assertThat(circuit.metrics().muted()).isEqualTo(2);
    }
  }

  @Test
  void aCommandThatCannotBeReadIsPutAside() {
    try (Circuit circuit = new Circuit()) {
      RecordHeaders headers = new RecordHeaders();
      CUT.writeHeader(headers);
      circuit.partition.takeRaw(new TestRecord<>(null, Json.bytes("{'from':0}"), headers));
      circuit.settle();
      assertThat(circuit.deadLetter().code()).isEqualTo(ErrorCode.MALFORMED_RECORD);
      assertThat(circuit.metrics().commands()).isZero();
    }
  }
}

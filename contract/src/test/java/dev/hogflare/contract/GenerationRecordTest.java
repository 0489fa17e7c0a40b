// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.GenerationRecord.Cut;
import dev.hogflare.contract.GenerationRecord.Setup;
import dev.hogflare.contract.GenerationRecord.State;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class GenerationRecordTest {
  private static final Topics TOPICS = new Topics("t.");
  private static final Generation G2 = new Generation(2);

  private static GenerationRecord second(State state) {
    return new GenerationRecord(
        G2,
        state,
        new Setup(G2, false, Setup.BEGINNING, 7, GenerationRecord.CODE_VERSION, Map.of()),
        Optional.empty());
  }

  @ParameterizedTest
  @EnumSource(State.class)
  void isReadBackAsItWasWritten(State state) {
    GenerationRecord plain = second(state);
    GenerationRecord full =
        new GenerationRecord(
                new Generation(3),
                state,
                new Setup(
                    G2,
                    true,
                    "2026-01-01T00:00:00Z",
                    1_700_000_000_000_001L,
                    4,
                    Map.of("t.events.raw", List.of(1L, 2L))),
                Optional.empty())
            .with(
                new Cut(
                    G2,
                    Map.of("t.events.raw", List.of(5L, 6L)),
                    Map.of("t.events.raw", List.of(5L, 9_000_000_000L), "t.r", List.of(0L, 0L))));
    assertThat(GenerationRecord.read(plain.toJson())).isEqualTo(plain);
    assertThat(GenerationRecord.read(full.toJson())).isEqualTo(full);
  }

  @Test
  void theValueIsTheDocumentedJson() {
    GenerationRecord record =
        second(State.CUTTING)
            .with(new Cut(Generation.FIRST, Map.of("t.e", List.of(3L, 4L)), Map.of()));
    assertThat(new String(record.toJson(), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"number\":2,\"state\":\"cutting\",\"groups\":2,\"shadow\":false,"
                + "\"from\":\"beginning\",\"created_at\":7,\"code_version\":3,"
                + "\"cut\":{\"from\":1,\"search_from\":{\"t.e\":[3,4]},\"marks\":{}}}");
    assertThat(record.key()).isEqualTo("generation:2");
    assertThat(GenerationRecord.isKey(record.key())).isTrue();
    assertThat(GenerationRecord.isKey("rebuild")).isFalse();
    assertThat(GenerationRecord.isKey(null)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[]                        | The record of a generation is no JSON object.",
        "{                         | The record of a generation is no JSON object.",
        "{\"number\":0}            | The field number of a generation is 0, not 1 or more.",
        "{\"number\":\"2\"}        | The record of a generation has no field number of the right type.",
        "{\"number\":2,\"state\":\"x\"} | A generation is \"x\", which is no state.",
        "{\"number\":2,\"state\":\"live\"} | The record of a generation has no field groups of the right type.",
      })
  void whatIsNoGenerationIsExplained(String json, String message) {
    assertThatThrownBy(() -> GenerationRecord.read(json.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessage(message);
  }

  @Test
  void onlyTheFirstAndShadowsWriteFromTheirBeginning() {
    assertThat(GenerationRecord.first().startsMuted()).isFalse();
    assertThat(second(State.REBUILDING).startsMuted()).isTrue();
    assertThat(shadow().startsMuted()).isFalse();
  }

  @Test
  void seesItsOwnTopicsWithinAndTheSharedOnesOutside() {
    Topics second = second(State.LIVE).topics(TOPICS);
    assertThat(second.groupEvents().name()).isEqualTo("t.group.events.g2");
    assertThat(second.events().name()).isEqualTo("t.events");
    assertThat(shadow().topics(TOPICS).events().name()).isEqualTo("t.events.g2");
    assertThat(shadow().topics(TOPICS).eventsRaw().name()).isEqualTo("t.events.raw");
    GenerationRecord personsOnly =
        new GenerationRecord(
            G2,
            State.REBUILDING,
            new Setup(Generation.FIRST, false, Setup.BEGINNING, 7, 1, Map.of()),
            Optional.empty());
    assertThat(personsOnly.hasGroups()).isFalse();
    assertThat(personsOnly.topics(TOPICS).groupEvents().name()).isEqualTo("t.group.events");
  }

  @Test
  void aGenerationOfOtherCodeIsRefusedWithTheWayOut() {
    assertThat(second(State.LIVE).refusal()).isEmpty();
    assertThat(ofCode(GenerationRecord.CODE_VERSION - 1).refusal().orElseThrow())
        .contains("g2 was built by code version 2 and this program has version 3")
        .contains("rebuild start");
    assertThat(ofCode(GenerationRecord.CODE_VERSION + 1).refusal().orElseThrow())
        .endsWith("update this program.");
  }

  private static GenerationRecord ofCode(int version) {
    return new GenerationRecord(
        G2,
        State.LIVE,
        new Setup(G2, false, Setup.BEGINNING, 7, version, Map.of()),
        Optional.empty());
  }

  private static GenerationRecord shadow() {
    return new GenerationRecord(
        G2,
        State.REBUILDING,
        new Setup(G2, true, Setup.BEGINNING, 7, 1, Map.of()),
        Optional.empty());
  }

  @Test
  void withoutAnyRecordTheFirstGenerationIsLive() {
    Generations none = new Generations(List.of());
    assertThat(none.live()).isEqualTo(GenerationRecord.first());
    assertThat(none.next()).isEqualTo(G2);
    assertThat(none.underWay()).isEmpty();
    assertThat(none.running()).containsExactly(GenerationRecord.first());
  }

  @Test
  void theLaterOfTwoLiveOnesCountsAndNumbersAreNotUsedAgain() {
    Generations both = new Generations(List.of(second(State.LIVE), GenerationRecord.first()));
    assertThat(both.live()).isEqualTo(second(State.LIVE));
    Generations dropped = new Generations(List.of(second(State.DROPPED)));
    assertThat(dropped.live()).isEqualTo(GenerationRecord.first());
    assertThat(dropped.next()).isEqualTo(new Generation(3));
    assertThat(dropped.running()).containsExactly(GenerationRecord.first());
    assertThat(new Generations(List.of(second(State.CUTTING))).underWay())
        .contains(second(State.CUTTING));
    assertThat(new Generations(List.of(second(State.RETIRING))).retiring())
        .contains(second(State.RETIRING));
  }
}

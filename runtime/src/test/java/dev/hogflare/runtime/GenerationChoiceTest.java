// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.Generation;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.GenerationRecord.Setup;
import dev.hogflare.contract.GenerationRecord.State;
import dev.hogflare.contract.Generations;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GenerationChoiceTest {
  private static final Generation G2 = new Generation(2);

  private static GenerationRecord second(State state, int codeVersion) {
    return new GenerationRecord(
        G2,
        state,
        new Setup(G2, false, Setup.BEGINNING, 7, codeVersion, Map.of()),
        Optional.empty());
  }

  @Test
  void takesTheLiveOneUnlessAnotherIsAskedFor() {
    GenerationRecord rebuilding = second(State.REBUILDING, GenerationRecord.CODE_VERSION);
    Generations all = new Generations(List.of(rebuilding));
    assertThat(GenerationChoice.of(all, Optional.empty())).isEqualTo(GenerationRecord.first());
    assertThat(GenerationChoice.of(all, Optional.of(G2))).isEqualTo(rebuilding);
  }

  @Test
  void readsTheNumberFromTheEnvironment() {
    assertThat(GenerationChoice.from(new Settings(Map.of()))).isEmpty();
    assertThat(GenerationChoice.from(new Settings(Map.of("HOGFLARE_GENERATION", "2"))))
        .contains(G2);
    Settings wrong = new Settings(Map.of("HOGFLARE_GENERATION", "g2"));
    assertThat(GenerationChoice.from(wrong)).isEmpty();
    assertThatThrownBy(wrong::check)
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("HOGFLARE_GENERATION is \"g2\"");
  }

  @Test
  void refusesWhatIsUnknownOrEndedOrOfOtherCode() {
    Generations ended =
        new Generations(List.of(second(State.ABORTED, GenerationRecord.CODE_VERSION)));
    assertThatThrownBy(() -> GenerationChoice.of(ended, Optional.of(G2)))
        .isInstanceOf(SettingsException.class)
        .hasMessage("HOGFLARE_GENERATION is 2 and that generation has ended; the live one is 1.");
    assertThatThrownBy(() -> GenerationChoice.of(ended, Optional.of(new Generation(9))))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("HOGFLARE_GENERATION is 9 and there is no such generation");
    Generations old =
        new Generations(List.of(second(State.LIVE, GenerationRecord.CODE_VERSION - 1)));
    assertThatThrownBy(() -> GenerationChoice.of(old, Optional.empty()))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("g2 was built by code version");
  }
}

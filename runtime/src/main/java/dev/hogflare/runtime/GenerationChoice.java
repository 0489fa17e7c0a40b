// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import dev.hogflare.contract.Generation;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.Generations;
import java.util.List;
import java.util.Optional;

/** Decides which generation a process of a processor works for. */
public final class GenerationChoice {
  private GenerationChoice() {}

  /** Returns the generation that the operator asks for, or nothing for the live one. */
  public static Optional<Generation> from(Settings settings) {
    return settings
        .optionalNumber(Variable.HOGFLARE_GENERATION, 1, Integer.MAX_VALUE)
        .map(number -> new Generation(number.intValue()));
  }

  /**
   * Returns what a process works for.
   *
   * @throws SettingsException if the wanted generation is unknown, has ended, or was built by other
   *     code
   */
  public static GenerationRecord of(Generations all, Optional<Generation> wanted) {
    GenerationRecord chosen =
        wanted
            .map(
                generation ->
                    all.find(generation)
                        .orElseThrow(
                            () ->
                                refused(
                                    "HOGFLARE_GENERATION is "
                                        + generation.number()
                                        + " and there is no such generation; begin one with"
                                        + " 'hogflare rebuild start', or leave the variable out.")))
            .orElseGet(all::live);
    if (!chosen.runs()) {
      throw refused(
          "HOGFLARE_GENERATION is "
              + chosen.generation().number()
              + " and that generation has ended; the live one is "
              + all.live().generation().number()
              + ".");
    }
    chosen
        .refusal()
        .ifPresent(
            reason -> {
              throw refused(reason);
            });
    return chosen;
  }

  private static SettingsException refused(String problem) {
    return new SettingsException(List.of(problem));
  }
}

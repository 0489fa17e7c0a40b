// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.Variable;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Whose events are taken, and how many.
 *
 * @param projects the keys that are taken, as a list or the path of a file; without it every key is
 * @param dropped whose events are left out, as a list or the path of a file
 * @param strangersPerSecond how many requests with unknown keys an address may send
 * @param projectPerSecond how many events of a project have persons; without it all
 * @param senderPerSecond how many events of a distinct id have a person; without it all
 */
record LimitsConfig(
    Optional<String> projects,
    Optional<String> dropped,
    int strangersPerSecond,
    Optional<Integer> projectPerSecond,
    Optional<Integer> senderPerSecond) {
  private static final int MOST = 100_000_000;

  /** Takes everything. */
  static final LimitsConfig NONE =
      new LimitsConfig(Optional.empty(), Optional.empty(), 10, Optional.empty(), Optional.empty());

  /** Reads the settings. */
  static LimitsConfig from(Settings settings) {
    check(settings, Variable.HOGFLARE_PROJECT_TOKENS, LimitsConfig::projects);
    check(settings, Variable.HOGFLARE_DROP_EVENTS, DropList::of);
    return new LimitsConfig(
        settings.optional(Variable.HOGFLARE_PROJECT_TOKENS),
        settings.optional(Variable.HOGFLARE_DROP_EVENTS),
        settings.wholeNumber(Variable.HOGFLARE_UNKNOWN_TOKEN_RATE, 1, MOST),
        settings.optionalNumber(Variable.HOGFLARE_OVERFLOW_TOKEN_RATE, 1, MOST).map(Long::intValue),
        settings.optionalNumber(Variable.HOGFLARE_OVERFLOW_KEY_RATE, 1, MOST).map(Long::intValue));
  }

  private static void check(
      Settings settings, Variable variable, Function<List<String>, ?> parser) {
    settings
        .optional(variable)
        .ifPresent(
            text -> {
              try {
                var unused = new ReloadedList<>(variable.name(), text, parser);
              } catch (IllegalArgumentException e) {
                settings.reject(variable, "cannot be used: " + e.getMessage());
              }
            });
  }

  /**
   * Returns the project keys of a list.
   *
   * @throws IllegalArgumentException if one cannot be a project key
   */
  static Set<String> projects(List<String> entries) {
    for (String entry : entries) {
      String problem = ProjectKeys.shapeProblemOrNull(entry);
      if (problem != null) {
        throw new IllegalArgumentException("\"" + entry + "\" " + problem + ".");
      }
    }
    return new HashSet<>(entries);
  }
}

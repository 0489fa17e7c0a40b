// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * How a flag came to its value, step by step.
 *
 * @param result the value, as an evaluation gives it
 * @param hashedId the id that was hashed; empty if there was none
 * @param steps what was looked at, in order: early access, holdout, each condition
 */
public record FlagExplanation(FlagResult result, String hashedId, List<Step> steps) {
  /**
   * One thing that was looked at.
   *
   * @param name {@code condition 1}, {@code holdout}, …
   * @param condition the index of the condition, from 0
   * @param matched whether it decided for the flag
   * @param bucket where the id falls, from 0 to 100, if that was asked
   * @param rollout the percentage that it was compared with
   * @param sentence what happened
   * @param filters the filters in the order in which they were tried; after the first that does not
   *     match, none is tried
   */
  public record Step(
      String name,
      OptionalInt condition,
      boolean matched,
      OptionalDouble bucket,
      OptionalDouble rollout,
      String sentence,
      List<FilterStep> filters) {}

  /**
   * One filter that was tried.
   *
   * @param filter the filter in words, such as {@code person.plan exact "pro"}
   * @param actual the value it met as JSON, or {@code missing}
   * @param matched whether it matched
   */
  public record FilterStep(String filter, String actual, boolean matched) {}
}

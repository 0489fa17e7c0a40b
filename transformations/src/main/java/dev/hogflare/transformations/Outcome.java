// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import java.util.Map;

/** What became of an event. */
public sealed interface Outcome {
  /**
   * It goes on.
   *
   * @param json the whole event
   * @param added what is still of the properties that the gateway added, with their values as they
   *     are now, as JSON
   */
  record Kept(byte[] json, Map<String, byte[]> added) implements Outcome {}

  /**
   * It is left out.
   *
   * @param step the step that dropped it
   */
  record Dropped(String step) implements Outcome {}
}

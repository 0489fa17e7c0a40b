// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import java.time.Instant;
import java.util.function.Function;

/**
 * An event as it was sent, with what the gateway knew about it.
 *
 * @param json the event's JSON object
 * @param defaults an object with fields that hold where the event has none, or null
 * @param enrichment an object with properties that hold where the event has none, or null
 * @param token its project
 * @param distinctId whose it is
 * @param time finds when it happened from what it says about that
 */
public record EventInput(
    byte[] json,
    byte[] defaults,
    byte[] enrichment,
    String token,
    String distinctId,
    Function<Clues, Instant> time) {

  /**
   * What an event says about when it happened.
   *
   * @param timestamp its field of that name as text, or null
   * @param offset milliseconds before it was sent, or null
   * @param ignoreSentAt whether the clock of its sender is to be believed
   */
  public record Clues(String timestamp, Long offset, boolean ignoreSentAt) {}
}

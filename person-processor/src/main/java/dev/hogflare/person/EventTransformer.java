// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.EventClock;
import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Route;
import dev.hogflare.transformations.EventInput;
import dev.hogflare.transformations.Outcome;
import dev.hogflare.transformations.Transformations;
import java.time.Instant;
import java.util.Map;

/**
 * Runs raw events through the operator's transformations, before anything else is made of them.
 *
 * <p>Parts of recordings pass as they are: they are no events, and large.
 */
final class EventTransformer {
  private final Transformations transformations;

  EventTransformer(Transformations transformations) {
    this.transformations = transformations;
  }

  /**
   * Returns the event as the rest of the pipeline is to see it, or null if it is dropped.
   *
   * <p>An event that is no JSON stays what it is, so that its reader can say what is wrong.
   */
  RawEvent transformedOrNull(RawEvent raw) {
    if (raw.route() == Route.S) {
      return raw;
    }
    Outcome outcome =
        transformations.applyOrNull(
            new EventInput(
                raw.json(),
                raw.defaults(),
                raw.enrichment(),
                raw.key().token(),
                raw.key().distinctId(),
                clues -> time(raw, clues)));
    return switch (outcome) {
      case null -> raw;
      case Outcome.Dropped dropped -> null;
      case Outcome.Kept kept ->
          new RawEvent(
              raw.key(),
              kept.json(),
              raw.uuid(),
              raw.route(),
              raw.arrivedAt(),
              raw.sentAt(),
              object(kept.added()),
              null,
              raw.claim(),
              raw.overflow());
    };
  }

  /** What the gateway added stays apart as well: it says where the person is. */
  private static byte[] object(Map<String, byte[]> members) {
    if (members.isEmpty()) {
      return null;
    }
    JsonBuffer out = new JsonBuffer(512).openObject();
    members.forEach((name, value) -> out.name(name).raw(value));
    return out.closeObject().toBytes();
  }

  private static Instant time(RawEvent raw, EventInput.Clues clues) {
    long micros =
        EventClock.resolve(
            clues.offset(), clues.timestamp(), raw.sentAt(), clues.ignoreSentAt(), raw.arrivedAt());
    return Instant.ofEpochSecond(
        Math.floorDiv(micros, 1_000_000L), Math.floorMod(micros, 1_000_000L) * 1_000);
  }
}

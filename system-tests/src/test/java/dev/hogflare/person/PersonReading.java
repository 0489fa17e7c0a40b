// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Stamp;
import java.util.Optional;

/** What the person-processor finds in a raw event, without Kafka. */
public final class PersonReading {
  private PersonReading() {}

  /** Whether an event becomes a row. */
  public static boolean isReadable(RawEvent event) {
    try {
      return new EventReader().read(event, new Stamp(0, 0, 0)) != null;
    } catch (InvalidEventException e) {
      return false;
    }
  }

  /** Returns the distinct id that a readable event wants united with its own. */
  public static Optional<String> other(RawEvent event) {
    try {
      return Optional.ofNullable(new EventReader().read(event, new Stamp(0, 0, 0)).other());
    } catch (InvalidEventException e) {
      throw new IllegalArgumentException(e);
    }
  }
}

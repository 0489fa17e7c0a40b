// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.Stamp;

/**
 * What {@code $set} or {@code $unset} last said of one property.
 *
 * @param demotions how many merges this entry went through on the losing side
 * @param stamp the place in history of the event that wrote it
 * @param by whose event that was, by {@link Actor#name}
 * @param value the JSON value as sent, or null if the property was unset or the one who wrote it
 *     was deleted
 */
record SetEntry(int demotions, Stamp stamp, String by, byte[] value) {

  /** Returns the entry that holds: the one with fewer demotions, then the later one. */
  static SetEntry winner(SetEntry one, SetEntry other) {
    if (one.demotions != other.demotions) {
      return one.demotions < other.demotions ? one : other;
    }
    return one.stamp.compareTo(other.stamp) >= 0 ? one : other;
  }

  /** Returns the entry after so many further demotions. */
  SetEntry demotedBy(int more) {
    return more == 0 ? this : new SetEntry(demotions + more, stamp, by, value);
  }

  /**
   * Returns the entry after the one who wrote it was deleted: it still beats what it has beaten.
   */
  SetEntry erased() {
    return new SetEntry(demotions, stamp, by, null);
  }
}

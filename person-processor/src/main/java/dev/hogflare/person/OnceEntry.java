// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.Stamp;

/**
 * What {@code $set_once} said first of one property since it was last unset.
 *
 * @param unsetAt the latest {@code $unset} of this property, or null
 * @param stamp the place in history of the earliest write after it, or null if there is none
 * @param by whose event that was, by {@link Actor#name}, or null likewise
 * @param value the JSON value as sent, or null if there is none or the one who wrote it was deleted
 */
record OnceEntry(Stamp unsetAt, Stamp stamp, String by, byte[] value) {

  /** Returns the entry of a write. */
  static OnceEntry written(Stamp stamp, String by, byte[] value) {
    return new OnceEntry(null, stamp, by, value);
  }

  /** Returns the entry of an {@code $unset}. */
  static OnceEntry unset(Stamp stamp) {
    return new OnceEntry(stamp, null, null, null);
  }

  /** Whether there is a value. */
  boolean isPresent() {
    return value != null;
  }

  /** Returns the entry after the one who wrote it was deleted: later writes are none, as before. */
  OnceEntry erased() {
    return new OnceEntry(unsetAt, stamp, by, null);
  }

  /** Returns what both entries say together: the earliest write after the latest unset. */
  static OnceEntry merge(OnceEntry one, OnceEntry other) {
    Stamp unsetAt = later(one.unsetAt, other.unsetAt);
    OnceEntry first = null;
    if (survives(one, unsetAt)) {
      first = one;
    }
    if (survives(other, unsetAt) && (first == null || other.stamp.isBefore(first.stamp))) {
      first = other;
    }
    return first == null
        ? unset(unsetAt)
        : new OnceEntry(unsetAt, first.stamp, first.by, first.value);
  }

  private static boolean survives(OnceEntry entry, Stamp unsetAt) {
    return entry.stamp != null && (unsetAt == null || unsetAt.isBefore(entry.stamp));
  }

  private static Stamp later(Stamp one, Stamp other) {
    if (one == null) {
      return other;
    }
    return other == null || other.isBefore(one) ? one : other;
  }
}

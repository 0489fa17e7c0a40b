// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.Stamp;

/**
 * What {@code $set_once} said first of one property since it was last unset.
 *
 * @param unsetAt the latest {@code $unset} of this property, or null
 * @param stamp the place in history of the earliest write after it, or null if there is none
 * @param value the JSON value as sent, or null if there is none
 */
record OnceEntry(Stamp unsetAt, Stamp stamp, byte[] value) {

  /** Returns the entry of a write. */
  static OnceEntry written(Stamp stamp, byte[] value) {
    return new OnceEntry(null, stamp, value);
  }

  /** Returns the entry of an {@code $unset}. */
  static OnceEntry unset(Stamp stamp) {
    return new OnceEntry(stamp, null, null);
  }

  /** Whether there is a value. */
  boolean isPresent() {
    return stamp != null;
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
    return first == null ? unset(unsetAt) : new OnceEntry(unsetAt, first.stamp, first.value);
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

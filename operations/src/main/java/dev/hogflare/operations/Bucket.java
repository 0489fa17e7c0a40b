// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.operations;

import java.util.Comparator;

/**
 * The events of one project that arrived at the gateway in one hour.
 *
 * @param token the project, empty if it is not known
 * @param hour in hours since the epoch
 */
public record Bucket(String token, long hour) implements Comparable<Bucket> {
  private static final Comparator<Bucket> ORDER =
      Comparator.comparingLong(Bucket::hour).thenComparing(Bucket::token);
  private static final long MILLIS = 3_600_000;

  /** Returns when the hour begins, in milliseconds since the epoch. */
  public long beginMillis() {
    return hour * MILLIS;
  }

  /** Returns when the hour ends, in milliseconds since the epoch. */
  public long endMillis() {
    return (hour + 1) * MILLIS;
  }

  @Override
  public int compareTo(Bucket other) {
    return ORDER.compare(this, other);
  }
}

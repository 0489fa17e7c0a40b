// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

/**
 * The place of a raw record in history: the only clock of the processors.
 *
 * <p>Given by the broker and stored in the log, so it is the same in every replay; it rises along a
 * partition.
 *
 * @param appendedAt the broker's append time in milliseconds since the epoch
 * @param partition the raw topic's partition, from 0
 * @param offset the offset in that partition, from 0
 */
public record Stamp(long appendedAt, int partition, long offset) implements Comparable<Stamp> {

  @Override
  public int compareTo(Stamp other) {
    int byTime = Long.compare(appendedAt, other.appendedAt);
    if (byTime != 0) {
      return byTime;
    }
    int byPartition = Integer.compare(partition, other.partition);
    return byPartition != 0 ? byPartition : Long.compare(offset, other.offset);
  }

  /** Whether this stamp is earlier than the other. */
  public boolean isBefore(Stamp other) {
    return compareTo(other) < 0;
  }

  /** Returns the earlier of two stamps. */
  public static Stamp earlier(Stamp one, Stamp other) {
    return one.compareTo(other) <= 0 ? one : other;
  }

  /** Returns {@code time:partition:offset}. */
  public String toText() {
    return appendedAt + ":" + partition + ":" + offset;
  }

  /**
   * Reads {@code time:partition:offset}.
   *
   * @throws MalformedRecordException if the text is anything else
   */
  public static Stamp fromText(String text) {
    int first = text.indexOf(':');
    int second = first < 0 ? -1 : text.indexOf(':', first + 1);
    if (second < 0) {
      throw new MalformedRecordException(
          "The stamp \"" + text + "\" is not time:partition:offset.");
    }
    try {
      return new Stamp(
          Long.parseLong(text.substring(0, first)),
          Integer.parseInt(text.substring(first + 1, second)),
          Long.parseLong(text.substring(second + 1)));
    } catch (NumberFormatException e) {
      throw new MalformedRecordException(
          "The stamp \"" + text + "\" is not time:partition:offset.", e);
    }
  }
}

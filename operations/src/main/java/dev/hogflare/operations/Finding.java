// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.operations;

import java.util.Optional;
import java.util.UUID;

/**
 * Events of one bucket that are missing or doubled, in one stretch of a partition.
 *
 * @param bucket whose they are
 * @param kind what is wrong
 * @param count how many there are
 * @param place where they stand, or nothing if no topic holds them any more
 * @param example one of them
 */
public record Finding(
    Bucket bucket, Kind kind, long count, Optional<Stretch> place, Optional<UUID> example) {

  /** What can be wrong. */
  public enum Kind {
    /** On the raw topic, and neither a row nor a dead letter came of it. */
    LOST_BEFORE_ROWS("no row and no dead letter came of them", true),
    /** Sent to their groups, and neither a row nor a dead letter came of it. */
    LOST_AT_GROUPS("sent to their groups, and no row came of them", true),
    /** Written as rows, and not in the sink. */
    LOST_BEFORE_SINK("written as rows, and not in the sink", true),
    /** Counted, and no topic says where they went. */
    UNACCOUNTED("counted, and no topic holds them any more", true),
    /** Written as rows more often than received. */
    DOUBLED("written as rows more often than received", false),
    /** Rows that no event stands behind. */
    UNKNOWN("rows that no event stands behind", false),
    /** Counted too often, and no topic says which. */
    OVERCOUNTED("more rows are counted than events", false);

    private final String sentence;
    private final boolean missing;

    Kind(String sentence, boolean missing) {
      this.sentence = sentence;
      this.missing = missing;
    }

    /** Returns what is wrong, as the end of a sentence about the events. */
    public String sentence() {
      return sentence;
    }

    /** Whether something is missing, rather than there twice. */
    public boolean missing() {
      return missing;
    }
  }

  /** A stretch of a partition, from the first to the last of the events. */
  public record Stretch(String topic, int partition, long first, long last) {
    /** Returns {@code topic-partition offset(s) …}. */
    @Override
    public String toString() {
      return topic
          + "-"
          + partition
          + (first == last ? " offset " + first : " offsets " + first + " to " + last);
    }
  }
}

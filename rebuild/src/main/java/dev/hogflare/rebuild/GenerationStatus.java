// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import dev.hogflare.contract.GenerationRecord;
import java.util.List;
import java.util.OptionalLong;

/**
 * How far a generation is.
 *
 * @param record what it is and does
 * @param personMembers the members of its person-processor's consumer group
 * @param groupMembers the members of its group-processor's, or of the one it works with
 * @param positions its place in the raw topics, by topic and partition
 * @param mailWaiting mail that it has not read
 * @param groupsWaiting events that have not visited all their groups
 */
public record GenerationStatus(
    GenerationRecord record,
    int personMembers,
    int groupMembers,
    List<Position> positions,
    long mailWaiting,
    long groupsWaiting) {
  /** Copies the positions. */
  public GenerationStatus {
    positions = List.copyOf(positions);
  }

  /**
   * A place in a partition of a raw topic.
   *
   * @param begin the first offset that is there
   * @param at the offset that it reads next
   * @param end the offset behind the last record
   * @param mark where a marker stands at which it begins or ends to write rows, if it is known
   */
  public record Position(
      String topic, int partition, long begin, long at, long end, OptionalLong mark) {

    /** Returns the records that wait. */
    public long waiting() {
      return Math.max(0, end - at);
    }

    /** Whether it has read the marker. */
    public boolean passed() {
      return mark.isPresent() && at > mark.getAsLong();
    }
  }

  /** Returns the raw records that wait. */
  public long rawWaiting() {
    return positions.stream().mapToLong(Position::waiting).sum();
  }

  /** Returns the raw records that it has read, counted from the beginning of what is there. */
  public long read() {
    return positions.stream().mapToLong(p -> Math.max(0, p.at() - p.begin())).sum();
  }

  /** Returns the raw records that are there. */
  public long total() {
    return positions.stream().mapToLong(p -> p.end() - p.begin()).sum();
  }

  /** Whether it has read all markers. */
  public boolean passed() {
    return positions.stream().allMatch(Position::passed);
  }

  /** Whether processors run for it. */
  public boolean isRunning() {
    return personMembers > 0 && groupMembers > 0;
  }
}

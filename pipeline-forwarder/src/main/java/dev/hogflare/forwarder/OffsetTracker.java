// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

/**
 * Knows up to which offset the rows of one partition are done.
 *
 * <p>Rows are received in rising order and acknowledged in any order. The position that may be
 * committed is that of the first row that is not done yet, so that it passes no such row, never
 * falls, and skips offsets that hold no row (transaction markers). Used by one thread, except for
 * {@link #dropped}.
 */
final class OffsetTracker {
  /** The position of a partition of which nothing has been read yet. */
  static final long NONE = -1;

  private static final int INITIAL_CAPACITY = 1_024;

  private final int partition;
  // A ring: the rows that are received and not yet behind the position, in the order of arrival.
  private long[] offsets = new long[INITIAL_CAPACITY];
  private boolean[] done = new boolean[INITIAL_CAPACITY];
  private int head;
  private int size;
  private int outstanding;
  private long next = NONE;
  private volatile boolean dropped;

  /** Creates the tracker of a partition that has just been assigned. */
  OffsetTracker(int partition) {
    this.partition = partition;
  }

  int partition() {
    return partition;
  }

  /**
   * Notes a row that was read.
   *
   * @throws IllegalArgumentException if the offset is not above all offsets before it
   */
  void received(long offset) {
    if (offset < next) {
      throw new IllegalArgumentException(
          "Offset "
              + offset
              + " of partition "
              + partition
              + " came after "
              + (next - 1)
              + "; the topic was truncated or created anew.");
    }
    if (size == offsets.length) {
      grow();
    }
    int slot = slot(size);
    offsets[slot] = offset;
    done[slot] = false;
    size++;
    outstanding++;
    next = offset + 1;
  }

  /** Notes that there is no further row below this offset. */
  void readUpTo(long offset) {
    next = Math.max(next, offset);
  }

  /**
   * Notes that a row is stored in its sink or among the dead letters.
   *
   * @return false if no such row is open, because it was never received or is done already
   */
  boolean acknowledge(long offset) {
    int index = indexOf(offset);
    if (index < 0 || done[slot(index)]) {
      return false;
    }
    done[slot(index)] = true;
    outstanding--;
    while (size > 0 && done[head]) {
      head = slot(1);
      size--;
    }
    return true;
  }

  /** Returns the position that may be committed, or {@link #NONE} if nothing has been read. */
  long committable() {
    return size == 0 ? next : offsets[head];
  }

  /** Returns the number of rows that are not done. */
  int outstanding() {
    return outstanding;
  }

  /** Returns the number of rows from the first that is not done to the last received. */
  int open() {
    return size;
  }

  /** Says that the partition belongs to somebody else from now on. */
  void drop() {
    dropped = true;
  }

  /** Returns whether the partition belongs to somebody else, who reads the open rows again. */
  boolean dropped() {
    return dropped;
  }

  private int indexOf(long offset) {
    int low = 0;
    int high = size - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      long found = offsets[slot(middle)];
      if (found < offset) {
        low = middle + 1;
      } else if (found > offset) {
        high = middle - 1;
      } else {
        return middle;
      }
    }
    return -1;
  }

  private int slot(int index) {
    return (head + index) & (offsets.length - 1);
  }

  private void grow() {
    long[] moreOffsets = new long[offsets.length * 2];
    boolean[] moreDone = new boolean[offsets.length * 2];
    for (int i = 0; i < size; i++) {
      moreOffsets[i] = offsets[slot(i)];
      moreDone[i] = done[slot(i)];
    }
    offsets = moreOffsets;
    done = moreDone;
    head = 0;
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

/**
 * Where a record stands in a topic.
 *
 * @param partition from 0 to 4095
 * @param offset from 0, less than 2^49
 */
record Place(int partition, long offset) {
  private static final int PARTITION_BITS = 12;

  /** Returns both in one number of at most 61 bits. */
  long packed() {
    return offset << PARTITION_BITS | partition;
  }

  static Place unpacked(long packed) {
    return new Place((int) (packed & ((1 << PARTITION_BITS) - 1)), packed >>> PARTITION_BITS);
  }
}

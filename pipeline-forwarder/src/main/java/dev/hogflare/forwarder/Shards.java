// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import java.util.Arrays;

/**
 * Assigns rows to the streams of one table by their key, so that the rows of a key take one way.
 *
 * <p>The hash is another one than Kafka's, by which a key is on its partition: with the same one,
 * the rows of a partition would all go to one stream.
 */
final class Shards {
  private static final int GOLDEN_RATIO = 0x9E3779B9;

  private Shards() {}

  /**
   * Returns the stream of a row.
   *
   * @param key the row's key; a row without one goes by its offset
   * @param count the number of streams
   */
  static int of(byte[] key, long offset, int count) {
    if (count == 1) {
      return 0;
    }
    int hash = (key == null ? Long.hashCode(offset) : Arrays.hashCode(key)) * GOLDEN_RATIO;
    return Math.floorMod(hash ^ (hash >>> 15), count);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

/**
 * What one request left in the spool.
 *
 * @param payload its records, as {@link SpoolCodec} writes them
 * @param items how many of them are events, parts of recordings and dead letters, which are counted
 * @param end the place behind it
 */
record SpoolFrame(byte[] payload, int items, Place end) {

  /**
   * A place in the spool.
   *
   * @param segment the number of the file
   * @param offset the bytes before it in the file
   * @param sequence the number of the frame that begins there
   */
  record Place(long segment, long offset, long sequence) {}
}

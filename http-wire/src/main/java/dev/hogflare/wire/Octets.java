// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

/**
 * A part of an array, passed on without being copied.
 *
 * @param bytes the array, which nobody changes
 * @param from the index of the first byte
 * @param to the index behind the last byte
 */
public record Octets(byte[] bytes, int from, int to) {

  /** Returns a whole array. */
  public static Octets of(byte[] bytes) {
    return new Octets(bytes, 0, bytes.length);
  }

  public int length() {
    return to - from;
  }

  public boolean isEmpty() {
    return from == to;
  }
}

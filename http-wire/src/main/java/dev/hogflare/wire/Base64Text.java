// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import java.util.Arrays;

/**
 * Decodes base64 as clients really send it.
 *
 * <p>Taken are the standard and the URL alphabet, with any padding or none, a space for a plus sign
 * (a form that was not escaped), and line ends anywhere.
 */
final class Base64Text {
  private static final int SKIP = -2;
  private static final int PAD = -3;
  private static final byte[] VALUES = new byte[256];

  static {
    Arrays.fill(VALUES, (byte) -1);
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int i = 0; i < alphabet.length(); i++) {
      VALUES[alphabet.charAt(i)] = (byte) i;
    }
    VALUES['-'] = 62;
    VALUES['_'] = 63;
    VALUES[' '] = 62;
    VALUES['\r'] = SKIP;
    VALUES['\n'] = SKIP;
    VALUES['\t'] = SKIP;
    VALUES['='] = PAD;
  }

  private Base64Text() {}

  /** Returns the six bits of a character, zero for padding, or a negative number. */
  static int value(byte character) {
    int value = VALUES[character & 0xFF];
    return value == PAD ? 0 : value;
  }

  /**
   * Decodes.
   *
   * @return the bytes, or null if the text is not base64
   */
  static Octets decodeOrNull(Octets in, MemoryBudget budget) throws RequestRefusedException {
    byte[] text = in.bytes();
    int start = in.from();
    int end = in.to();
    while (end > start && VALUES[text[end - 1] & 0xFF] <= SKIP) {
      end--;
    }
    if (!plausible(text, start, Math.min(end, start + 64))) {
      return null;
    }
    int capacity = (int) ((end - start) * 3L / 4) + 1;
    budget.reserve(capacity);
    byte[] out = new byte[capacity];
    int length = 0;
    int bits = 0;
    int count = 0;
    for (int at = start; at < end; at++) {
      int value = VALUES[text[at] & 0xFF];
      if (value >= 0) {
        bits = bits << 6 | value;
        if (++count == 4) {
          out[length] = (byte) (bits >> 16);
          out[length + 1] = (byte) (bits >> 8);
          out[length + 2] = (byte) bits;
          length += 3;
          bits = 0;
          count = 0;
        }
      } else if (value != SKIP) {
        return null;
      }
    }
    if (count == 1) {
      return null;
    }
    if (count == 2) {
      out[length++] = (byte) (bits >> 4);
    } else if (count == 3) {
      out[length] = (byte) (bits >> 10);
      out[length + 1] = (byte) (bits >> 2);
      length += 2;
    }
    return new Octets(out, 0, length);
  }

  /** Whether the beginning is base64, so that other text costs no memory. */
  private static boolean plausible(byte[] text, int from, int to) {
    for (int at = from; at < to; at++) {
      int value = VALUES[text[at] & 0xFF];
      if (value < 0 && value != SKIP) {
        return false;
      }
    }
    return to > from;
  }
}

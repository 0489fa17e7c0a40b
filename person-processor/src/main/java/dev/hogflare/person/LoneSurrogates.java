// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Replaces escapes of half a surrogate pair by that of U+FFFD.
 *
 * <p>Browsers send them when a text was cut in the middle of a character. They are JSON by its
 * grammar, yet stand for no text, and readers of the rows refuse the whole document because of one.
 */
final class LoneSurrogates {
  private static final int ESCAPE_LENGTH = 6;
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final long BACKSLASHES = 0x5C5C_5C5C_5C5C_5C5CL;
  private static final long ONES = 0x0101_0101_0101_0101L;
  private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

  private LoneSurrogates() {}

  /** Returns the document, or a repaired copy of the same length. */
  static byte[] replaced(byte[] json) {
    byte[] repaired = null;
    int last = json.length - ESCAPE_LENGTH;
    int i = eightBytesOfFirstBackslash(json);
    while (i <= last) {
      if (json[i] != '\\') {
        i++;
        continue;
      }
      if (json[i + 1] != 'u') {
        i += 2;
        continue;
      }
      int unit = unit(json, i);
      if (unit < 0xD800 || unit > 0xDFFF) {
        i += ESCAPE_LENGTH;
      } else if (unit <= 0xDBFF && followedByLow(json, i + ESCAPE_LENGTH)) {
        i += 2 * ESCAPE_LENGTH;
      } else {
        if (repaired == null) {
          repaired = Arrays.copyOf(json, json.length);
        }
        repaired[i + 2] = 'f';
        repaired[i + 3] = 'f';
        repaired[i + 4] = 'f';
        repaired[i + 5] = 'd';
        i += ESCAPE_LENGTH;
      }
    }
    return repaired == null ? json : repaired;
  }

  /**
   * Returns an index before the first backslash; most events have none, so that eight are tried at
   * once.
   */
  private static int eightBytesOfFirstBackslash(byte[] json) {
    int at = 0;
    while (json.length - at >= Long.BYTES) {
      long differing = (long) LONG.get(json, at) ^ BACKSLASHES;
      if (((differing - ONES) & ~differing & HIGH_BITS) != 0) {
        break;
      }
      at += Long.BYTES;
    }
    return at;
  }

  private static boolean followedByLow(byte[] json, int at) {
    if (at + ESCAPE_LENGTH > json.length || json[at] != '\\' || json[at + 1] != 'u') {
      return false;
    }
    int unit = unit(json, at);
    return unit >= 0xDC00 && unit <= 0xDFFF;
  }

  private static int unit(byte[] json, int at) {
    int unit = 0;
    for (int i = at + 2; i < at + ESCAPE_LENGTH; i++) {
      int digit = Character.digit(json[i], 16);
      if (digit < 0) {
        return -1;
      }
      unit = unit << 4 | digit;
    }
    return unit;
  }
}

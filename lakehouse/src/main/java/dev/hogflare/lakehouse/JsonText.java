// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Makes the text of a JSON document safe for every reader of a Parquet file.
 *
 * <p>Two things pass a lenient JSON reader and break a strict one, and with it every query that
 * touches the column: bytes that are no UTF-8, and an escaped half of a surrogate pair without the
 * other half. The first is refused; the second becomes U+FFFD, whose escape has the same length.
 */
final class JsonText {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long HIGH_BITS = 0x8080_8080_8080_8080L;
  private static final long ONES = 0x0101_0101_0101_0101L;
  private static final long BACKSLASHES = 0x5C5C_5C5C_5C5C_5C5CL;

  private JsonText() {}

  /**
   * Checks the UTF-8 of a slice and replaces escaped lone surrogates in place.
   *
   * @param bytes holds a slice of JSON whose grammar was checked before
   * @return whether the slice is UTF-8
   */
  static boolean repair(byte[] bytes, int from, int to) {
    int at = from;
    while (at < to) {
      if (at + 8 <= to) {
        long word = (long) LONGS.get(bytes, at);
        long others = word ^ BACKSLASHES;
        if (((word | ((others - ONES) & ~others)) & HIGH_BITS) == 0) {
          at += 8;
          continue;
        }
      }
      int end = Math.min(at + 8, to);
      while (at < end) {
        byte b = bytes[at];
        if (b == '\\') {
          at += escape(bytes, at, to);
        } else if (b >= 0) {
          at++;
        } else {
          int length = sequenceLength(bytes, at, to);
          if (length == 0) {
            return false;
          }
          at += length;
        }
      }
    }
    return true;
  }

  /**
   * Returns the length of the UTF-8 sequence at a place, or 0 if there is none: overlong forms,
   * surrogates and code points past U+10FFFF are none.
   */
  static int sequenceLength(byte[] bytes, int at, int to) {
    int first = bytes[at] & 0xFF;
    if (first < 0x80) {
      return 1;
    }
    if (first < 0xC2 || first > 0xF4) {
      return 0;
    }
    int length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (at + length > to) {
      return 0;
    }
    for (int i = 1; i < length; i++) {
      if ((bytes[at + i] & 0xC0) != 0x80) {
        return 0;
      }
    }
    int second = bytes[at + 1] & 0xFF;
    boolean wrong =
        (first == 0xE0 && second < 0xA0)
            || (first == 0xED && second > 0x9F)
            || (first == 0xF0 && second < 0x90)
            || (first == 0xF4 && second > 0x8F);
    return wrong ? 0 : length;
  }

  /** Replaces the surrogates of a text that have no other half. */
  static String withoutLoneSurrogates(String text) {
    StringBuilder repaired = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!Character.isSurrogate(c)) {
        continue;
      }
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
        continue;
      }
      if (repaired == null) {
        repaired = new StringBuilder(text);
      }
      repaired.setCharAt(i, '\uFFFD');
    }
    return repaired == null ? text : repaired.toString();
  }

  private static int escape(byte[] bytes, int at, int to) {
    if (at + 6 > to || bytes[at + 1] != 'u') {
      return 2;
    }
    int unit = hex(bytes, at + 2);
    if (unit < 0xD800 || unit > 0xDFFF) {
      return 6;
    }
    if (unit < 0xDC00 && at + 12 <= to && bytes[at + 6] == '\\' && bytes[at + 7] == 'u') {
      int low = hex(bytes, at + 8);
      if (low >= 0xDC00 && low <= 0xDFFF) {
        return 12;
      }
    }
    bytes[at + 2] = 'f';
    bytes[at + 3] = 'f';
    bytes[at + 4] = 'f';
    bytes[at + 5] = 'd';
    return 6;
  }

  private static int hex(byte[] bytes, int at) {
    int value = 0;
    for (int i = at; i < at + 4; i++) {
      value = value << 4 | Character.digit(bytes[i], 16);
    }
    return value;
  }
}

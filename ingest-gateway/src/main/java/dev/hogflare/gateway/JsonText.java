// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads the text out of slices of JSON that {@link JsonScanner} has checked.
 *
 * <p>A slice of a string includes its quotes.
 */
final class JsonText {
  private static final char REPLACEMENT = '\uFFFD';

  private JsonText() {}

  /**
   * Returns the text of a string, in which half of a surrogate pair without the other is U+FFFD.
   */
  static String of(byte[] json, int from, int to) {
    int start = from + 1;
    int end = to - 1;
    return indexOf(json, start, end, (byte) '\\') < 0
        ? new String(json, start, end - start, StandardCharsets.UTF_8)
        : decode(json, start, end, Integer.MAX_VALUE);
  }

  /**
   * Returns a value as an identifier: a string's text, any other value's compact JSON.
   *
   * <p>NUL and halves of surrogate pairs become U+FFFD, since neither survives in a Kafka key.
   *
   * @param most the code points that are kept
   */
  static String identifier(byte[] json, int from, int to, int most) {
    if (json[from] != '"') {
      return cut(compact(json, from, to, most), most);
    }
    int start = from + 1;
    int end = to - 1;
    if (end - start <= most && indexOf(json, start, end, (byte) '\\') < 0) {
      return new String(json, start, end - start, StandardCharsets.UTF_8);
    }
    return decode(json, start, end, most).replace('\0', REPLACEMENT);
  }

  /** Whether a slice is a string with this ASCII text. */
  static boolean equals(byte[] json, int from, int to, byte[] text) {
    if (json[from] != '"') {
      return false;
    }
    if (Arrays.equals(json, from + 1, to - 1, text, 0, text.length)) {
      return true;
    }
    return indexOf(json, from, to, (byte) '\\') >= 0
        && of(json, from, to).equals(new String(text, StandardCharsets.US_ASCII));
  }

  /** Returns the UTF-8 bytes of a string, which are never more than those of its slice. */
  static byte[] utf8(byte[] json, int from, int to) {
    int start = from + 1;
    int end = to - 1;
    if (indexOf(json, start, end, (byte) '\\') < 0) {
      return Arrays.copyOfRange(json, start, end);
    }
    byte[] out = new byte[end - start];
    int length = 0;
    int at = start;
    while (at < end) {
      byte b = json[at];
      if (b != '\\') {
        out[length++] = b;
        at++;
        continue;
      }
      int point = escaped(json, at, end);
      at += escapeLength(json, at, point);
      length = append(out, length, point);
    }
    return Arrays.copyOf(out, length);
  }

  private static int append(byte[] out, int at, int point) {
    int length = at;
    if (point < 0x80) {
      out[length++] = (byte) point;
    } else if (point < 0x800) {
      out[length++] = (byte) (0xC0 | point >> 6);
      out[length++] = (byte) (0x80 | point & 0x3F);
    } else if (point < 0x10000) {
      out[length++] = (byte) (0xE0 | point >> 12);
      out[length++] = (byte) (0x80 | point >> 6 & 0x3F);
      out[length++] = (byte) (0x80 | point & 0x3F);
    } else {
      out[length++] = (byte) (0xF0 | point >> 18);
      out[length++] = (byte) (0x80 | point >> 12 & 0x3F);
      out[length++] = (byte) (0x80 | point >> 6 & 0x3F);
      out[length++] = (byte) (0x80 | point & 0x3F);
    }
    return length;
  }

  private static String decode(byte[] json, int from, int to, int most) {
    StringBuilder out = new StringBuilder(Math.min(to - from, Math.min(most, 1_000)));
    int at = from;
    for (int points = 0; at < to && points < most; points++) {
      byte b = json[at];
      if (b == '\\') {
        int point = escaped(json, at, to);
        at += escapeLength(json, at, point);
        out.appendCodePoint(point);
      } else if (b >= 0) {
        out.append((char) b);
        at++;
      } else {
        int length = b < (byte) 0xE0 ? 2 : b < (byte) 0xF0 ? 3 : 4;
        out.append(new String(json, at, length, StandardCharsets.UTF_8));
        at += length;
      }
    }
    return out.toString();
  }

  /** Returns the code point that an escape, or a pair of them, stands for. */
  private static int escaped(byte[] json, int at, int to) {
    byte kind = json[at + 1];
    return switch (kind) {
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> {
        char unit = unit(json, at);
        if (!Character.isSurrogate(unit)) {
          yield unit;
        }
        if (Character.isHighSurrogate(unit)
            && at + 12 <= to
            && json[at + 6] == '\\'
            && json[at + 7] == 'u') {
          char low = unit(json, at + 6);
          if (Character.isLowSurrogate(low)) {
            yield Character.toCodePoint(unit, low);
          }
        }
        yield REPLACEMENT;
      }
      default -> kind;
    };
  }

  private static int escapeLength(byte[] json, int at, int point) {
    if (json[at + 1] != 'u') {
      return 2;
    }
    return point > Character.MAX_VALUE ? 12 : 6;
  }

  private static char unit(byte[] json, int at) {
    int unit = 0;
    for (int i = at + 2; i < at + 6; i++) {
      unit = unit << 4 | Character.digit(json[i], 16);
    }
    return (char) unit;
  }

  /** Leaves out white space between tokens; stops when there is certainly enough. */
  private static String compact(byte[] json, int from, int to, int most) {
    byte[] out = new byte[(int) Math.min(to - from, 4L * most + 4)];
    int length = 0;
    boolean quoted = false;
    for (int at = from; at < to && length < out.length; at++) {
      byte b = json[at];
      if (quoted) {
        if (b == '\\' && length + 1 < out.length) {
          out[length++] = b;
          at++;
          b = json[at];
        } else if (b == '"') {
          quoted = false;
        }
      } else if (b == '"') {
        quoted = true;
      } else if (b == ' ' || b == '\n' || b == '\r' || b == '\t') {
        continue;
      }
      out[length++] = b;
    }
    return new String(out, 0, length, StandardCharsets.UTF_8);
  }

  private static String cut(String text, int most) {
    return text.codePointCount(0, text.length()) <= most
        ? text
        : text.substring(0, text.offsetByCodePoints(0, most));
  }

  private static int indexOf(byte[] json, int from, int to, byte wanted) {
    for (int at = from; at < to; at++) {
      if (json[at] == wanted) {
        return at;
      }
    }
    return -1;
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;

/**
 * A growing array of UTF-8 JSON into which parts of other documents are copied without being parsed
 * again.
 *
 * <p>The caller is responsible for the grammar: names and values alternate, commas are put by
 * {@link #name}. Used by one thread at a time; {@link #clear} makes it ready for the next document.
 */
public final class JsonBuffer {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private byte[] bytes;
  private int length;

  /** Creates an empty buffer with room for so many bytes. */
  public JsonBuffer(int capacity) {
    bytes = new byte[capacity];
  }

  /** Forgets the content. */
  public JsonBuffer clear() {
    length = 0;
    return this;
  }

  /** Returns the number of bytes written. */
  public int length() {
    return length;
  }

  /** Returns a copy of what was written. */
  public byte[] toBytes() {
    return Arrays.copyOf(bytes, length);
  }

  /** Opens an object. */
  public JsonBuffer openObject() {
    return put((byte) '{');
  }

  /** Closes an object. */
  public JsonBuffer closeObject() {
    return put((byte) '}');
  }

  /** Opens an array. */
  public JsonBuffer openArray() {
    return put((byte) '[');
  }

  /** Closes an array. */
  public JsonBuffer closeArray() {
    return put((byte) ']');
  }

  /** Puts a comma unless nothing stands before it in this object or array. */
  public JsonBuffer separate() {
    if (length > 0) {
      byte last = bytes[length - 1];
      if (last != '{' && last != '[') {
        put((byte) ',');
      }
    }
    return this;
  }

  /** Writes a member's name, with the comma before it where one is needed. */
  public JsonBuffer name(String name) {
    separate();
    return string(name).put((byte) ':');
  }

  /** Writes a member's name whose quoted form is given, such as {@code "uuid"} with its quotes. */
  public JsonBuffer rawName(byte[] quoted) {
    separate();
    return raw(quoted).put((byte) ':');
  }

  /** Writes bytes as they are. */
  public JsonBuffer raw(byte[] source) {
    return raw(source, 0, source.length);
  }

  /** Writes a part of an array as it is. */
  public JsonBuffer raw(byte[] source, int from, int to) {
    int count = to - from;
    ensure(count);
    System.arraycopy(source, from, bytes, length, count);
    length += count;
    return this;
  }

  /** Writes one byte. */
  public JsonBuffer put(byte b) {
    ensure(1);
    bytes[length++] = b;
    return this;
  }

  /** Writes a whole number. */
  public JsonBuffer number(long value) {
    return raw(Long.toString(value).getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Writes a boolean. */
  public JsonBuffer bool(boolean value) {
    return raw((value ? "true" : "false").getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Writes a time as quoted RFC 3339 text; see {@link Rfc3339#write} for the range. */
  public JsonBuffer time(long epochMicros) {
    ensure(29);
    bytes[length] = '"';
    Rfc3339.write(epochMicros, bytes, length + 1);
    bytes[length + 28] = '"';
    length += 29;
    return this;
  }

  /** Writes a UUID as quoted text of 36 characters. */
  public JsonBuffer uuid(UUID uuid) {
    ensure(38);
    bytes[length++] = '"';
    hex(uuid.getMostSignificantBits(), 0b110);
    bytes[length++] = '-';
    hex(uuid.getLeastSignificantBits(), 0b001);
    bytes[length++] = '"';
    return this;
  }

  /**
   * Writes eight bytes, with a dash behind each pair of bytes whose bit is set, the first pair
   * being bit 0.
   */
  private void hex(long eight, int dashes) {
    for (int pair = 0; pair < 4; pair++) {
      int sixteen = (int) (eight >>> (48 - 16 * pair)) & 0xFFFF;
      bytes[length++] = HEX[sixteen >> 12];
      bytes[length++] = HEX[sixteen >> 8 & 0xF];
      bytes[length++] = HEX[sixteen >> 4 & 0xF];
      bytes[length++] = HEX[sixteen & 0xF];
      if (pair < 3 && (dashes >> pair & 1) == 1) {
        bytes[length++] = '-';
      }
    }
  }

  /** Writes text quoted and escaped; half of a surrogate pair without the other becomes U+FFFD. */
  public JsonBuffer string(String text) {
    int count = text.length();
    ensure(2 + 6 * count);
    bytes[length++] = '"';
    for (int i = 0; i < count; i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        ascii(c);
      } else if (c < 0x800) {
        bytes[length++] = (byte) (0xC0 | c >> 6);
        bytes[length++] = (byte) (0x80 | c & 0x3F);
      } else if (Character.isHighSurrogate(c)
          && i + 1 < count
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        int point = Character.toCodePoint(c, text.charAt(++i));
        bytes[length++] = (byte) (0xF0 | point >> 18);
        bytes[length++] = (byte) (0x80 | point >> 12 & 0x3F);
        bytes[length++] = (byte) (0x80 | point >> 6 & 0x3F);
        bytes[length++] = (byte) (0x80 | point & 0x3F);
      } else {
        char plain = Character.isSurrogate(c) ? '\uFFFD' : c;
        bytes[length++] = (byte) (0xE0 | plain >> 12);
        bytes[length++] = (byte) (0x80 | plain >> 6 & 0x3F);
        bytes[length++] = (byte) (0x80 | plain & 0x3F);
      }
    }
    bytes[length++] = '"';
    return this;
  }

  private void ascii(char c) {
    if (c == '"' || c == '\\') {
      bytes[length++] = '\\';
      bytes[length++] = (byte) c;
    } else if (c >= 0x20) {
      bytes[length++] = (byte) c;
    } else {
      bytes[length++] = '\\';
      switch (c) {
        case '\n' -> bytes[length++] = 'n';
        case '\r' -> bytes[length++] = 'r';
        case '\t' -> bytes[length++] = 't';
        default -> {
          bytes[length++] = 'u';
          bytes[length++] = '0';
          bytes[length++] = '0';
          bytes[length++] = HEX[c >> 4];
          bytes[length++] = HEX[c & 0xF];
        }
      }
    }
  }

  private void ensure(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(length + more, bytes.length * 2));
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Walks over JSON in a byte array, checks it against RFC 8259, and tells where values stand.
 *
 * <p>It never builds a value: the gateway stores events as they were sent and needs only the places
 * of a few fields. Strings are checked to be UTF-8 as well, so that whatever passes can be read
 * downstream. A value's slice is from {@link #position()} before it to {@link #position()} behind
 * it. Used by one thread.
 *
 * <p>A {@code level} is the number of objects and arrays that are open around a value.
 */
final class JsonScanner {
  /** The most levels that are followed; a request that has more is refused as a whole. */
  static final int MAX_LEVELS = 5_000;

  /** The longest number that the JSON readers downstream take, in characters. */
  static final int MAX_NUMBER = 1_000;

  /** The longest member name that the JSON readers downstream take, in bytes. */
  static final int MAX_NAME = 50_000;

  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long EACH = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;

  private final byte[] bytes;
  private final int end;
  private int position;
  private int nameFrom;
  private int nameTo;
  private boolean nameEscaped;
  private boolean sawEscape;
  private int deepest;
  private String unreadable;

  /** One bit for each open level, the innermost in the lowest bit: set for an object. */
  private long[] objects = new long[1];

  JsonScanner(byte[] bytes, int from, int to) {
    this.bytes = bytes;
    this.position = from;
    this.end = to;
  }

  /** Returns the index of the next byte. */
  int position() {
    return position;
  }

  /** Returns the index of the first byte of the name that was read last, behind its quote. */
  int nameFrom() {
    return nameFrom;
  }

  /** Returns the index of the closing quote of the name that was read last. */
  int nameTo() {
    return nameTo;
  }

  /** Whether the name that was read last is written with escapes. */
  boolean nameEscaped() {
    return nameEscaped;
  }

  /** Starts to measure the item that begins here. */
  void beginItem() {
    deepest = 0;
    unreadable = null;
  }

  /** Returns the deepest level that was reached since the item began. */
  int deepest() {
    return deepest;
  }

  /**
   * Returns what in this item no JSON reader downstream would take, or null if there is nothing.
   */
  String unreadable() {
    return unreadable;
  }

  /** Moves to the next byte that is not white space and returns it. */
  byte peek() throws MalformedJsonException {
    skipSpace();
    if (position >= end) {
      throw MalformedJsonException.at(position, "the text ends too early");
    }
    return bytes[position];
  }

  /** Moves over white space at the end of the text, where nothing else may stand. */
  void expectEnd() throws MalformedJsonException {
    skipSpace();
    if (position < end) {
      throw MalformedJsonException.at(position, "something follows the end of the value");
    }
  }

  /**
   * Enters the object that begins here and moves to its first value.
   *
   * @param level the level of the object
   * @return false if it has no members, and was left again
   */
  boolean firstMember(int level) throws MalformedJsonException {
    expect((byte) '{');
    enter(level + 1);
    if (peek() == '}') {
      position++;
      return false;
    }
    name();
    return true;
  }

  /** Moves to the next value of the object, or out of it and returns false. */
  boolean nextMember() throws MalformedJsonException {
    byte b = peek();
    if (b == ',') {
      position++;
      skipSpace();
      name();
      return true;
    }
    if (b == '}') {
      position++;
      return false;
    }
    throw MalformedJsonException.at(position, "expected a comma or the end of the object");
  }

  /**
   * Enters the array that begins here and moves to its first value.
   *
   * @param level the level of the array
   * @return false if it is empty, and was left again
   */
  boolean firstElement(int level) throws MalformedJsonException {
    expect((byte) '[');
    enter(level + 1);
    if (peek() == ']') {
      position++;
      return false;
    }
    return true;
  }

  /** Moves to the next value of the array, or out of it and returns false. */
  boolean nextElement() throws MalformedJsonException {
    byte b = peek();
    if (b == ',') {
      position++;
      skipSpace();
      return true;
    }
    if (b == ']') {
      position++;
      return false;
    }
    throw MalformedJsonException.at(position, "expected a comma or the end of the array");
  }

  /** Moves over the value that begins here, with all that it contains. */
  void skipValue(int level) throws MalformedJsonException {
    int open = 0;
    while (true) {
      switch (peek()) {
        case '"' -> string();
        case '{' -> {
          position++;
          enter(level + open + 1);
          push(open, true);
          open++;
          if (peek() != '}') {
            name();
            continue;
          }
        }
        case '[' -> {
          position++;
          enter(level + open + 1);
          push(open, false);
          open++;
          if (peek() != ']') {
            continue;
          }
        }
        case 't' -> literal("true");
        case 'f' -> literal("false");
        case 'n' -> literal("null");
        default -> number();
      }
      boolean another = false;
      while (open > 0 && !another) {
        if (isObject(open - 1)) {
          another = nextMember();
        } else {
          another = nextElement();
        }
        if (!another) {
          open--;
        }
      }
      if (!another) {
        return;
      }
    }
  }

  private void enter(int level) throws MalformedJsonException {
    if (level > deepest) {
      if (level > MAX_LEVELS) {
        throw MalformedJsonException.deeperThan(MAX_LEVELS);
      }
      deepest = level;
    }
  }

  private void push(int index, boolean object) {
    int word = index >> 6;
    if (word == objects.length) {
      objects = Arrays.copyOf(objects, objects.length * 4);
    }
    long bit = 1L << index;
    objects[word] = object ? objects[word] | bit : objects[word] & ~bit;
  }

  private boolean isObject(int index) {
    return (objects[index >> 6] & 1L << index) != 0;
  }

  private void skipSpace() {
    int at = position;
    while (at < end) {
      byte b = bytes[at];
      if (b > ' ' || (b != ' ' && b != '\n' && b != '\r' && b != '\t')) {
        break;
      }
      at++;
    }
    position = at;
  }

  private void expect(byte wanted) throws MalformedJsonException {
    if (peek() != wanted) {
      throw MalformedJsonException.at(position, "expected " + (char) wanted);
    }
    position++;
  }

  /** Reads a name with its colon and moves to the value. */
  private void name() throws MalformedJsonException {
    if (position >= end || bytes[position] != '"') {
      throw MalformedJsonException.at(position, "expected the name of a member");
    }
    int from = position + 1;
    string();
    nameFrom = from;
    nameTo = position - 1;
    nameEscaped = sawEscape;
    if (nameTo - nameFrom > MAX_NAME && unreadable == null) {
      unreadable = "the name of a member is longer than " + MAX_NAME + " bytes";
    }
    expect((byte) ':');
    skipSpace();
  }

  /** Moves over the string whose opening quote is here. */
  private void string() throws MalformedJsonException {
    int at = position + 1;
    boolean escape = false;
    while (true) {
      // Eight bytes at a time, up to the first that is a quote, a backslash, a control character or
      // not ASCII. Borrows of these subtractions reach only bytes behind the first one found.
      while (at + 8 <= end) {
        long word = (long) WORDS.get(bytes, at);
        long quote = word ^ EACH * '"';
        long backslash = word ^ EACH * '\\';
        long found =
            ((quote - EACH) & ~quote
                    | (backslash - EACH) & ~backslash
                    | (word - EACH * ' ') & ~word
                    | word)
                & HIGH_BITS;
        if (found != 0) {
          at += Long.numberOfTrailingZeros(found) >>> 3;
          break;
        }
        at += 8;
      }
      if (at >= end) {
        throw MalformedJsonException.at(end, "a string has no end");
      }
      byte b = bytes[at];
      if (b == '"') {
        position = at + 1;
        sawEscape = escape;
        return;
      }
      if (b == '\\') {
        escape = true;
        at = escape(at);
      } else if (b < 0) {
        at = multiByte(at);
      } else if (b < ' ') {
        throw MalformedJsonException.at(at, "a control character is not escaped");
      } else {
        at++;
      }
    }
  }

  private int escape(int at) throws MalformedJsonException {
    if (at + 1 < end) {
      switch (bytes[at + 1]) {
        case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> {
          return at + 2;
        }
        case 'u' -> {
          if (at + 5 < end
              && isHex(bytes[at + 2])
              && isHex(bytes[at + 3])
              && isHex(bytes[at + 4])
              && isHex(bytes[at + 5])) {
            return at + 6;
          }
        }
        default -> {
          // No other escape exists.
        }
      }
    }
    throw MalformedJsonException.at(at, "an escape is malformed");
  }

  private static boolean isHex(byte b) {
    return (b >= '0' && b <= '9') || (b >= 'a' && b <= 'f') || (b >= 'A' && b <= 'F');
  }

  /** Moves over one character of two to four bytes, in the shortest form only, no surrogates. */
  private int multiByte(int at) throws MalformedJsonException {
    int first = bytes[at] & 0xFF;
    int second = continuation(at + 1);
    if (first >= 0xC2 && first <= 0xDF) {
      if (second >= 0) {
        return at + 2;
      }
    } else if (first >= 0xE0 && first <= 0xEF) {
      int lowest = first == 0xE0 ? 0xA0 : 0x80;
      int highest = first == 0xED ? 0x9F : 0xBF;
      if (second >= lowest && second <= highest && continuation(at + 2) >= 0) {
        return at + 3;
      }
    } else if (first >= 0xF0 && first <= 0xF4) {
      int lowest = first == 0xF0 ? 0x90 : 0x80;
      int highest = first == 0xF4 ? 0x8F : 0xBF;
      if (second >= lowest
          && second <= highest
          && continuation(at + 2) >= 0
          && continuation(at + 3) >= 0) {
        return at + 4;
      }
    }
    throw MalformedJsonException.at(at, "the text is not UTF-8");
  }

  /** Returns the byte if it continues a character, else -1. */
  private int continuation(int at) {
    return at < end && (bytes[at] & 0xC0) == 0x80 ? bytes[at] & 0xFF : -1;
  }

  private void literal(String text) throws MalformedJsonException {
    int length = text.length();
    if (end - position < length) {
      throw MalformedJsonException.at(position, "expected " + text);
    }
    for (int i = 1; i < length; i++) {
      if (bytes[position + i] != text.charAt(i)) {
        throw MalformedJsonException.at(position, "expected " + text);
      }
    }
    position += length;
  }

  private void number() throws MalformedJsonException {
    int from = position;
    int at = from;
    if (bytes[at] == '-') {
      at++;
    }
    if (at < end && bytes[at] == '0') {
      at++;
    } else {
      at = digits(at);
    }
    if (at < end && bytes[at] == '.') {
      at = digits(at + 1);
    }
    if (at < end && (bytes[at] == 'e' || bytes[at] == 'E')) {
      at++;
      if (at < end && (bytes[at] == '+' || bytes[at] == '-')) {
        at++;
      }
      at = digits(at);
    }
    if (at - from > MAX_NUMBER && unreadable == null) {
      unreadable = "a number is longer than " + MAX_NUMBER + " characters";
    }
    position = at;
  }

  private int digits(int from) throws MalformedJsonException {
    int at = from;
    while (at < end && bytes[at] >= '0' && bytes[at] <= '9') {
      at++;
    }
    if (at == from) {
      throw MalformedJsonException.at(from, "expected a value");
    }
    return at;
  }
}

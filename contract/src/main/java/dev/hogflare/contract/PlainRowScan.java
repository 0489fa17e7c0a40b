// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import dev.hogflare.contract.RowSchema.Column;
import dev.hogflare.contract.RowSchema.ColumnType;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Recognises rows that obey a schema and are written as plainly as our processors write them.
 *
 * <p>Nearly all rows are, and looking at their bytes takes a third of the time that a parser takes.
 * Of any other row this class says nothing, whether it is valid or not. Used by one thread only.
 */
final class PlainRowScan {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101_0101_0101_0101L;
  private static final long HIGHS = 0x8080_8080_8080_8080L;

  /** One bit of a number remembers for each level of nesting whether it is an object. */
  private static final int MAX_DEPTH = 60;

  /** So many digits always fit into 64 bits. */
  private static final int SAFE_DIGITS = 18;

  private static final int MAX_TIME = 40;

  private final byte[][] names;
  private final Column[] columns;
  private final long required;
  private byte[] row;
  private int at;

  PlainRowScan(List<Column> schema) {
    columns = schema.toArray(new Column[0]);
    names = new byte[columns.length][];
    long mask = 0;
    for (int i = 0; i < columns.length; i++) {
      names[i] = ("\"" + columns[i].name() + "\":").getBytes(StandardCharsets.UTF_8);
      if (columns[i].required()) {
        mask |= 1L << i;
      }
    }
    required = mask;
  }

  /**
   * Whether the row is valid for certain.
   *
   * @param utf8 well-formed UTF-8
   */
  boolean accepts(byte[] utf8) {
    row = utf8;
    at = 0;
    try {
      return isRow();
    } finally {
      row = null;
    }
  }

  private boolean isRow() {
    if (!skip('{')) {
      return false;
    }
    long seen = 0;
    int column = -1;
    do {
      column = columnFrom(column + 1);
      if (column < 0) {
        return false;
      }
      if (peek() == 'n') {
        if (columns[column].required() || !literal("null")) {
          return false;
        }
      } else if (value(columns[column].type())) {
        seen |= 1L << column;
      } else {
        return false;
      }
    } while (skip(','));
    return skip('}') && at == row.length && (required & ~seen) == 0;
  }

  /** Returns the column whose name stands here, or -1; rows are written in the schema's order. */
  private int columnFrom(int first) {
    for (int i = first; i < names.length; i++) {
      byte[] name = names[i];
      int end = at + name.length;
      if (end <= row.length && Arrays.equals(row, at, end, name, 0, name.length)) {
        at = end;
        return i;
      }
    }
    return -1;
  }

  private boolean value(ColumnType type) {
    return switch (type) {
      case STRING -> string();
      case INT64 -> wholeNumber();
      case TIMESTAMP -> time();
      case JSON -> peek() == '{' && json();
      case STRING_LIST -> strings();
    };
  }

  private boolean wholeNumber() {
    int begin = at;
    return number() && at - begin <= SAFE_DIGITS && isWhole(begin);
  }

  private boolean isWhole(int begin) {
    for (int i = begin; i < at; i++) {
      if (row[i] == '.' || row[i] == 'e' || row[i] == 'E') {
        return false;
      }
    }
    return true;
  }

  private boolean time() {
    int begin = at + 1;
    if (!string() || at - begin > MAX_TIME) {
      return false;
    }
    String text = new String(row, begin, at - 1 - begin, StandardCharsets.ISO_8859_1);
    return Rfc3339.isStrict(text);
  }

  private boolean strings() {
    if (!skip('[')) {
      return false;
    }
    if (skip(']')) {
      return true;
    }
    do {
      if (!string()) {
        return false;
      }
    } while (skip(','));
    return skip(']');
  }

  /** Skips any value, however it is nested up to a limit. */
  private boolean json() {
    long objects = 0;
    int depth = 0;
    while (true) {
      boolean opened = false;
      switch (peek()) {
        case '{' -> {
          at++;
          objects = objects << 1 | 1;
          depth++;
          opened = true;
        }
        case '[' -> {
          at++;
          objects = objects << 1;
          depth++;
          opened = true;
        }
        case '"' -> {
          if (!string()) {
            return false;
          }
        }
        case 't' -> {
          if (!literal("true")) {
            return false;
          }
        }
        case 'f' -> {
          if (!literal("false")) {
            return false;
          }
        }
        case 'n' -> {
          if (!literal("null")) {
            return false;
          }
        }
        default -> {
          if (!number()) {
            return false;
          }
        }
      }
      if (depth > MAX_DEPTH) {
        return false;
      }
      boolean first = opened;
      // Behind a value, or behind an opening bracket.
      while (depth > 0) {
        boolean object = (objects & 1) != 0;
        if (skip(object ? '}' : ']')) {
          objects >>>= 1;
          depth--;
          first = false;
          continue;
        }
        if (!first && !skip(',')) {
          return false;
        }
        if (object && !(string() && skip(':'))) {
          return false;
        }
        break;
      }
      if (depth == 0) {
        return true;
      }
    }
  }

  private boolean string() {
    if (!skip('"')) {
      return false;
    }
    while (true) {
      at = plainUntil(at);
      if (at >= row.length) {
        return false;
      }
      byte b = row[at++];
      if (b == '"') {
        return true;
      }
      if (b != '\\' || !escape()) {
        return false;
      }
    }
  }

  /** Returns the index of the next quote, backslash or control character, or the row's length. */
  private int plainUntil(int from) {
    int i = from;
    while (i + Long.BYTES <= row.length) {
      long eight = (long) LONG.get(row, i);
      long special =
          zeroes(eight ^ ONES * '"') | zeroes(eight ^ ONES * '\\') | (eight - ONES * ' ') & ~eight;
      special &= HIGHS;
      if (special != 0) {
        // The lowest mark is exact; those above it may come from a borrow.
        return i + (Long.numberOfTrailingZeros(special) >>> 3);
      }
      i += Long.BYTES;
    }
    while (i < row.length && row[i] != '"' && row[i] != '\\' && (row[i] & 0xFF) >= ' ') {
      i++;
    }
    return i;
  }

  /** Marks the highest bit of each byte that is zero. */
  private static long zeroes(long eight) {
    return (eight - ONES) & ~eight;
  }

  private boolean escape() {
    int kind = peek();
    at++;
    return switch (kind) {
      case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> true;
      case 'u' -> {
        for (int end = at + 4; at < end; at++) {
          if (Character.digit(peek(), 16) < 0) {
            yield false;
          }
        }
        yield true;
      }
      default -> false;
    };
  }

  private boolean number() {
    if (peek() == '-') {
      at++;
    }
    if (peek() == '0') {
      at++;
    } else if (!digits()) {
      return false;
    }
    if (skip('.') && !digits()) {
      return false;
    }
    if (peek() == 'e' || peek() == 'E') {
      at++;
      if (peek() == '+' || peek() == '-') {
        at++;
      }
      return digits();
    }
    return true;
  }

  private boolean digits() {
    int begin = at;
    while (peek() >= '0' && peek() <= '9') {
      at++;
    }
    return at > begin;
  }

  private boolean literal(String word) {
    for (int i = 0; i < word.length(); i++) {
      if (peek() != word.charAt(i)) {
        return false;
      }
      at++;
    }
    return true;
  }

  private boolean skip(char expected) {
    if (peek() == expected) {
      at++;
      return true;
    }
    return false;
  }

  /** Returns the byte here, or a negative number at the end and for what is not ASCII. */
  private int peek() {
    return at < row.length ? row[at] : -1;
  }
}

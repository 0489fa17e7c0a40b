// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import com.fasterxml.jackson.core.JsonParser;
import dev.hogflare.contract.DefinitionKey;
import dev.hogflare.contract.JsonSlices;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.Rfc3339;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Finds the names and the kinds of values in an event row.
 *
 * <p>Every event of the deployment passes here, so that the bytes are walked over once and no text
 * is made but where a value may be a date. Rows are trusted to be JSON where nothing depends on it:
 * the person-processor wrote them. Used by one thread; what was found holds until the next row.
 */
final class RowReader {
  /** Whose property a name is. */
  enum Owner {
    /** The event's. */
    EVENT,
    /** The person's, that the event sets. */
    PERSON,
    /** The group's, that the event sets. */
    GROUP
  }

  /** What a value is, before the property's name is asked. */
  enum Shape {
    /** A text that is none of the following. */
    TEXT,
    /** A text that is a date. */
    DATE,
    /** A truth value, also as text. */
    TRUTH,
    /** A whole number that may be a time. */
    LARGE_NUMBER,
    /** Any other number. */
    NUMBER,
    /** Null, a list or an object. */
    NOTHING
  }

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101_0101_0101_0101L;
  private static final long HIGHS = 0x8080_8080_8080_8080L;

  private static final byte[] EVENT = ascii("event");
  private static final byte[] CREATED_AT = ascii("created_at");
  private static final byte[] PROPERTIES = ascii("properties");
  private static final byte[] EXTRA = ascii("extra");
  private static final byte[] SET = ascii("$set");
  private static final byte[] SET_ONCE = ascii("$set_once");
  private static final byte[] UNSET = ascii("$unset");
  private static final byte[] GROUPS = ascii("$groups");
  private static final byte[] GROUP_SLOT = ascii("$group_");
  private static final byte[] GROUP_SET = ascii("$group_set");
  private static final byte[] GROUP_TYPE = ascii("$group_type");
  private static final byte[] PLAIN_GROUP_TYPE = ascii("group_type");
  private static final byte[] GROUP_IDENTIFY = ascii("$groupidentify");

  /** Digits that seconds since the epoch have had since 2001. */
  private static final int TIME_DIGITS = 10;

  private static final int MAX_DIGITS = 18;

  /** Characters beyond which no text is a date or a truth value. */
  private static final int LONGEST_TELLING = 64;

  private byte[] row;
  private int at;

  private byte[] eventBytes;
  private int eventFrom;
  private int eventTo;
  private long createdAt;
  private String groupType;

  private int count;
  private byte[][] nameBytes = new byte[64][];
  private int[] nameFrom = new int[64];
  private int[] nameTo = new int[64];
  private Shape[] shapes = new Shape[64];
  private long[] numbers = new long[64];
  private Owner[] owners = new Owner[64];

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Reads a row.
   *
   * @throws MalformedRecordException if it is no event row
   */
  void read(byte[] bytes) {
    row = bytes;
    at = 0;
    count = 0;
    eventBytes = null;
    groupType = null;
    createdAt = Long.MIN_VALUE;
    try {
      columns();
    } catch (ArrayIndexOutOfBoundsException e) {
      throw new MalformedRecordException("The row ends within its JSON.", e);
    } finally {
      row = null;
    }
    if (eventBytes == null) {
      throw new MalformedRecordException("The row has no event.");
    }
    if (createdAt == Long.MIN_VALUE) {
      throw new MalformedRecordException("The row has no created_at.");
    }
  }

  private void columns() {
    expect('{');
    if (skips('}')) {
      return;
    }
    do {
      peek();
      int from = at + 1;
      boolean escaped = string();
      int to = at - 1;
      expect(':');
      if (escaped) {
        skipValue();
      } else if (isName(from, to, EVENT)) {
        readEvent();
      } else if (isName(from, to, CREATED_AT)) {
        readCreatedAt();
      } else if (isName(from, to, PROPERTIES) && peek() == '{') {
        members(Owner.EVENT, true);
      } else if (isName(from, to, EXTRA) && peek() == '{') {
        members(null, true);
      } else {
        skipValue();
      }
    } while (skips(','));
    expect('}');
  }

  private void readEvent() {
    if (peek() != '"') {
      throw new MalformedRecordException("The row's event is not text.");
    }
    int from = at + 1;
    if (string()) {
      eventBytes = decoded(from - 1, at);
      eventFrom = 0;
      eventTo = eventBytes.length;
    } else {
      eventBytes = row;
      eventFrom = from;
      eventTo = at - 1;
    }
  }

  private void readCreatedAt() {
    peek();
    int from = at + 1;
    skipValue();
    Long micros =
        at - 1 < from
            ? null
            : Rfc3339.parseOrNull(
                new String(row, from, at - 1 - from, StandardCharsets.ISO_8859_1));
    if (micros == null) {
      throw new MalformedRecordException("The row's created_at is not an RFC 3339 time.");
    }
    createdAt = micros;
  }

  /**
   * Notes the members of an object.
   *
   * @param owner whose they are, or null if only what is set on persons and groups counts
   * @param outermost whether members may set properties of persons and groups
   */
  private void members(Owner owner, boolean outermost) {
    expect('{');
    if (skips('}')) {
      return;
    }
    do {
      peek();
      int from = at + 1;
      boolean escaped = string();
      int to = at - 1;
      expect(':');
      if (outermost && !escaped && special(owner, from, to)) {
        continue;
      }
      if (owner == null) {
        skipValue();
      } else {
        note(owner, from, to, escaped);
      }
    } while (skips(','));
    expect('}');
  }

  /** Deals with the value of a member that is no property; false if it is one. */
  private boolean special(Owner owner, int from, int to) {
    if (isName(from, to, SET) || isName(from, to, SET_ONCE)) {
      if (peek() == '{') {
        members(Owner.PERSON, false);
      } else {
        skipValue();
      }
      return true;
    }
    if (isName(from, to, UNSET) || isName(from, to, GROUPS) || isSlot(from, to)) {
      skipValue();
      return true;
    }
    if (isName(from, to, GROUP_SET) && peek() == '{') {
      int begin = at;
      skipValue();
      int end = at;
      if (owner != null) {
        // A property like any other, if the event describes no group.
        noteShape(owner, row, from, to, Shape.NOTHING, 0);
      }
      at = begin;
      members(Owner.GROUP, false);
      at = end;
      return true;
    }
    if ((isName(from, to, GROUP_TYPE) || isName(from, to, PLAIN_GROUP_TYPE)) && peek() == '"') {
      int begin = at;
      string();
      String text = new String(decoded(begin, at), StandardCharsets.UTF_8);
      groupType = groupType == null || isName(from, to, GROUP_TYPE) ? text : groupType;
      at = begin;
    }
    return false;
  }

  private boolean isSlot(int from, int to) {
    return to - from == GROUP_SLOT.length + 1
        && isName(from, to - 1, GROUP_SLOT)
        && row[to - 1] >= '0'
        && row[to - 1] <= '4';
  }

  private void note(Owner owner, int from, int to, boolean escaped) {
    byte[] source = row;
    int begin = from;
    int end = to;
    if (escaped) {
      source = decoded(from - 1, to + 1);
      begin = 0;
      end = source.length;
    }
    byte first = peek();
    int valueFrom = at;
    Shape shape =
        switch (first) {
          case '"' -> text(valueFrom);
          case 't', 'f' -> skipped(Shape.TRUTH);
          case 'n', '{', '[' -> skipped(Shape.NOTHING);
          default -> numberShape(valueFrom);
        };
    long number = shape == Shape.LARGE_NUMBER ? digits(valueFrom, at) : 0;
    noteShape(owner, source, begin, end, shape, number);
  }

  private Shape skipped(Shape shape) {
    skipValue();
    return shape;
  }

  private Shape text(int from) {
    boolean escaped = string();
    int length = at - from - 2;
    if (length < 4 || length > 2 * LONGEST_TELLING) {
      return Shape.TEXT;
    }
    byte first = row[from + 1];
    boolean digit = first >= '0' && first <= '9';
    // A weekday may begin a date, a blank or an escape what is trimmed.
    if (!digit && "tTfFmMwWsS \\".indexOf(first) < 0) {
      return Shape.TEXT;
    }
    String text =
        escaped
            ? new String(decoded(from, at), StandardCharsets.UTF_8)
            : new String(row, from + 1, length, StandardCharsets.UTF_8);
    if (TypeRules.isTruth(text)) {
      return Shape.TRUTH;
    }
    return TypeRules.isDate(text) ? Shape.DATE : Shape.TEXT;
  }

  private Shape numberShape(int from) {
    skipValue();
    if (at == from) {
      throw new MalformedRecordException("The row has no value where one is expected.");
    }
    int length = at - from;
    if (length < TIME_DIGITS || length > MAX_DIGITS) {
      return Shape.NUMBER;
    }
    for (int i = from; i < at; i++) {
      if (row[i] < '0' || row[i] > '9') {
        return Shape.NUMBER;
      }
    }
    return Shape.LARGE_NUMBER;
  }

  private long digits(int from, int to) {
    long value = 0;
    for (int i = from; i < to; i++) {
      value = value * 10 + (row[i] - '0');
    }
    return value;
  }

  private void noteShape(Owner owner, byte[] source, int from, int to, Shape shape, long number) {
    if (count == shapes.length) {
      int size = 2 * count;
      nameBytes = Arrays.copyOf(nameBytes, size);
      nameFrom = Arrays.copyOf(nameFrom, size);
      nameTo = Arrays.copyOf(nameTo, size);
      shapes = Arrays.copyOf(shapes, size);
      numbers = Arrays.copyOf(numbers, size);
      owners = Arrays.copyOf(owners, size);
    }
    nameBytes[count] = source;
    nameFrom[count] = from;
    nameTo[count] = to;
    shapes[count] = shape;
    numbers[count] = number;
    owners[count] = owner;
    count++;
  }

  /** Returns the text of a quoted string with escapes, without what no key of ours may hold. */
  private byte[] decoded(int from, int to) {
    try (JsonParser parser = JsonSlices.open(row, from, to)) {
      parser.nextToken();
      return DefinitionKey.clean(parser.getText()).getBytes(StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new MalformedRecordException("The row has a string that is none.", e);
    }
  }

  private boolean isName(int from, int to, byte[] name) {
    return Arrays.equals(row, from, to, name, 0, name.length);
  }

  private byte peek() {
    while (isBlank(row[at])) {
      at++;
    }
    return row[at];
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }

  private boolean skips(char expected) {
    if (peek() == expected) {
      at++;
      return true;
    }
    return false;
  }

  private void expect(char expected) {
    if (!skips(expected)) {
      throw new MalformedRecordException(
          "The row has no " + expected + " at byte " + at + ", where its JSON needs one.");
    }
  }

  /** Moves behind a string and says whether it has escapes. */
  private boolean string() {
    expect('"');
    boolean escaped = false;
    while (true) {
      at = plainUntil(at);
      byte b = row[at++];
      if (b == '"') {
        return escaped;
      }
      if (b == '\\') {
        escaped = true;
        at++;
      }
    }
  }

  /** Returns the index of the next quote or backslash, or the row's length. */
  private int plainUntil(int from) {
    int i = from;
    while (i + Long.BYTES <= row.length) {
      long eight = (long) LONG.get(row, i);
      long special = (zeroes(eight ^ ONES * '"') | zeroes(eight ^ ONES * '\\')) & HIGHS;
      if (special != 0) {
        return i + (Long.numberOfTrailingZeros(special) >>> 3);
      }
      i += Long.BYTES;
    }
    while (i < row.length && row[i] != '"' && row[i] != '\\') {
      i++;
    }
    return i;
  }

  private static long zeroes(long eight) {
    return (eight - ONES) & ~eight;
  }

  private void skipValue() {
    int depth = 0;
    while (true) {
      switch (peek()) {
        case '"' -> string();
        case '{', '[' -> {
          depth++;
          at++;
        }
        case '}', ']' -> {
          if (depth == 0) {
            return;
          }
          depth--;
          at++;
        }
        case ',', ':' -> {
          if (depth == 0) {
            return;
          }
          at++;
          continue;
        }
        default -> scalar();
      }
      if (depth == 0) {
        return;
      }
    }
  }

  private void scalar() {
    while (true) {
      switch (row[at]) {
        case ',', '}', ']', ' ', '\n', '\r', '\t' -> {
          return;
        }
        default -> at++;
      }
    }
  }

  /** Whether the event describes a group, so that only the group's properties count. */
  boolean describesGroup() {
    return Arrays.equals(eventBytes, eventFrom, eventTo, GROUP_IDENTIFY, 0, GROUP_IDENTIFY.length);
  }

  /** Points a name to the event's. */
  Name event(Name name) {
    return name.set(eventBytes, eventFrom, eventTo);
  }

  /** Returns the length of the event's name in bytes. */
  int eventLength() {
    return eventTo - eventFrom;
  }

  /** Returns when the event arrived, in microseconds since the epoch. */
  long createdAt() {
    return createdAt;
  }

  /** Returns the type of the group that the event describes, or null. */
  String groupTypeOrNull() {
    return groupType;
  }

  /** Returns how many properties there are. */
  int count() {
    return count;
  }

  /** Points a name to that of a property. */
  Name name(int index, Name name) {
    return name.set(nameBytes[index], nameFrom[index], nameTo[index]);
  }

  /** Whether a property has this name. */
  boolean isNamed(int index, Name name) {
    return name.is(nameBytes[index], nameFrom[index], nameTo[index]);
  }

  /** Returns the length of a property's name in bytes. */
  int nameLength(int index) {
    return nameTo[index] - nameFrom[index];
  }

  Owner owner(int index) {
    return owners[index];
  }

  Shape shape(int index) {
    return shapes[index];
  }

  /** Returns the number of a property whose shape is {@link Shape#LARGE_NUMBER}. */
  long number(int index) {
    return numbers[index];
  }
}

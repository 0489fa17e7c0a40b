// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.util.Arrays;

/**
 * The valid rows of one request body, as places in its bytes.
 *
 * <p>Nothing is copied out of the body but strings that were escaped in it. A cell of a text or
 * JSON column is a slice, that of a number or time is the number itself (times in microseconds
 * since the epoch), that of a floating number its bits, that of a list is a range of slices.
 * Written by one thread, then read by others after a safe hand-over.
 */
final class RowBatch {
  private final byte[] body;
  private final int columns;
  private byte[] unescaped = new byte[0];
  private int unescapedLength;
  private long[] cells;
  private long[] nulls;
  private long[] spans;
  private long[] items = new long[0];
  private int itemCount;
  private int rows;
  private int received;
  private final byte[] ranks;
  private String problem;
  private long ingestMicros;

  /**
   * Creates a batch without rows.
   *
   * @param body the request's body, which the batch keeps
   * @param columns the number of columns, at most 64
   */
  RowBatch(byte[] body, int columns) {
    this.body = body;
    this.columns = columns;
    ranks = new byte[columns];
    int guess = Math.max(4, body.length / 512);
    cells = new long[guess * columns];
    nulls = new long[guess];
    spans = new long[guess];
  }

  /** Returns the number of valid rows. */
  int rows() {
    return rows;
  }

  /** Returns the number of elements of the body's array, valid or not. */
  int received() {
    return received;
  }

  /** Returns the number of elements that break the schema. */
  int invalid() {
    return received - rows;
  }

  /** Returns the sentence about the first invalid row, or null if all are valid. */
  String problemOrNull() {
    return problem;
  }

  /** Returns when the lake took the rows, in microseconds since the epoch. */
  long ingestMicros() {
    return ingestMicros;
  }

  void ingestMicros(long epochMicros) {
    ingestMicros = epochMicros;
  }

  /** Returns the memory that the rows hold, roughly, in bytes. */
  long weight() {
    return body.length + (long) unescapedLength + 8L * rows * (columns + 2);
  }

  boolean isNull(int row, int column) {
    return (nulls[row] >>> column & 1) != 0;
  }

  /** Returns a whole number, a time, or what the slice and list methods take. */
  long cell(int row, int column) {
    return cells[row * columns + column];
  }

  /** Returns the array that a slice points into. */
  byte[] sliceArray(long slice) {
    return offset(slice) < body.length ? body : unescaped;
  }

  /** Returns where a slice begins in its array. */
  int sliceStart(long slice) {
    int offset = offset(slice);
    return offset < body.length ? offset : offset - body.length;
  }

  /** Returns the bytes of a slice. */
  static int sliceLength(long slice) {
    return (int) slice;
  }

  /** Returns how many items a list has. */
  static int listSize(long list) {
    return (int) list;
  }

  /** Returns the slice of a list's item. */
  long listItem(long list, int index) {
    return items[offset(list) + index];
  }

  /** Whether a row is what stands in the body from one place up to another. */
  boolean isFromTo(int row, int from, int to) {
    return spans[row] == slice(from, to - from);
  }

  /** Returns a JSON array of the valid rows; the body itself if there are no others. */
  byte[] payload() {
    if (rows == received) {
      return body;
    }
    int size = 2 + Math.max(0, rows - 1);
    for (int row = 0; row < rows; row++) {
      size += sliceLength(spans[row]);
    }
    byte[] payload = new byte[size];
    int at = 0;
    payload[at++] = '[';
    for (int row = 0; row < rows; row++) {
      if (row > 0) {
        payload[at++] = ',';
      }
      int length = sliceLength(spans[row]);
      System.arraycopy(body, offset(spans[row]), payload, at, length);
      at += length;
    }
    payload[at] = ']';
    return payload;
  }

  /** Makes room for one more row, all of whose cells are null. */
  void openRow() {
    if (rows == nulls.length) {
      int more = nulls.length * 2;
      cells = Arrays.copyOf(cells, more * columns);
      nulls = Arrays.copyOf(nulls, more);
      spans = Arrays.copyOf(spans, more);
    }
    nulls[rows] = -1L;
  }

  void setNull(int column) {
    nulls[rows] |= 1L << column;
  }

  void set(int column, long cell) {
    cells[rows * columns + column] = cell;
    nulls[rows] &= ~(1L << column);
  }

  /** Forgets the values that were found for some columns of the row that was opened. */
  void forgetFrom(int column) {
    for (int i = column; i < columns; i++) {
      setNull(i);
      ranks[i] = Byte.MAX_VALUE;
    }
  }

  /**
   * Returns whether a value is to be taken that has found its column by a name of this rank: no
   * better one has been met in this row.
   */
  boolean outranks(int column, byte rank) {
    if (rank > ranks[column]) {
      return false;
    }
    ranks[column] = rank;
    return true;
  }

  /** Keeps the row that was opened. */
  void keepRow(int from, int to) {
    spans[rows++] = slice(from, to - from);
    received++;
  }

  /** Forgets the row that was opened. */
  void dropRow(String why) {
    received++;
    if (problem == null) {
      problem = "Row " + received + ": " + why;
    }
  }

  /** Makes a slice of the body. */
  static long slice(int from, int length) {
    return (long) from << 32 | length;
  }

  /** Keeps bytes that do not stand in the body in this form, and makes a slice of them. */
  long keep(byte[] bytes) {
    if (unescaped.length - unescapedLength < bytes.length) {
      unescaped =
          Arrays.copyOf(
              unescaped, Math.max(unescapedLength + bytes.length, 2 * unescaped.length + 64));
    }
    System.arraycopy(bytes, 0, unescaped, unescapedLength, bytes.length);
    long slice = slice(body.length + unescapedLength, bytes.length);
    unescapedLength += bytes.length;
    return slice;
  }

  /** Returns the place that the next list begins at. */
  int nextItem() {
    return itemCount;
  }

  void addItem(long slice) {
    if (itemCount == items.length) {
      items = Arrays.copyOf(items, 2 * items.length + 16);
    }
    items[itemCount++] = slice;
  }

  /** Makes a list of all items that were added since a place. */
  long list(int firstItem) {
    return slice(firstItem, itemCount - firstItem);
  }

  private static int offset(long slice) {
    return (int) (slice >>> 32);
  }
}

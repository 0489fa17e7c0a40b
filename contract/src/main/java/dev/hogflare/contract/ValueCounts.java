// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

/**
 * How many values of a property were of which type.
 *
 * @param dateTimes points in time
 * @param strings other texts
 * @param numbers numbers
 * @param booleans truth values
 * @param untyped nulls, lists and objects, which say nothing about the type
 */
public record ValueCounts(long dateTimes, long strings, long numbers, long booleans, long untyped) {
  /** No value at all. */
  public static final ValueCounts NONE = new ValueCounts(0, 0, 0, 0, 0);

  /** Checks that nothing is negative. */
  public ValueCounts {
    if ((dateTimes | strings | numbers | booleans | untyped) < 0) {
      throw new IllegalArgumentException("A count of values cannot be negative.");
    }
  }

  /** Returns the sums. */
  public ValueCounts plus(ValueCounts other) {
    return new ValueCounts(
        dateTimes + other.dateTimes,
        strings + other.strings,
        numbers + other.numbers,
        booleans + other.booleans,
        untyped + other.untyped);
  }

  /** Returns how many values were of a type. */
  public long of(ValueType type) {
    return switch (type) {
      case DATE_TIME -> dateTimes;
      case STRING -> strings;
      case NUMERIC -> numbers;
      case BOOLEAN -> booleans;
    };
  }

  /** Returns how many values there were. */
  public long total() {
    return dateTimes + strings + numbers + booleans + untyped;
  }

  /**
   * Returns the type that most values had, null if none had any; of two equals the one that {@link
   * ValueType} names first.
   */
  public ValueType mostOrNull() {
    ValueType most = null;
    for (ValueType type : ValueType.values()) {
      if (of(type) > (most == null ? 0 : of(most))) {
        most = type;
      }
    }
    return most;
  }
}

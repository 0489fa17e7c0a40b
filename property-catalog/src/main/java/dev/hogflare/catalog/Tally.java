// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import dev.hogflare.contract.DefinitionKey.Kind;
import dev.hogflare.contract.ValueCounts;
import dev.hogflare.contract.ValueType;

/** Counts the values of one name between two commits; used by one thread. */
final class Tally {
  private final Name name;
  private final String text;
  private final boolean alwaysText;
  private final boolean namedLikeATime;
  private long dateTimes;
  private long strings;
  private long numbers;
  private long booleans;
  private long untyped;
  private long first;
  private long last;

  /** The one that followed in the last event: events of one name mostly look alike. */
  private Tally next;

  Tally(Name name) {
    this.name = name;
    text = name.toString();
    alwaysText = TypeRules.isAlwaysText(text);
    namedLikeATime = TypeRules.isNamedLikeATime(text);
    reset();
  }

  private void reset() {
    dateTimes = 0;
    strings = 0;
    numbers = 0;
    booleans = 0;
    untyped = 0;
    first = Long.MAX_VALUE;
    last = Long.MIN_VALUE;
  }

  Name name() {
    return name;
  }

  Tally nextOrNull() {
    return next;
  }

  void follow(Tally tally) {
    next = tally;
  }

  /**
   * Counts a value.
   *
   * @param number the number, if it is a {@link RowReader.Shape#LARGE_NUMBER}
   * @param time when the event arrived, in microseconds since the epoch
   * @return whether it is the first since the last commit
   */
  boolean count(RowReader.Shape shape, long number, long time) {
    ValueType type = alwaysText ? ValueType.STRING : typeOrNull(shape, number, time);
    switch (type) {
      case DATE_TIME -> dateTimes++;
      case STRING -> strings++;
      case NUMERIC -> numbers++;
      case BOOLEAN -> booleans++;
      case null -> untyped++;
    }
    return seen(time);
  }

  /**
   * Counts an event of this name: it has no type, whatever a property of the name would have.
   *
   * @param time when the event arrived, in microseconds since the epoch
   * @return whether it is the first since the last commit
   */
  boolean countEvent(long time) {
    untyped++;
    return seen(time);
  }

  private boolean seen(long time) {
    boolean changed = first > last;
    first = Math.min(first, time);
    last = Math.max(last, time);
    return changed;
  }

  private ValueType typeOrNull(RowReader.Shape shape, long number, long time) {
    return switch (shape) {
      case TEXT -> ValueType.STRING;
      case DATE -> ValueType.DATE_TIME;
      case TRUTH -> ValueType.BOOLEAN;
      case NUMBER -> ValueType.NUMERIC;
      case LARGE_NUMBER ->
          namedLikeATime && number >= time / 1_000_000 - TypeRules.SIX_MONTHS
              ? ValueType.DATE_TIME
              : ValueType.NUMERIC;
      case NOTHING -> null;
    };
  }

  /** Returns what was counted since the last call, and begins again. */
  Seen take(Kind kind, String parent) {
    Seen seen =
        new Seen(
            kind,
            parent,
            text,
            new ValueCounts(dateTimes, strings, numbers, booleans, untyped),
            first,
            last);
    reset();
    return seen;
  }
}

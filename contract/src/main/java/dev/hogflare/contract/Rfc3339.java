// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;

/** Times as RFC 3339 text on one side and microseconds since the epoch on the other. */
public final class Rfc3339 {
  private static final long MICROS_PER_SECOND = 1_000_000L;
  private static final long SECONDS_PER_DAY = 86_400L;

  /** The first microsecond of the year 0 and the last one of the year 9999. */
  private static final long FIRST =
      LocalDate.of(0, 1, 1).toEpochDay() * SECONDS_PER_DAY * MICROS_PER_SECOND;

  private static final long LAST =
      LocalDate.of(10_000, 1, 1).toEpochDay() * SECONDS_PER_DAY * MICROS_PER_SECOND - 1;

  private Rfc3339() {}

  /**
   * Returns the time in UTC with six digits of a second, such as {@code
   * 2026-11-21T04:43:25.000123Z}.
   */
  public static String format(long epochMicros) {
    byte[] text = new byte[27];
    write(epochMicros, text, 0);
    return new String(text, StandardCharsets.ISO_8859_1);
  }

  /**
   * Writes the time's 27 ASCII characters.
   *
   * @param epochMicros a time in the years 0 to 9999; for a time beyond, the nearest one within is
   *     written, because a row with any other text would be refused
   */
  public static void write(long epochMicros, byte[] out, int at) {
    long within = Math.clamp(epochMicros, FIRST, LAST);
    long seconds = Math.floorDiv(within, MICROS_PER_SECOND);
    int micros = (int) Math.floorMod(within, MICROS_PER_SECOND);
    LocalDate day = LocalDate.ofEpochDay(Math.floorDiv(seconds, SECONDS_PER_DAY));
    int ofDay = (int) Math.floorMod(seconds, SECONDS_PER_DAY);
    digits(day.getYear(), 4, out, at);
    out[at + 4] = '-';
    digits(day.getMonthValue(), 2, out, at + 5);
    out[at + 7] = '-';
    digits(day.getDayOfMonth(), 2, out, at + 8);
    out[at + 10] = 'T';
    digits(ofDay / 3600, 2, out, at + 11);
    out[at + 13] = ':';
    digits(ofDay / 60 % 60, 2, out, at + 14);
    out[at + 16] = ':';
    digits(ofDay % 60, 2, out, at + 17);
    out[at + 19] = '.';
    digits(micros, 6, out, at + 20);
    out[at + 26] = 'Z';
  }

  private static void digits(int value, int count, byte[] out, int at) {
    int rest = value;
    for (int i = at + count - 1; i >= at; i--) {
      out[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }

  /** Whether {@link #parseOrNull} takes this text. */
  public static boolean isStrict(String text) {
    return parseOrNull(text) != null;
  }

  /**
   * Reads RFC 3339 text: a full date, {@code T}, {@code t} or a space, a full time, optional
   * fraction, and a zone.
   *
   * <p>The second 60 is taken for the first second of the next minute.
   *
   * @return microseconds since the epoch (further digits are cut), or null if the text is anything
   *     else or the time is in UTC outside the years 0 to 9999
   */
  public static Long parseOrNull(String text) {
    int length = text.length();
    if (length < 20
        || text.charAt(4) != '-'
        || text.charAt(7) != '-'
        || text.charAt(13) != ':'
        || text.charAt(16) != ':') {
      return null;
    }
    char separator = text.charAt(10);
    if (separator != 'T' && separator != 't' && separator != ' ') {
      return null;
    }
    int year = number(text, 0, 4);
    int month = number(text, 5, 7);
    int day = number(text, 8, 10);
    int hour = number(text, 11, 13);
    int minute = number(text, 14, 16);
    int second = number(text, 17, 19);
    if ((year | month | day | hour | minute | second) < 0
        || hour > 23
        || minute > 59
        || second > 60) {
      return null;
    }
    int at = 19;
    int micros = 0;
    if (text.charAt(at) == '.') {
      int digit = 0;
      at++;
      while (at < length && isDigit(text.charAt(at))) {
        if (digit < 6) {
          micros = micros * 10 + (text.charAt(at) - '0');
        }
        digit++;
        at++;
      }
      if (digit == 0) {
        return null;
      }
      for (int i = digit; i < 6; i++) {
        micros *= 10;
      }
    }
    int offsetSeconds = offset(text, at);
    if (offsetSeconds == Integer.MIN_VALUE) {
      return null;
    }
    long epochDay;
    try {
      epochDay = LocalDate.of(year, month, day).toEpochDay();
    } catch (DateTimeException e) {
      return null;
    }
    long seconds =
        epochDay * SECONDS_PER_DAY + hour * 3600L + minute * 60L + second - offsetSeconds;
    long all = seconds * MICROS_PER_SECOND + micros;
    return all < FIRST || all > LAST ? null : Long.valueOf(all);
  }

  private static int offset(String text, int at) {
    int rest = text.length() - at;
    if (rest == 1 && (text.charAt(at) == 'Z' || text.charAt(at) == 'z')) {
      return 0;
    }
    if (rest != 6 || text.charAt(at + 3) != ':') {
      return Integer.MIN_VALUE;
    }
    char sign = text.charAt(at);
    int hours = number(text, at + 1, at + 3);
    int minutes = number(text, at + 4, at + 6);
    if ((sign != '+' && sign != '-') || hours < 0 || minutes < 0 || hours > 23 || minutes > 59) {
      return Integer.MIN_VALUE;
    }
    int seconds = hours * 3600 + minutes * 60;
    return sign == '-' ? -seconds : seconds;
  }

  private static int number(String text, int from, int to) {
    int value = 0;
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if (!isDigit(c)) {
        return -1;
      }
      value = value * 10 + (c - '0');
    }
    return value;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }
}

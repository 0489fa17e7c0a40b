// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * When an event happened, from what the client's clock and ours say.
 *
 * <p>PostHog's rule: an offset beats all, then the client's time corrected by the skew of its
 * clock, then the client's time as sent, then the arrival. A time far in the future becomes the
 * arrival.
 */
public final class EventClock {
  private static final long MICROS_PER_MILLI = 1_000;
  private static final long MICROS_PER_SECOND = 1_000_000;
  private static final long MAX_FUTURE = 23 * 3_600 * MICROS_PER_SECOND;
  private static final long YEAR_0 =
      LocalDate.of(0, 1, 1).toEpochDay() * 86_400 * MICROS_PER_SECOND;
  private static final long YEAR_10000 =
      LocalDate.of(10_000, 1, 1).toEpochDay() * 86_400 * MICROS_PER_SECOND;

  /** An offset beyond some three thousand years is a defect of the client, whatever it means. */
  private static final long MAX_OFFSET_MILLIS = 100_000_000_000_000L;

  /** Numbers from here on are milliseconds; as seconds they would be in the year 5138. */
  private static final long FIRST_MILLIS = 100_000_000_000L;

  private static final Pattern CIVIL =
      Pattern.compile(
          "(\\d{4})[-/](\\d{1,2})[-/](\\d{1,2})"
              + "(?:[Tt ]+(\\d{1,2}):(\\d{2})(?::(\\d{2})(?:[.,](\\d{1,9}))?)?)?"
              + " ?([Zz]|[+-](?:[01]\\d|2[0-3])(?::?[0-5]\\d)?)?");

  /** Java's own reader takes more, such as 1d and 0x1p3. */
  private static final Pattern NUMBER = Pattern.compile("[+-]?\\d+(?:\\.\\d*)?(?:[Ee][+-]?\\d+)?");

  /** Strict, because 31 February is no day. */
  private static final DateTimeFormatter RFC_2822 =
      DateTimeFormatter.RFC_1123_DATE_TIME.withResolverStyle(ResolverStyle.STRICT);

  private EventClock() {}

  /**
   * Returns when the event happened, in microseconds since the epoch, within the years 0 to 9999.
   *
   * @param offset milliseconds that had passed since the event when it was sent, or null
   * @param timestamp the client's time as text, or null
   * @param sentAt the client's clock when it sent, in microseconds since the epoch, or null
   * @param ignoreSentAt whether the client asked not to be corrected
   * @param arrivedAt our clock at the arrival, in microseconds since the epoch
   */
  public static long resolve(
      Long offset, String timestamp, Long sentAt, boolean ignoreSentAt, long arrivedAt) {
    long time = unbounded(offset, timestamp, sentAt, ignoreSentAt, arrivedAt);
    if (time > arrivedAt + MAX_FUTURE) {
      return arrivedAt;
    }
    return time < YEAR_0 || time >= YEAR_10000 ? 0 : time;
  }

  private static long unbounded(
      Long offset, String timestamp, Long sentAt, boolean ignoreSentAt, long arrivedAt) {
    if (offset != null && offset >= -MAX_OFFSET_MILLIS && offset <= MAX_OFFSET_MILLIS) {
      return arrivedAt - offset * MICROS_PER_MILLI;
    }
    Long time = timestamp == null ? null : parseOrNull(timestamp);
    if (time == null) {
      return arrivedAt;
    }
    return sentAt == null || ignoreSentAt ? time : time - (sentAt - arrivedAt);
  }

  /** Reads every form of time that PostHog reads; null for anything else. */
  static Long parseOrNull(String text) {
    Long strict = Rfc3339.parseOrNull(text);
    if (strict != null) {
      return strict;
    }
    String bare = text.trim();
    if (bare.isEmpty() || bare.length() > 64) {
      return null;
    }
    Matcher civil = CIVIL.matcher(bare);
    if (civil.matches()) {
      return civilOrNull(civil);
    }
    Long number = numberOrNull(bare);
    return number == null ? rfc2822OrNull(bare) : number;
  }

  private static Long civilOrNull(Matcher civil) {
    try {
      long day =
          LocalDate.of(
                  Integer.parseInt(civil.group(1)),
                  Integer.parseInt(civil.group(2)),
                  Integer.parseInt(civil.group(3)))
              .toEpochDay();
      int hour = civil.group(4) == null ? 0 : Integer.parseInt(civil.group(4));
      int minute = civil.group(5) == null ? 0 : Integer.parseInt(civil.group(5));
      int second = civil.group(6) == null ? 0 : Integer.parseInt(civil.group(6));
      if (hour > 23 || minute > 59 || second > 60) {
        return null;
      }
      String fraction = civil.group(7) == null ? "" : civil.group(7);
      long micros = Long.parseLong((fraction + "000000").substring(0, 6));
      long seconds =
          day * 86_400 + hour * 3_600L + minute * 60L + second - zoneSeconds(civil.group(8));
      return seconds * MICROS_PER_SECOND + micros;
    } catch (DateTimeException e) {
      return null;
    }
  }

  /**
   * Returns the offset of a zone such as {@code +03}, {@code +0330} or {@code +03:30}; a civil time
   * without one is UTC.
   */
  private static long zoneSeconds(String zone) {
    if (zone == null || zone.length() < 3) {
      return 0;
    }
    long hours = Long.parseLong(zone.substring(1, 3));
    long minutes = zone.length() < 5 ? 0 : Long.parseLong(zone.substring(zone.length() - 2));
    long seconds = hours * 3_600 + minutes * 60;
    return zone.charAt(0) == '-' ? -seconds : seconds;
  }

  private static Long numberOrNull(String text) {
    if (!NUMBER.matcher(text).matches()) {
      return null;
    }
    double number = Double.parseDouble(text);
    if (!Double.isFinite(number) || Math.abs(number) > MAX_OFFSET_MILLIS * 10.0) {
      return null;
    }
    double micros =
        Math.abs(number) < FIRST_MILLIS ? number * MICROS_PER_SECOND : number * MICROS_PER_MILLI;
    return Math.round(micros);
  }

  private static Long rfc2822OrNull(String text) {
    try {
      ZonedDateTime time = ZonedDateTime.parse(text, RFC_2822);
      return time.toEpochSecond() * MICROS_PER_SECOND;
    } catch (DateTimeException e) {
      return null;
    }
  }
}

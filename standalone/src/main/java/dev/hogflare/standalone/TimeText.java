// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.Rfc3339;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the points in time that people type, and writes those that they read. */
final class TimeText {
  private static final Pattern SPAN = Pattern.compile("(\\d{1,6})(m|min|h|d)");
  private static final Pattern DAY = Pattern.compile("\\d{4}-\\d{2}-\\d{2}");
  private static final Pattern HOUR = Pattern.compile("(\\d{4}-\\d{2}-\\d{2}T\\d{2})(:\\d{2})?Z?");

  private TimeText() {}

  /**
   * Returns a point in time, in milliseconds since the epoch.
   *
   * @param option what it was typed for
   * @param text a span before now such as {@code 30min}, {@code 2h} or {@code 7d}, a day, an hour
   *     such as {@code 2026-03-01T14}, or RFC 3339 text; days and hours are UTC
   * @throws CommandException if it is none of them
   */
  static long millis(String option, String text, Instant now) {
    Matcher span = SPAN.matcher(text);
    if (span.matches()) {
      long count = Long.parseLong(span.group(1));
      ChronoUnit unit =
          switch (span.group(2)) {
            case "h" -> ChronoUnit.HOURS;
            case "d" -> ChronoUnit.DAYS;
            default -> ChronoUnit.MINUTES;
          };
      return now.minus(count, unit).toEpochMilli();
    }
    Matcher hour = HOUR.matcher(text.toUpperCase(Locale.ROOT));
    String full = text;
    if (DAY.matcher(text).matches()) {
      full = text + "T00:00:00Z";
    } else if (hour.matches()) {
      full = hour.group(1) + (hour.group(2) == null ? ":00" : hour.group(2)) + ":00Z";
    }
    Long micros = Rfc3339.parseOrNull(full);
    if (micros == null) {
      throw new CommandException(
          CommandException.USAGE,
          option
              + " is '"
              + text
              + "'; give a span such as 2h or 7d, a day such as 2026-03-01, an hour such as"
              + " 2026-03-01T14, or a time such as 2026-03-01T14:05:00Z.");
    }
    return Math.floorDiv(micros, 1_000);
  }

  /** Returns a time as RFC 3339 text to the second, in UTC. */
  static String second(long millis) {
    return Instant.ofEpochMilli(millis).truncatedTo(ChronoUnit.SECONDS).toString();
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * A moment as a filter or a property writes it: fixed, or some time before the request.
 *
 * <p>The forms are those of PostHog's service: {@code 7d} and its like, RFC 3339, a date, a date
 * with a time. What has no offset is read in the time zone of the project.
 */
sealed interface DateText {
  /** Returns the moment, seen from a request, or nothing if the time zone has no such time. */
  Optional<Instant> at(Instant now);

  /** The same moment always. */
  record Fixed(Instant instant) implements DateText {
    @Override
    public Optional<Instant> at(Instant now) {
      return Optional.of(instant);
    }
  }

  /**
   * Some time before the request.
   *
   * @param unit one of {@code h d w m y}
   */
  record Before(int amount, char unit, ZoneId zone) implements DateText {
    /** The last day that every month has. */
    private static final int COMMON_DAYS = 28;

    @Override
    public Optional<Instant> at(Instant now) {
      LocalDateTime local = LocalDateTime.ofInstant(now, zone);
      return inZone(
          switch (unit) {
            case 'h' -> local.minusHours(amount);
            case 'd' -> local.minusDays(amount);
            case 'w' -> local.minusWeeks(amount);
            case 'm' -> local.with(monthsBefore(local.toLocalDate()));
            // From the 29th of February the first step leads to the 28th.
            default -> local.minusYears(Math.min(amount, 1)).minusYears(Math.max(amount - 1, 0));
          },
          zone);
    }

    /** Goes back month by month, because a day that was cut off by a short one stays cut off. */
    private LocalDate monthsBefore(LocalDate from) {
      LocalDate date = from;
      int left = amount;
      while (left > 0 && date.getDayOfMonth() > COMMON_DAYS) {
        YearMonth previous = YearMonth.from(date).minusMonths(1);
        date = previous.atDay(Math.min(date.getDayOfMonth(), previous.lengthOfMonth()));
        left--;
      }
      return date.minusMonths(left);
    }
  }

  /** The most of a unit that is a relative date. */
  int MAX_AMOUNT = 9_999;

  /** Date-times without an offset. */
  List<DateTimeFormatter> LOCAL = List.of(localFormat(' '), localFormat('T'));

  private static DateTimeFormatter localFormat(char separator) {
    return new DateTimeFormatterBuilder()
        .append(DateTimeFormatter.ISO_LOCAL_DATE)
        .appendLiteral(separator)
        .appendPattern("HH:mm")
        .optionalStart()
        .appendPattern(":ss")
        .optionalStart()
        .appendFraction(ChronoField.NANO_OF_SECOND, 1, 9, true)
        .toFormatter(Locale.ROOT)
        .withResolverStyle(ResolverStyle.STRICT);
  }

  /** RFC 3339, also with a space or small letters, as the service reads it. */
  DateTimeFormatter WITH_OFFSET =
      new DateTimeFormatterBuilder()
          .parseCaseInsensitive()
          .append(DateTimeFormatter.ISO_LOCAL_DATE)
          .appendLiteral('T')
          .appendPattern("HH:mm:ss")
          .optionalStart()
          .appendFraction(ChronoField.NANO_OF_SECOND, 1, 9, true)
          .optionalEnd()
          .appendOffset("+HH:MM", "Z")
          .toFormatter(Locale.ROOT)
          .withResolverStyle(ResolverStyle.STRICT);

  /** Returns what a text means, or nothing if it is no date. */
  static Optional<DateText> parse(String text, ZoneId zone) {
    Optional<DateText> relative = relative(text, zone);
    if (relative.isPresent()) {
      return relative;
    }
    if (isRelativeForm(text)) {
      return Optional.empty();
    }
    return fixed(text, zone).map(Fixed::new);
  }

  private static Optional<DateText> relative(String text, ZoneId zone) {
    if (!isRelativeForm(text)) {
      return Optional.empty();
    }
    String digits = text.substring(text.startsWith("-") ? 1 : 0, text.length() - 1);
    try {
      int amount = Integer.parseInt(digits);
      return amount <= MAX_AMOUNT
          ? Optional.of(new Before(amount, text.charAt(text.length() - 1), zone))
          : Optional.empty();
    } catch (NumberFormatException e) {
      // More digits than an int has, which is too far back in any case.
      return Optional.empty();
    }
  }

  private static boolean isRelativeForm(String text) {
    int start = text.startsWith("-") ? 1 : 0;
    int end = text.length() - 1;
    if (end <= start || "hdwmy".indexOf(text.charAt(end)) < 0) {
      return false;
    }
    for (int i = start; i < end; i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }

  private static Optional<Instant> fixed(String text, ZoneId zone) {
    int length = text.length();
    if (length < 10 || text.charAt(4) != '-') {
      return Optional.empty();
    }
    if (length == 10) {
      return local(text + "T00:00", LOCAL.get(1), zone);
    }
    char last = text.charAt(length - 1);
    boolean offset =
        last == 'Z' || last == 'z' || text.indexOf('+', 10) > 0 || text.indexOf('-', 10) > 0;
    if (offset) {
      try {
        String form =
            text.charAt(10) == ' ' ? text.substring(0, 10) + 'T' + text.substring(11) : text;
        return Optional.of(OffsetDateTime.parse(form, WITH_OFFSET).toInstant());
      } catch (DateTimeException e) {
        return Optional.empty();
      }
    }
    return local(text, LOCAL.get(text.charAt(10) == 'T' ? 1 : 0), zone);
  }

  private static Optional<Instant> local(String text, DateTimeFormatter format, ZoneId zone) {
    try {
      return inZone(LocalDateTime.parse(text, format), zone);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /** Returns the earlier of two moments when clocks go back, and none in the hour they skip. */
  private static Optional<Instant> inZone(LocalDateTime local, ZoneId zone) {
    List<ZoneOffset> offsets = zone.getRules().getValidOffsets(local);
    return offsets.isEmpty() ? Optional.empty() : Optional.of(local.toInstant(offsets.getFirst()));
  }

  /** Returns the moment of a property: text as in filters, or seconds since the epoch. */
  static Optional<Instant> ofProperty(JsonNode value, ZoneId zone, Instant now) {
    if (value.isTextual()) {
      Optional<DateText> date = parse(value.textValue(), zone);
      if (date.isPresent()) {
        return date.get().at(now);
      }
    } else if (!value.isNumber()) {
      return Optional.empty();
    }
    OptionalDouble seconds = JsonValues.number(value);
    return seconds.isPresent() ? ofSeconds(seconds.getAsDouble()) : Optional.empty();
  }

  private static Optional<Instant> ofSeconds(double seconds) {
    // Beyond the years that a text can name, where arithmetic on instants would overflow.
    if (!(Math.abs(seconds) < 1e13)) {
      return Optional.empty();
    }
    BigDecimal exact = new BigDecimal(Double.toString(seconds));
    BigDecimal whole = exact.setScale(0, RoundingMode.FLOOR);
    long nanos = exact.subtract(whole).movePointRight(9).longValue();
    return Optional.of(Instant.ofEpochSecond(whole.longValueExact(), nanos));
  }
}

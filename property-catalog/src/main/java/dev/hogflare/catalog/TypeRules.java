// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import dev.hogflare.contract.Rfc3339;
import java.time.DateTimeException;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Tells the type of a property from its name and its value, by the rules of PostHog's
 * property-defs-rs.
 */
final class TypeRules {
  /** Seconds before an event from which on a number in a property named so is a time. */
  static final long SIX_MONTHS = 15_768_000;

  private static final List<String> TIME_WORDS =
      List.of("time", "date", "_at", "-at", "createdat", "updatedat");

  private static final List<String> TEXT_PREFIXES =
      List.of("utm_", "$initial_utm_", "$feature/", "$survey_response");

  /** No calendar is asked: a month may be any up to 29, a day any up to 39. */
  private static final Pattern DAY =
      Pattern.compile(
          "(\\d{4}[-/][0-2]\\d[-/][0-3]\\d|[0-2]\\d[-/][0-3]\\d[-/]\\d{4})"
              + "([ T]\\d{2}:\\d{2}:\\d{2}.*)?",
          Pattern.DOTALL);

  private static final int SHORTEST_DATE = 10;
  private static final int LONGEST_DATE = 64;

  private TypeRules() {}

  /** Whether values of a property of this name are text whatever they look like. */
  static boolean isAlwaysText(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.equals("$feature_flag_response")
        || TEXT_PREFIXES.stream().anyMatch(lower::startsWith);
  }

  /** Whether numbers in a property of this name may be times. */
  static boolean isNamedLikeATime(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return TIME_WORDS.stream().anyMatch(lower::contains);
  }

  /** Whether text, which is trimmed for that, is a truth value. */
  static boolean isTruth(String text) {
    return switch (text.strip()) {
      case "true", "false", "TRUE", "FALSE" -> true;
      default -> false;
    };
  }

  /** Whether text is a day, or a time of RFC 3339 or RFC 2822. */
  static boolean isDate(String text) {
    if (text.length() < SHORTEST_DATE || text.length() > LONGEST_DATE) {
      return false;
    }
    return DAY.matcher(text).matches() || Rfc3339.isStrict(text) || isRfc2822(text);
  }

  private static boolean isRfc2822(String text) {
    if (text.indexOf(':') < 0) {
      return false;
    }
    try {
      DateTimeFormatter.RFC_1123_DATE_TIME.parse(text);
      return true;
    } catch (DateTimeException e) {
      return false;
    }
  }
}

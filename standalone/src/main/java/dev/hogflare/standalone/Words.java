// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** Words quantities the way people read them. */
final class Words {
  private static final List<String> UNITS = List.of("B", "KB", "MB", "GB", "TB", "PB");

  private Words() {}

  /** Returns a span of whole seconds, such as {@code 3 min 5 s}. */
  static String span(long seconds) {
    Duration span = Duration.ofSeconds(seconds);
    if (span.toDays() > 0) {
      return span.toDays() + " d " + span.toHoursPart() + " h";
    }
    if (span.toHours() > 0) {
      return span.toHours() + " h " + span.toMinutesPart() + " min";
    }
    if (span.toMinutes() > 0) {
      return span.toMinutes() + " min " + span.toSecondsPart() + " s";
    }
    return seconds + " s";
  }

  /** Returns a size in bytes, such as {@code 1.5 MB}, with 1 KB = 1,000 B. */
  static String bytes(long bytes) {
    double value = bytes;
    int unit = 0;
    // 999.95 would be shown as 1000.0.
    while (value >= 999.95 && unit < UNITS.size() - 1) {
      value /= 1_000;
      unit++;
    }
    return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", value, UNITS.get(unit));
  }

  /** Returns a count in at most nine characters, such as {@code 1,234,567} or {@code 12.3 M}. */
  static String count(long count) {
    if (count < 10_000_000) {
      return String.format(Locale.ROOT, "%,d", count);
    }
    return count < 999_950_000
        ? String.format(Locale.ROOT, "%.1f M", count / 1e6)
        : String.format(Locale.ROOT, "%,.1f G", count / 1e9);
  }

  /** Returns a count with its noun, such as {@code 1 flag} or {@code 2 flags}. */
  static String count(long count, String noun) {
    return count(count) + " " + noun + (count == 1 ? "" : "s");
  }

  /** Returns {@code yes} or {@code no}. */
  static String yesOrNo(boolean yes) {
    return yes ? "yes" : "no";
  }

  /** Returns how long a topic keeps its records, from its settings. */
  static String retention(String cleanupPolicy, String retentionMillis) {
    if (cleanupPolicy.equals("compact")) {
      return "newest of each key";
    }
    long millis = Long.parseLong(retentionMillis);
    if (millis < 0) {
      return "unlimited";
    }
    Duration time = Duration.ofMillis(millis);
    String span = time.toDays() > 0 ? time.toDays() + " d" : span(time.toSeconds());
    return cleanupPolicy.contains("compact") ? span + ", newest of each key" : span;
  }
}

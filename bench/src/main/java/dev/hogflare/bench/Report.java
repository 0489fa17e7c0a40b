// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import dev.hogflare.contract.JsonBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Gathers figures, and prints them as a table or as JSON. */
final class Report {

  /**
   * One figure.
   *
   * @param name what was measured
   * @param value the measured value with its unit
   * @param baseline the baseline's value with its unit, or an empty string
   * @param ratio value by baseline, or NaN
   * @param goal what the ratio or value should reach, or an empty string
   * @param reached whether it does
   */
  record Line(
      String name, String value, String baseline, double ratio, String goal, boolean reached) {}

  private final List<Line> lines = new ArrayList<>();

  /** Adds a figure that is compared with a baseline of the same run. */
  void compare(String name, double value, double baseline, String unit, double goal) {
    double ratio = value / baseline;
    lines.add(
        new Line(
            name,
            format("%,.0f %s", value, unit),
            format("%,.0f %s", baseline, unit),
            ratio,
            format("at least %.2f", goal),
            ratio >= goal));
  }

  /** Adds a cost that may be so many times that of a baseline of the same run. */
  void atMost(String name, double value, double baseline, String unit, double goal) {
    double ratio = value / baseline;
    lines.add(
        new Line(
            name,
            format("%,.1f %s", value, unit),
            format("%,.1f %s", baseline, unit),
            ratio,
            format("at most %.2f", goal),
            ratio <= goal));
  }

  /** Adds a figure that has to stay below a bound. */
  void below(String name, double value, String unit, double bound) {
    lines.add(
        new Line(
            name,
            format("%.1f %s", value, unit),
            "",
            Double.NaN,
            format("below %.0f %s", bound, unit),
            value < bound));
  }

  /** Adds a figure that has to reach a bound. */
  void above(String name, double value, String unit, double bound) {
    lines.add(
        new Line(
            name,
            format("%,.0f %s", value, unit),
            "",
            Double.NaN,
            format("at least %,.0f %s", bound, unit),
            value >= bound));
  }

  /** Adds a figure that has to reach one of two bounds. */
  void reach(String name, double value, String unit, double bound, double otherBound) {
    double goal = Math.min(bound, otherBound);
    lines.add(
        new Line(
            name,
            format("%,.0f %s", value, unit),
            format("%,.0f %s", otherBound / 0.4, unit),
            value * 0.4 / otherBound,
            format("at least %,.0f %s", goal, unit),
            value >= goal));
  }

  /** Adds a figure without a goal. */
  void note(String name, double value, String unit) {
    lines.add(new Line(name, format("%,.1f %s", value, unit), "", Double.NaN, "", true));
  }

  /** Whether every goal was reached. */
  boolean allReached() {
    return lines.stream().allMatch(Line::reached);
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }

  /** Returns an aligned table. */
  String table() {
    List<String[]> rows = new ArrayList<>();
    rows.add(new String[] {"figure", "measured", "baseline", "ratio", "goal", ""});
    for (Line line : lines) {
      rows.add(
          new String[] {
            line.name(),
            line.value(),
            line.baseline(),
            Double.isNaN(line.ratio()) ? "" : format("%.2f", line.ratio()),
            line.goal(),
            line.goal().isEmpty() ? "" : line.reached() ? "reached" : "MISSED"
          });
    }
    int[] widths = new int[rows.get(0).length];
    for (String[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        widths[i] = Math.max(widths[i], row[i].length());
      }
    }
    StringBuilder table = new StringBuilder();
    for (String[] row : rows) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < row.length; i++) {
        boolean right = i >= 1 && i <= 3;
        String blanks = " ".repeat(widths[i] - row[i].length());
        text.append(right ? blanks + row[i] : row[i] + blanks).append("  ");
      }
      table.append(text.toString().stripTrailing()).append('\n');
    }
    return table.toString();
  }

  /** Returns a JSON array with an object for each figure. */
  String json() {
    JsonBuffer out = new JsonBuffer(4_096).openArray();
    for (Line line : lines) {
      out.separate()
          .openObject()
          .name("figure")
          .string(line.name())
          .name("measured")
          .string(line.value());
      if (!line.baseline().isEmpty()) {
        out.name("baseline").string(line.baseline());
      }
      if (!Double.isNaN(line.ratio())) {
        out.name("ratio").raw(format("%.3f", line.ratio()).getBytes(StandardCharsets.US_ASCII));
      }
      if (!line.goal().isEmpty()) {
        out.name("goal").string(line.goal()).name("reached").bool(line.reached());
      }
      out.closeObject();
    }
    return new String(out.closeArray().toBytes(), StandardCharsets.UTF_8);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.metrics;

import dev.hogflare.metrics.CompiledQuery.Column;
import dev.hogflare.metrics.CompiledQuery.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Draws an answer in a terminal: bars by a dimension, columns over time. */
public final class Chart {
  private static final String[] EIGHTHS = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  private static final String[] PARTS = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  private static final int HEIGHT = 8;
  private static final int BAR = 40;
  private static final int MOST_COLUMNS = 72;
  private static final int MOST_LABEL = 32;

  private Chart() {}

  /**
   * Returns the lines of a chart of the first figure.
   *
   * @param rows the answer's rows; numbers, texts or null
   * @throws MetricsException if there is nothing to tell the rows apart by
   */
  public static List<String> draw(List<Column> columns, List<List<Object>> rows) {
    int figure = 0;
    while (columns.get(figure).kind() == Kind.TIME
        || columns.get(figure).kind() == Kind.DIMENSION) {
      figure++;
    }
    if (figure == 0) {
      throw new MetricsException(
          "A chart needs something to tell its bars apart by; add --by or --granularity.");
    }
    if (rows.isEmpty()) {
      return List.of("no rows");
    }
    boolean percent = columns.get(figure).kind() == Kind.PERCENT;
    List<String> lines = new ArrayList<>();
    lines.add(columns.get(figure).name());
    if (columns.get(0).kind() == Kind.TIME) {
      lines.addAll(figure == 1 ? overTime(rows, percent) : series(rows, figure, percent));
    } else {
      lines.addAll(bars(rows, figure, percent));
    }
    return lines;
  }

  /** Returns a figure as it is shown. */
  public static String shown(Object value, boolean percent) {
    return switch (value) {
      case null -> "-";
      case Double number when percent -> String.format(Locale.ROOT, "%.1f %%", number * 100);
      case Double number when number == Math.rint(number) && Math.abs(number) < 1e15 ->
          String.format(Locale.ROOT, "%,d", Math.round(number));
      case Double number -> String.format(Locale.ROOT, "%,.2f", number);
      case Long number -> String.format(Locale.ROOT, "%,d", number);
      case Integer number -> String.format(Locale.ROOT, "%,d", number);
      case java.math.BigInteger number -> String.format(Locale.ROOT, "%,d", number);
      default -> visible(value.toString());
    };
  }

  /** Returns a text in which no character is obeyed by a terminal. */
  private static String visible(String text) {
    return text.codePoints()
        .mapToObj(
            point ->
                Character.isISOControl(point) || Character.getType(point) == Character.FORMAT
                    ? "\\u%04x".formatted(point)
                    : Character.toString(point))
        .collect(Collectors.joining());
  }

  private static double number(Object value) {
    return value instanceof Number number && Double.isFinite(number.doubleValue())
        ? Math.max(0, number.doubleValue())
        : 0;
  }

  private static List<String> bars(List<List<Object>> rows, int figure, boolean percent) {
    double most = rows.stream().mapToDouble(row -> number(row.get(figure))).max().orElse(0);
    List<String> labels = new ArrayList<>();
    List<String> values = new ArrayList<>();
    for (List<Object> row : rows) {
      String label =
          row.subList(0, figure).stream()
              .map(value -> shown(value, false))
              .collect(Collectors.joining(" · "));
      labels.add(label.length() > MOST_LABEL ? label.substring(0, MOST_LABEL - 1) + "…" : label);
      values.add(shown(row.get(figure), percent));
    }
    int labelWidth = labels.stream().mapToInt(String::length).max().orElse(0);
    int valueWidth = values.stream().mapToInt(String::length).max().orElse(0);
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      long eighths = most == 0 ? 0 : Math.round(number(rows.get(i).get(figure)) / most * BAR * 8);
      String bar = "█".repeat((int) (eighths / 8)) + PARTS[(int) (eighths % 8)];
      lines.add(
          ("  "
                  + labels.get(i)
                  + " ".repeat(labelWidth - labels.get(i).length())
                  + "  "
                  + " ".repeat(valueWidth - values.get(i).length())
                  + values.get(i)
                  + "  "
                  + bar)
              .stripTrailing());
    }
    return lines;
  }

  private static List<String> overTime(List<List<Object>> rows, boolean percent) {
    double[] values = rows.stream().mapToDouble(row -> number(row.get(1))).toArray();
    int each = (values.length + MOST_COLUMNS - 1) / MOST_COLUMNS;
    double[] points = new double[(values.length + each - 1) / each];
    for (int i = 0; i < values.length; i++) {
      int inPoint = Math.min(each, values.length - i / each * each);
      points[i / each] += values[i] / inPoint;
    }
    double most = 0;
    for (double point : points) {
      most = Math.max(most, point);
    }
    String top =
        shown(percent || most != Math.rint(most) ? (Object) most : (Object) (long) most, percent);
    int width = points.length <= MOST_COLUMNS / 3 ? 3 : 1;
    List<String> lines = new ArrayList<>();
    for (int level = HEIGHT - 1; level >= 0; level--) {
      String label = level == HEIGHT - 1 ? top : level == 0 ? "0" : "";
      StringBuilder line = new StringBuilder("  ");
      line.append(" ".repeat(Math.max(0, top.length() - label.length())))
          .append(label)
          .append(" │");
      for (double point : points) {
        long eighths = most == 0 ? 0 : Math.round(point / most * HEIGHT * 8);
        int here = (int) Math.max(0, Math.min(8, eighths - level * 8L));
        line.append(EIGHTHS[here].repeat(width == 1 ? 1 : width - 1)).append(width == 1 ? "" : " ");
      }
      lines.add(line.toString().stripTrailing());
    }
    int across = points.length * width;
    lines.add("  " + " ".repeat(top.length()) + " └" + "─".repeat(across));
    String first = shown(rows.getFirst().get(0), false);
    String last = shown(rows.getLast().get(0), false);
    int gap = Math.max(2, across - first.length() - last.length());
    lines.add(
        "  "
            + " ".repeat(top.length() + 2)
            + first
            + (rows.size() == 1 ? "" : " ".repeat(gap) + last));
    if (each > 1) {
      lines.add("  each column is the mean of " + each + " points");
    }
    return lines;
  }

  /** One small line for each group of rows. */
  private static List<String> series(List<List<Object>> rows, int figure, boolean percent) {
    List<Object> times = rows.stream().map(row -> row.get(0)).distinct().toList();
    Map<String, double[]> groups = new LinkedHashMap<>();
    Map<String, Object> lasts = new LinkedHashMap<>();
    double most = 0;
    for (List<Object> row : rows) {
      String label =
          row.subList(1, figure).stream()
              .map(value -> shown(value, false))
              .collect(Collectors.joining(" · "));
      double value = number(row.get(figure));
      groups.computeIfAbsent(label, k -> new double[times.size()])[times.indexOf(row.get(0))] =
          value;
      lasts.put(label, row.get(figure));
      most = Math.max(most, value);
    }
    int width =
        Math.min(MOST_LABEL, groups.keySet().stream().mapToInt(String::length).max().orElse(0));
    List<String> lines = new ArrayList<>();
    for (Map.Entry<String, double[]> group : groups.entrySet()) {
      String label = group.getKey();
      label = label.length() > width ? label.substring(0, width - 1) + "…" : label;
      StringBuilder line =
          new StringBuilder("  ").append(label).append(" ".repeat(width - label.length() + 2));
      for (double value : group.getValue()) {
        line.append(EIGHTHS[most == 0 ? 0 : (int) Math.round(value / most * 8)]);
      }
      lines.add(line.append("  ").append(shown(lasts.get(group.getKey()), percent)).toString());
    }
    lines.add(
        "  "
            + " ".repeat(width + 2)
            + shown(times.getFirst(), false)
            + " to "
            + shown(times.getLast(), false));
    return lines;
  }
}

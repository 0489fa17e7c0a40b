// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Lays an answer out in columns of a terminal. */
final class TextTable {
  /** Rows that decide how wide the columns are; more are laid out with the same widths. */
  private static final int SAMPLE = 1_000;

  /** The widest column, in terminal cells. */
  static final int MAX_WIDTH = 60;

  private TextTable() {}

  static void print(QueryRows result, Appendable out) throws IOException {
    List<String> header = new ArrayList<>();
    List<Integer> widths = new ArrayList<>();
    for (QueryResult.Column column : result.columns()) {
      String name = visible(column.name());
      header.add(name);
      widths.add(Math.max(1, width(name)));
    }
    List<List<Object>> sample = new ArrayList<>();
    while (sample.size() < SAMPLE && result.hasNext()) {
      List<Object> row = result.next();
      for (int i = 0; i < row.size(); i++) {
        widths.set(i, Math.max(widths.get(i), width(cell(row.get(i)))));
      }
      sample.add(row);
    }
    line(out, header, widths, List.of());
    String separator = "-";
    for (int width : widths) {
      out.append(separator).append("-".repeat(width)).append("-");
      separator = "+-";
    }
    out.append('\n');
    long rows = 0;
    for (List<Object> row : sample) {
      row(out, row, widths);
      rows++;
    }
    while (result.hasNext()) {
      row(out, result.next(), widths);
      rows++;
    }
    out.append("(").append(Long.toString(rows)).append(rows == 1 ? " row)\n" : " rows)\n");
  }

  private static void row(Appendable out, List<Object> row, List<Integer> widths)
      throws IOException {
    line(out, row.stream().map(TextTable::cell).toList(), widths, row);
  }

  private static void line(
      Appendable out, List<String> cells, List<Integer> widths, List<Object> values)
      throws IOException {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      line.append(i == 0 ? " " : " | ");
      String cell = cells.get(i);
      String padding = " ".repeat(Math.max(0, widths.get(i) - width(cell)));
      boolean number = !values.isEmpty() && values.get(i) instanceof Number;
      line.append(number ? padding : "").append(cell).append(number ? "" : padding);
    }
    out.append(line.toString().stripTrailing()).append('\n');
  }

  private static String cell(Object value) {
    return value == null ? "NULL" : visible(ResultPrinter.text(value));
  }

  /** Shows control codes, which a terminal would obey, and cuts what is too wide. */
  private static String visible(String text) {
    StringBuilder out = new StringBuilder();
    int width = 0;
    for (int at = 0; at < text.length(); ) {
      int point = text.codePointAt(at);
      at += Character.charCount(point);
      String shown = shown(point);
      int more = width(shown);
      if (width + more > MAX_WIDTH - 1 && width + more + width(text.substring(at)) > MAX_WIDTH) {
        return out.append('\u2026').toString();
      }
      out.append(shown);
      width += more;
    }
    return out.toString();
  }

  private static String shown(int point) {
    return switch (point) {
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> {
        boolean obeyed =
            switch (Character.getType(point)) {
              case Character.CONTROL,
                  Character.LINE_SEPARATOR,
                  Character.PARAGRAPH_SEPARATOR,
                  Character.SURROGATE ->
                  true;
              case Character.FORMAT -> point != 0x200D;
              default -> false;
            };
        yield obeyed ? "\\u%04x".formatted(point) : Character.toString(point);
      }
    };
  }

  /** Returns the cells of a terminal that a text takes, as most terminals count. */
  static int width(String text) {
    return text.codePoints().map(TextTable::width).sum();
  }

  private static int width(int point) {
    if (point < 0x300) {
      return 1;
    }
    int type = Character.getType(point);
    if (type == Character.NON_SPACING_MARK
        || type == Character.ENCLOSING_MARK
        || type == Character.FORMAT
        || (point >= 0xFE00 && point <= 0xFE0F)) {
      return 0;
    }
    boolean wide =
        (point >= 0x1100 && point <= 0x115F)
            || (point >= 0x2E80 && point <= 0x303E)
            || (point >= 0x3041 && point <= 0xA4CF)
            || (point >= 0xAC00 && point <= 0xD7A3)
            || (point >= 0xF900 && point <= 0xFAFF)
            || (point >= 0xFE30 && point <= 0xFE6F)
            || (point >= 0xFF00 && point <= 0xFF60)
            || (point >= 0xFFE0 && point <= 0xFFE6)
            || (point >= 0x1F300 && point <= 0x1F64F)
            || (point >= 0x1F680 && point <= 0x1F6FF)
            || (point >= 0x1F900 && point <= 0x1F9FF)
            || (point >= 0x20000 && point <= 0x3FFFD);
    return wide ? 2 : 1;
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Aligns rows of text in columns. */
final class TextTable {
  private static final String GAP = "  ";

  private final List<String> heads;
  private final Set<Integer> numbers;
  private final List<List<String>> rows = new ArrayList<>();

  /**
   * Creates an empty table.
   *
   * @param numbers the columns, from 0, that are aligned to the right
   */
  TextTable(List<String> heads, Set<Integer> numbers) {
    this.heads = heads;
    this.numbers = numbers;
  }

  /** Adds a row with a cell for each head. */
  TextTable row(String... cells) {
    if (cells.length != heads.size()) {
      throw new IllegalArgumentException(
          "The table has " + heads.size() + " columns and the row " + cells.length + " cells.");
    }
    rows.add(List.of(cells));
    return this;
  }

  /** Returns the lines, without trailing blanks. */
  List<String> lines() {
    int[] widths = new int[heads.size()];
    widen(widths, heads);
    rows.forEach(row -> widen(widths, row));
    List<String> lines = new ArrayList<>();
    lines.add(line(widths, heads));
    rows.forEach(row -> lines.add(line(widths, row)));
    return lines;
  }

  private static void widen(int[] widths, List<String> cells) {
    for (int i = 0; i < widths.length; i++) {
      widths[i] = Math.max(widths[i], cells.get(i).length());
    }
  }

  private String line(int[] widths, List<String> cells) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String cell = cells.get(i);
      String blanks = " ".repeat(widths[i] - cell.length());
      line.append(i == 0 ? "" : GAP);
      line.append(numbers.contains(i) ? blanks + cell : cell + blanks);
    }
    return line.toString().stripTrailing();
  }
}

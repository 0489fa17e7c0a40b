// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import dev.hogflare.contract.RowSchema;
import java.util.List;

/**
 * The cells of a row in memory: the stream's columns, and behind them the promoted ones.
 *
 * @param rows the stream's columns
 * @param promoted the columns that are filled from the column {@value #PROPERTIES}
 */
record RowLayout(RowSchema rows, List<PromotedColumn> promoted) {
  /** The column that promoted ones are filled from. */
  static final String PROPERTIES = "properties";

  /** A batch has a bit for each cell of a row in a long. */
  static final int MAX_CELLS = Long.SIZE;

  /** Checks the bound. */
  RowLayout {
    promoted = List.copyOf(promoted);
    if (rows.columns().size() + promoted.size() > MAX_CELLS) {
      throw new IllegalArgumentException("A row has at most " + MAX_CELLS + " cells.");
    }
  }

  /** Returns a layout without promoted columns. */
  static RowLayout of(RowSchema rows) {
    return new RowLayout(rows, List.of());
  }

  int cells() {
    return rows.columns().size() + promoted.size();
  }
}

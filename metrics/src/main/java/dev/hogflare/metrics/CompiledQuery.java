// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.metrics;

import java.util.List;

/**
 * A question as SQL.
 *
 * @param sql one statement
 * @param columns the columns of its answer, in order
 */
public record CompiledQuery(String sql, List<Column> columns) {

  /** What a column of the answer is. */
  public enum Kind {
    /** A point in time. */
    TIME,
    /** What rows are told apart by. */
    DIMENSION,
    /** A figure. */
    FIGURE,
    /** A figure that is shown in percent. */
    PERCENT
  }

  /**
   * A column of the answer.
   *
   * @param name as the statement calls it
   */
  public record Column(String name, Kind kind) {}
}

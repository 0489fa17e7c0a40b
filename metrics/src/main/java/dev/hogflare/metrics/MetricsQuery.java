// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.metrics;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A question.
 *
 * @param metrics what is asked for, as {@code model.metric} or the name of one over several models
 * @param by what it is told apart by, as {@code model.dimension}, or {@code model.dimension__day}
 *     of a time
 * @param granularity the width of a point in time, if there is one
 * @param where conditions that must all hold, over {@code model.dimension}
 * @param segments conditions with a name, as {@code model.segment}
 * @param limit the most rows, if there is a bound
 */
public record MetricsQuery(
    List<String> metrics,
    List<String> by,
    Optional<Grain> granularity,
    List<String> where,
    List<String> segments,
    OptionalInt limit) {

  /** The width of a point in time, in UTC; weeks begin on Monday. */
  public enum Grain {
    /** An hour. */
    HOUR,
    /** A day. */
    DAY,
    /** A week. */
    WEEK,
    /** A month. */
    MONTH,
    /** Three months. */
    QUARTER,
    /** A year. */
    YEAR
  }

  /** Copies the lists. */
  public MetricsQuery {
    metrics = List.copyOf(metrics);
    by = List.copyOf(by);
    where = List.copyOf(where);
    segments = List.copyOf(segments);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.metrics;

import java.util.List;

/**
 * A figure that can be asked for.
 *
 * @param name its name within its model, or of its own for one over several models
 * @param formula how it is found
 * @param description one phrase about it
 * @param percent whether it is shown in percent
 */
public record Metric(String name, Formula formula, String description, boolean percent) {

  /** How a metric is found. */
  public sealed interface Formula {}

  /**
   * An aggregate over the rows of a model.
   *
   * @param function which one
   * @param dimension what it is taken of; none for a count of rows
   * @param filters conditions over dimensions, each written {@code {model}.name}; all must hold
   */
  public record Aggregate(Function function, String dimension, List<String> filters)
      implements Formula {}

  /**
   * One metric divided by another; null where that one is zero.
   *
   * @param numerator {@code model.metric}
   * @param denominator {@code model.metric}
   */
  public record Ratio(String numerator, String denominator) implements Formula {}

  /**
   * Arithmetic over metrics.
   *
   * @param sql an expression whose words are {@code model.metric}
   */
  public record Derived(String sql) implements Formula {}

  /**
   * A funnel: who does one thing after the other.
   *
   * @param entity the dimension that says who
   * @param steps conditions over the columns of the model's source, in order
   */
  public record Funnel(String entity, List<String> steps) implements Formula {}

  /** The aggregates. */
  public enum Function {
    /** Rows. */
    COUNT,
    /** Different values. */
    COUNT_DISTINCT,
    /** Sum; zero without rows. */
    SUM,
    /** Mean. */
    AVG,
    /** Least value. */
    MIN,
    /** Greatest value. */
    MAX,
    /** Value in the middle. */
    MEDIAN
  }
}

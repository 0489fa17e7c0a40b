// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.metrics;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Rows of one kind with what they can be told apart by and what can be counted of them.
 *
 * @param name its name
 * @param source a table's name, or a query in parentheses
 * @param primaryKey the dimension that no two rows have in common
 * @param description one sentence about it
 * @param dialects where its source can be read
 * @param dimensions by name, in the file's order
 * @param metrics by name, in the file's order
 * @param relationships models that a row belongs to
 * @param segments conditions by name
 */
public record Model(
    String name,
    String source,
    String primaryKey,
    String description,
    Set<Dialect> dialects,
    Map<String, Dimension> dimensions,
    Map<String, Metric> metrics,
    List<Relationship> relationships,
    Map<String, Segment> segments) {

  /**
   * A row of one model belongs to at most one of another.
   *
   * @param model the other one
   * @param foreignKey a dimension of this one
   * @param primaryKey a dimension of the other one
   */
  public record Relationship(String model, String foreignKey, String primaryKey) {}

  /**
   * A condition with a name.
   *
   * @param sql over dimensions, each written {@code {model}.name}
   */
  public record Segment(String name, String sql, String description) {}

  /** Returns the dimension that {@code --granularity} is about: the first one of a time. */
  Optional<Dimension> time() {
    return dimensions.values().stream()
        .filter(dimension -> dimension.type() == Dimension.Type.TIME)
        .findFirst();
  }
}

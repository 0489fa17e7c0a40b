// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.metrics;

/**
 * What rows of a model can be told apart by.
 *
 * @param name its name within the model
 * @param type what it holds
 * @param sql its expression over the columns of the model's source
 * @param description one phrase about it
 * @param dialects where its expression can be used
 */
public record Dimension(
    String name, Type type, String sql, String description, java.util.Set<Dialect> dialects) {

  /** What a dimension holds. */
  public enum Type {
    /** Texts. */
    CATEGORICAL,
    /** A time or a day. */
    TIME,
    /** True or false. */
    BOOLEAN,
    /** A number. */
    NUMERIC
  }
}

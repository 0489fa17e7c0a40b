// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.metrics;

import java.util.Locale;

/** The SQL of an engine, as far as the models need it. */
public enum Dialect {
  /** The local lake's. */
  DUCKDB("DuckDB"),
  /**
   * R2 SQL, or Basin SQL: the views are part of the statement, and there are at most 10,000 rows.
   */
  R2("R2 SQL");

  private final String title;

  Dialect(String title) {
    this.title = title;
  }

  /** Returns the name in a model's {@code meta}. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns what people call it. */
  String title() {
    return title;
  }
}

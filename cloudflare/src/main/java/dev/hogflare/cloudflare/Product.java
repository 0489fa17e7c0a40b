// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.cloudflare;

/**
 * The two names of one product: Cloudflare renamed R2 Data Catalog and R2 SQL to Basin in October
 * 2026 and takes both.
 */
public enum Product {
  /** R2 Data Catalog and R2 SQL. */
  R2("r2_data_catalog", "r2-sql", "R2 SQL"),
  /** Basin Catalog and Basin SQL. */
  BASIN("basin_catalog", "basin-sql", "Basin SQL");

  private final String sinkType;
  private final String sqlPath;
  private final String sqlTitle;

  Product(String sinkType, String sqlPath, String sqlTitle) {
    this.sinkType = sinkType;
    this.sqlPath = sqlPath;
    this.sqlTitle = sqlTitle;
  }

  /** Returns the type that a sink into the catalog is created with. */
  public String sinkType() {
    return sinkType;
  }

  /** Returns the part of the path that queries are posted to. */
  String sqlPath() {
    return sqlPath;
  }

  /** Returns what people call the query engine. */
  public String sqlTitle() {
    return sqlTitle;
  }

  /** Whether a sink of this type writes into the catalog, by either name. */
  static boolean isCatalog(String sinkType) {
    return sinkType.equals(R2.sinkType) || sinkType.equals(BASIN.sinkType);
  }
}

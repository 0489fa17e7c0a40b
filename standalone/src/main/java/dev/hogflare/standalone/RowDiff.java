// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.RowSchema;
import dev.hogflare.contract.RowSchema.Column;
import dev.hogflare.lakehouse.LakeQuery;
import dev.hogflare.lakehouse.QueryResult;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Compares the rows of two tables of a lake by project and uuid.
 *
 * <p>DuckDB joins them by a hash of each column, with the memory that the session allows it, and
 * with files for what goes beyond.
 */
final class RowDiff {
  private final LakeQuery lake;
  private final RowSchema schema;
  private final String live;
  private final String other;

  /**
   * What came of it.
   *
   * @param same rows that are equal in every column
   * @param changed rows of which a column differs
   * @param missing rows that only the live table has
   * @param added rows that only the other table has
   * @param columns in how many of the changed rows each column differs, for those that do
   */
  record Counts(long same, long changed, long missing, long added, Map<String, Long> columns) {
    boolean equal() {
      return changed == 0 && missing == 0 && added == 0;
    }
  }

  /**
   * A row that is not the same in both.
   *
   * @param kind {@code changed}, {@code missing} or {@code new}
   * @param token its project, or empty
   * @param columns those that differ, if it was changed
   */
  record Row(String kind, String token, String uuid, List<String> columns) {}

  /**
   * What one column of a row says.
   *
   * @param live in the live table
   * @param other in the other table
   */
  record Values(String column, String live, String other) {}

  /**
   * Creates a comparison.
   *
   * @param schema the live table
   * @param suffix what the other table's name has behind it, such as {@code _g2}
   */
  RowDiff(LakeQuery lake, RowSchema schema, String suffix) {
    this.lake = lake;
    this.schema = schema;
    this.live = schema.name();
    this.other = schema.name() + suffix;
  }

  private List<String> compared() {
    return schema.columns().stream()
        .map(Column::name)
        .filter(name -> !name.equals("uuid") && !name.equals("api_key"))
        .toList();
  }

  /** Returns the join of both tables: {@code a_…} and {@code b_…} are the hashes of the columns. */
  private String joined() {
    return "(SELECT * FROM "
        + side("a", live)
        + " FULL OUTER JOIN "
        + side("b", other)
        + " ON a_uuid = b_uuid AND a_key IS NOT DISTINCT FROM b_key)";
  }

  private String side(String alias, String table) {
    return compared().stream()
        .map(column -> "hash(CAST(\"" + column + "\" AS VARCHAR)) AS " + alias + "_" + column)
        .collect(
            Collectors.joining(
                ", ",
                "(SELECT uuid AS " + alias + "_uuid, api_key AS " + alias + "_key, ",
                " FROM " + table + ")"));
  }

  private static String differs(String column) {
    return "a_" + column + " IS DISTINCT FROM b_" + column;
  }

  private String changed() {
    return "a_uuid IS NOT NULL AND b_uuid IS NOT NULL AND ("
        + compared().stream().map(RowDiff::differs).collect(Collectors.joining(" OR "))
        + ")";
  }

  /** Returns how many rows are the same, changed, missing and new. */
  Counts counts() {
    StringBuilder sql =
        new StringBuilder("SELECT count(*), ")
            .append("count(*) FILTER (WHERE ")
            .append(changed())
            .append("), count(*) FILTER (WHERE b_uuid IS NULL)")
            .append(", count(*) FILTER (WHERE a_uuid IS NULL)");
    for (String column : compared()) {
      sql.append(", count(*) FILTER (WHERE a_uuid IS NOT NULL AND b_uuid IS NOT NULL AND ")
          .append(differs(column))
          .append(")");
    }
    sql.append(" FROM ").append(joined());
    List<Object> row = rows(sql.toString()).get(0);
    long changed = number(row.get(1));
    long missing = number(row.get(2));
    long added = number(row.get(3));
    Map<String, Long> columns = new LinkedHashMap<>();
    for (int i = 0; i < compared().size(); i++) {
      long count = number(row.get(4 + i));
      if (count > 0) {
        columns.put(compared().get(i), count);
      }
    }
    return new Counts(
        number(row.get(0)) - changed - missing - added, changed, missing, added, columns);
  }

  private static long number(Object value) {
    return ((Number) value).longValue();
  }

  /**
   * Shows the rows that are not the same, the changed ones first, then the missing, then the new.
   */
  void rows(long limit, Consumer<Row> consumer) {
    String columns =
        compared().stream()
            .map(column -> "CASE WHEN " + differs(column) + " THEN '" + column + "' END")
            .collect(Collectors.joining(", ", "concat_ws(' ', ", ")"));
    String sql =
        "SELECT CASE WHEN b_uuid IS NULL THEN 'missing' WHEN a_uuid IS NULL THEN 'new' ELSE"
            + " 'changed' END AS kind, coalesce(a_key, b_key, ''), coalesce(a_uuid, b_uuid) AS id, "
            + columns
            + " FROM "
            + joined()
            + " WHERE b_uuid IS NULL OR a_uuid IS NULL OR ("
            + changed()
            + ") ORDER BY kind, id LIMIT "
            + limit;
    try (QueryResult result = lake.query(sql)) {
      result.forEachRemaining(
          row ->
              consumer.accept(
                  new Row(
                      (String) row.get(0),
                      (String) row.get(1),
                      (String) row.get(2),
                      row.get(0).equals("changed")
                          ? List.of(((String) row.get(3)).split(" "))
                          : List.of())));
    }
  }

  /** Returns what both tables say in the columns of a row that differ. */
  List<Values> values(Row row) {
    String columns =
        row.columns().stream()
            .map(
                column ->
                    "CAST(a.\"" + column + "\" AS VARCHAR), CAST(b.\"" + column + "\" AS VARCHAR)")
            .collect(Collectors.joining(", "));
    String sql =
        "SELECT "
            + columns
            + " FROM (SELECT * FROM "
            + live
            + where(row)
            + ") a, (SELECT * FROM "
            + other
            + where(row)
            + ") b";
    List<Values> values = new ArrayList<>();
    for (List<Object> found : rows(sql)) {
      for (int i = 0; i < row.columns().size(); i++) {
        values.add(
            new Values(
                row.columns().get(i),
                String.valueOf(found.get(2 * i)),
                String.valueOf(found.get(2 * i + 1))));
      }
    }
    return values;
  }

  private static String where(Row row) {
    return " WHERE uuid = '"
        + row.uuid().replace("'", "''")
        + "' AND coalesce(api_key, '') = '"
        + row.token().replace("'", "''")
        + "'";
  }

  private List<List<Object>> rows(String sql) {
    List<List<Object>> rows = new ArrayList<>();
    try (QueryResult result = lake.query(sql)) {
      result.forEachRemaining(row -> rows.add(new ArrayList<>(row)));
    }
    return rows;
  }
}

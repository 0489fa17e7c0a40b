// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableScan;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types.NestedField;

/**
 * Shows the current snapshot of an Iceberg table as views in DuckDB.
 *
 * <p>The plain name has each uuid of a project once: the row that was taken first. Clients choose
 * uuids, so that those of different projects say nothing about each other. Finding the repeats
 * reads one column of the whole table, so that it is done when a query first names the view after a
 * change; as a rule there are none, and then the view is the table itself and costs nothing. Until
 * then the view finds them within each query that reaches it by other ways than its name.
 *
 * <p>Of the overrides it has the latest of each life of a distinct id instead, because only that
 * one holds.
 */
final class TableView {
  /** Where the tables lie that only the views use. */
  static final String INTERNAL_SCHEMA = "hogflare_internal";

  /**
   * The place of a row among those of its project with its uuid; the last two columns are DuckDB's
   * own.
   */
  private static final String PLACE =
      "row_number() OVER (PARTITION BY api_key, uuid ORDER BY "
          + LakeTable.INGEST_COLUMN
          + ", file_index, file_row_number)";

  /** The place of an override among those of its distinct id's life, the latest first. */
  private static final String PLACE_OF_OVERRIDE =
      "row_number() OVER (PARTITION BY api_key, distinct_id, life ORDER BY "
          + LakeTable.INGEST_COLUMN
          + " DESC, file_index DESC, file_row_number DESC)";

  private final LakeTable lakeTable;
  private final LakeCatalog catalog;
  private final String suffix;
  private Table table;
  private boolean defined;
  private long snapshotId;
  private String source;
  private boolean repeatsKnown;
  private boolean empty;
  private boolean filled;
  private boolean promoted;

  /**
   * Creates the views of a table.
   *
   * @param suffix what their names have behind the table's, such as {@code _g2}
   */
  TableView(LakeTable lakeTable, LakeCatalog catalog, String suffix) {
    this.lakeTable = lakeTable;
    this.catalog = catalog;
    this.suffix = suffix;
  }

  String name() {
    return lakeTable.tableName() + suffix;
  }

  private String rawName() {
    return name() + "_raw";
  }

  private String repeatsName() {
    return INTERNAL_SCHEMA + "." + name() + "_repeats";
  }

  /** Whether the snapshot has no rows at all. */
  boolean isEmpty() {
    return empty;
  }

  /**
   * Whether the promoted columns of all rows are filled; they are not in rows of a version that
   * knew none.
   */
  boolean isFilled() {
    return filled;
  }

  /** Whether the table has the promoted columns; one of a version that knew none does not. */
  boolean isPromoted() {
    return promoted;
  }

  /**
   * Points the views to the table's current snapshot, if they show another one.
   *
   * @return whether they did
   */
  boolean refresh(Connection connection) throws SQLException {
    if (table == null) {
      table = catalog.find(lakeTable).orElse(null);
    } else {
      table.refresh();
    }
    long current =
        table == null || table.currentSnapshot() == null
            ? -1
            : table.currentSnapshot().snapshotId();
    if (defined && current == snapshotId) {
      return false;
    }
    Schema schema = table == null ? lakeTable.schema() : table.schema();
    List<DataFile> data = current == -1 ? List.of() : files();
    List<String> files =
        data.stream().map(file -> catalog.files().resolve(file.location()).toString()).toList();
    empty = files.isEmpty();
    promoted = schema.findField(PromotedColumn.PROPERTIES_BYTES.name()) != null;
    filled = filled(data, schema);
    source = files.isEmpty() ? noRows(schema) : someRows(files, schema);
    boolean overrides = lakeTable == LakeTable.PERSON_OVERRIDES;
    repeatsKnown = empty || overrides;
    try (Statement statement = connection.createStatement()) {
      define(statement, "main." + rawName(), "SELECT * FROM " + source);
      define(
          statement,
          "main." + name(),
          empty
              ? "SELECT * FROM main." + rawName()
              : "SELECT * FROM "
                  + source
                  + " QUALIFY "
                  + (overrides ? PLACE_OF_OVERRIDE : PLACE)
                  + " = 1");
      define(statement, "\"default\"." + rawName(), "SELECT * FROM main." + rawName());
      define(statement, "\"default\"." + name(), "SELECT * FROM main." + name());
    }
    snapshotId = current;
    defined = true;
    return true;
  }

  /** A merge may have put filled rows and others into one file, which then counts nulls. */
  private static boolean filled(List<DataFile> files, Schema schema) {
    NestedField mark = schema.findField(PromotedColumn.PROPERTIES_BYTES.name());
    return mark != null
        && files.stream()
            .allMatch(
                file ->
                    file.nullValueCounts() != null
                        && file.nullValueCounts().getOrDefault(mark.fieldId(), 1L) == 0);
  }

  /** Finds the repeats, if that was not done for this snapshot yet. */
  void findRepeats(Connection connection) throws SQLException {
    if (repeatsKnown) {
      return;
    }
    try (Statement statement = connection.createStatement()) {
      // A hash takes a fraction of the uuid's memory; a false alarm is settled by the next step.
      String repeated =
          "SELECT hash(uuid) AS h FROM main." + rawName() + " GROUP BY h HAVING count(*) > 1";
      statement.execute(
          "CREATE OR REPLACE TABLE "
              + repeatsName()
              + " AS WITH repeated AS MATERIALIZED ("
              + repeated
              + ") SELECT file, line FROM (SELECT file_index AS file, file_row_number AS line, "
              + PLACE
              + " AS place FROM "
              + source
              + " WHERE hash(uuid) IN (FROM repeated)) WHERE place > 1");
      boolean none;
      try (ResultSet count = statement.executeQuery("SELECT count(*) FROM " + repeatsName())) {
        count.next();
        none = count.getLong(1) == 0;
      }
      define(
          statement,
          "main." + name(),
          none
              ? "SELECT * FROM main." + rawName()
              : "SELECT * FROM "
                  + source
                  + " AS t WHERE NOT EXISTS (SELECT 1 FROM "
                  + repeatsName()
                  + " AS r WHERE r.file = t.file_index AND r.line = t.file_row_number)");
    }
    repeatsKnown = true;
  }

  private static void define(Statement statement, String view, String query) throws SQLException {
    statement.execute("CREATE OR REPLACE VIEW " + view + " AS " + query);
  }

  private TableScan scan() {
    String mark = PromotedColumn.PROPERTIES_BYTES.name();
    return table.schema().findField(mark) == null
        ? table.newScan()
        : table.newScan().includeColumnStats(List.of(mark));
  }

  /** Returns the snapshot's files in the order of their commits. */
  private List<DataFile> files() {
    List<DataFile> files = new ArrayList<>();
    try (CloseableIterable<FileScanTask> tasks = scan().planWith(catalog.pool()).planFiles()) {
      for (FileScanTask task : tasks) {
        if (!task.deletes().isEmpty()) {
          throw new LakeQueryException(
              "The table "
                  + name()
                  + " has delete files of another engine, which are not applied here; compact it there.");
        }
        files.add(task.file());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The plan of " + name() + " does not close.", e);
    }
    files.sort(
        Comparator.comparing(
                (DataFile file) -> Optional.ofNullable(file.dataSequenceNumber()).orElse(0L))
            .thenComparing(DataFile::location));
    return files;
  }

  /**
   * Maps columns by field id, so that files from before a change of the schema are read rightly.
   */
  private String someRows(List<String> files, Schema schema) {
    String columns =
        schema.columns().stream()
            .map(
                field ->
                    field.fieldId()
                        + ": {name: "
                        + SqlText.literal(field.name())
                        + ", type: "
                        + SqlText.literal(duckType(field))
                        + ", default_value: NULL}")
            .collect(Collectors.joining(", "));
    return "read_parquet(["
        + files.stream().map(SqlText::literal).collect(Collectors.joining(", "))
        + "], hive_partitioning = false, schema = MAP {"
        + columns
        + "})";
  }

  private String noRows(Schema schema) {
    return schema.columns().stream()
        .map(field -> "CAST(NULL AS " + duckType(field) + ") AS \"" + field.name() + "\"")
        .collect(Collectors.joining(", ", "(SELECT ", " WHERE false)"));
  }

  private String duckType(NestedField field) {
    return lakeTable.isJson(field.name()) ? "JSON" : duckType(field.type());
  }

  private String duckType(Type type) {
    return switch (type.typeId()) {
      case BOOLEAN -> "BOOLEAN";
      case INTEGER -> "INTEGER";
      case LONG -> "BIGINT";
      case FLOAT -> "FLOAT";
      case DOUBLE -> "DOUBLE";
      case DATE -> "DATE";
      case STRING -> "VARCHAR";
      case TIMESTAMP -> "TIMESTAMP WITH TIME ZONE";
      case LIST -> duckType(type.asListType().elementType()) + "[]";
      default ->
          throw new LakeQueryException(
              "The table "
                  + name()
                  + " has a column of type "
                  + type
                  + ", which is not read here.");
    };
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import dev.hogflare.contract.RowSchema;
import dev.hogflare.contract.RowSchema.Column;
import dev.hogflare.contract.RowSchema.ColumnType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;

/**
 * Says how the rows of a stream lie in an Iceberg table.
 *
 * <p>The shape is that of the tables which Cloudflare's catalog sink creates: the stream's columns
 * in order, JSON as text, and behind them the sink's own {@value #INGEST_COLUMN}, by whose day the
 * table is partitioned. The events have promoted columns at the end.
 */
enum LakeTable {
  /** One row for each event. */
  EVENTS(RowSchema.EVENTS, List.of("uuid", "distinct_id", "timestamp", "created_at")),
  /** The rows of session recordings, where they are kept apart from the events. */
  RECORDINGS(RowSchema.RECORDINGS, List.of("uuid", "distinct_id", "timestamp", "created_at")),
  /** One row for each state of a person. */
  PERSONS(RowSchema.PERSONS, List.of("uuid", "source_event_uuid", "created_at", "updated_at")),
  /** One row for each change of whose earlier rows those of a distinct id are. */
  PERSON_OVERRIDES(RowSchema.PERSON_OVERRIDES, List.of("uuid", "distinct_id"));

  /** The column that says when the lake took a row. */
  static final String INGEST_COLUMN = "__ingest_ts";

  /** The only namespace of a lake. */
  static final Namespace NAMESPACE = Namespace.of("default");

  /**
   * Promoted columns with so many values that a dictionary is built for nothing: a fifth of what
   * writing a row costs. Compressed, they are not larger without one.
   */
  private static final List<String> PROMOTED_MANY_VALUED =
      List.of("session_id", "window_id", "device_id", "current_url");

  private final RowSchema rows;
  private final List<String> manyValued;

  LakeTable(RowSchema rows, List<String> manyValued) {
    this.rows = rows;
    this.manyValued = manyValued;
  }

  /** Returns the table with this name. */
  static Optional<LakeTable> named(String name) {
    for (LakeTable table : values()) {
      if (table.tableName().equals(name)) {
        return Optional.of(table);
      }
    }
    return Optional.empty();
  }

  /** Returns the table's name, which is the stream's as well. */
  String tableName() {
    return rows.name();
  }

  RowSchema rows() {
    return rows;
  }

  /**
   * Returns the cells of the table's rows.
   *
   * @param columns the promoted columns of the events
   */
  RowLayout layout(List<PromotedColumn> columns) {
    return new RowLayout(rows, this == EVENTS ? columns : List.of());
  }

  TableIdentifier identifier() {
    return TableIdentifier.of(NAMESPACE, tableName());
  }

  /** Returns the schema of a table with the standard columns. */
  Schema schema() {
    return schema(layout(PromotedColumn.STANDARD));
  }

  /** Returns the table's schema, whose field ids the catalog assigns anew. */
  Schema schema(RowLayout layout) {
    List<NestedField> fields = new ArrayList<>();
    for (Column column : rows.columns()) {
      fields.add(field(column, fields.size() + 1));
    }
    fields.add(
        NestedField.required(fields.size() + 1, INGEST_COLUMN, Types.TimestampType.withZone()));
    for (PromotedColumn column : layout.promoted()) {
      fields.add(NestedField.optional(fields.size() + 1, column.name(), column.kind().type()));
    }
    return new Schema(fields);
  }

  static PartitionSpec partitioning(Schema schema) {
    return PartitionSpec.builderFor(schema).day(INGEST_COLUMN).build();
  }

  /** Returns the table's properties. */
  Map<String, String> properties() {
    Map<String, String> properties = new HashMap<>();
    properties.put(TableProperties.FORMAT_VERSION, "2");
    properties.put(TableProperties.PARQUET_COMPRESSION, "zstd");
    properties.put(TableProperties.PARQUET_COMPRESSION_LEVEL, "1");
    properties.put(TableProperties.PARQUET_ROW_GROUP_SIZE_BYTES, Integer.toString(32 << 20));
    properties.put(TableProperties.METADATA_DELETE_AFTER_COMMIT_ENABLED, "true");
    properties.put(TableProperties.METADATA_PREVIOUS_VERSIONS_MAX, "20");
    for (Column column : rows.columns()) {
      String name = column.name();
      if (column.type() == ColumnType.JSON) {
        properties.put(TableProperties.METRICS_MODE_COLUMN_CONF_PREFIX + name, "none");
        properties.put(TableProperties.PARQUET_COLUMN_STATS_ENABLED_PREFIX + name, "false");
      }
      if (column.type() == ColumnType.JSON || manyValued.contains(name)) {
        properties.put(TableProperties.PARQUET_DICT_ENCODING_ENABLED_COLUMN_PREFIX + name, "false");
      }
    }
    if (this == EVENTS) {
      for (String name : PROMOTED_MANY_VALUED) {
        properties.put(TableProperties.PARQUET_DICT_ENCODING_ENABLED_COLUMN_PREFIX + name, "false");
      }
    }
    properties.put(
        TableProperties.PARQUET_DICT_ENCODING_ENABLED_COLUMN_PREFIX + INGEST_COLUMN, "true");
    return properties;
  }

  /** Returns the field of a column under a field id. */
  static NestedField field(Column column, int id) {
    Type type =
        switch (column.type()) {
          case STRING, JSON -> Types.StringType.get();
          case INT64 -> Types.LongType.get();
          case TIMESTAMP -> Types.TimestampType.withZone();
          case STRING_LIST -> Types.ListType.ofRequired(1000 + id, Types.StringType.get());
        };
    return column.required()
        ? NestedField.required(id, column.name(), type)
        : NestedField.optional(id, column.name(), type);
  }

  /** Whether the text of a column is JSON. */
  boolean isJson(String name) {
    return rows.columns().stream()
        .anyMatch(column -> column.name().equals(name) && column.type() == ColumnType.JSON);
  }
}

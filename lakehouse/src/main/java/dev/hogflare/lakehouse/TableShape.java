// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.PartitionField;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.UpdateSchema;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types.NestedField;

/**
 * Finds a table, creates it, or adds columns to it; refuses one that our rows do not fit into.
 *
 * <p>Columns of others are left alone as long as they may be null; ours may be optional there.
 */
final class TableShape {
  private static final int ATTEMPTS = 5;

  private TableShape() {}

  /**
   * Returns a table, created or brought up to date: columns that are new in the layout are added to
   * it, and old rows have null there.
   *
   * @param properties those of a table that is created
   * @throws IllegalStateException if the table cannot take such rows; the message has all that
   *     differs
   */
  static Table findOrCreate(
      Catalog catalog,
      TableIdentifier identifier,
      LakeTable lakeTable,
      RowLayout layout,
      Map<String, String> properties) {
    Schema schema = lakeTable.schema(layout);
    Table table = loadOrCreate(catalog, identifier, schema, properties);
    for (int attempt = 1; ; attempt++) {
      try {
        complete(table, identifier, schema);
        return table;
      } catch (CommitFailedException e) {
        // Two that start at once add the same columns.
        if (attempt == ATTEMPTS) {
          throw e;
        }
        table.refresh();
      }
    }
  }

  private static Table loadOrCreate(
      Catalog catalog, TableIdentifier identifier, Schema schema, Map<String, String> properties) {
    if (!catalog.tableExists(identifier)) {
      try {
        return catalog.createTable(identifier, schema, LakeTable.partitioning(schema), properties);
      } catch (AlreadyExistsException e) {
        return catalog.loadTable(identifier);
      }
    }
    return catalog.loadTable(identifier);
  }

  private static void complete(Table table, TableIdentifier identifier, Schema wanted) {
    List<String> differences = differences(table, wanted);
    if (!differences.isEmpty()) {
      throw new IllegalStateException(
          "The table "
              + identifier
              + " cannot take our rows: "
              + String.join("; ", differences)
              + ". Change the table, give the column another name, or choose another lake or"
              + " namespace.");
    }
    UpdateSchema update = table.updateSchema();
    boolean changed = false;
    for (NestedField field : wanted.columns()) {
      if (table.schema().findField(field.name()) == null) {
        update.addColumn(field.name(), field.type());
        changed = true;
      }
    }
    if (changed) {
      update.commit();
    }
  }

  /** Returns what keeps a table from taking rows of a schema. */
  private static List<String> differences(Table table, Schema wanted) {
    List<String> differences = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (NestedField field : wanted.columns()) {
      names.add(field.name());
      NestedField present = table.schema().findField(field.name());
      if (present != null && !sameType(present.type(), field.type())) {
        differences.add(
            "the column "
                + field.name()
                + " is of type "
                + present.type()
                + ", not "
                + field.type());
      } else if (present != null && present.isRequired() && field.isOptional()) {
        differences.add("the column " + field.name() + " is required, and our rows may lack it");
      }
    }
    for (NestedField present : table.schema().columns()) {
      if (present.isRequired() && !names.contains(present.name())) {
        differences.add("the column " + present.name() + " is required and unknown to us");
      }
    }
    if (!partitionedByDay(table)) {
      differences.add(
          "it is partitioned by "
              + table.spec().fields()
              + ", not by day("
              + LakeTable.INGEST_COLUMN
              + ")");
    }
    return differences;
  }

  private static boolean partitionedByDay(Table table) {
    PartitionSpec spec = table.spec();
    NestedField ingest = table.schema().findField(LakeTable.INGEST_COLUMN);
    if (spec.isUnpartitioned() || ingest == null) {
      return spec.isUnpartitioned();
    }
    PartitionField field = spec.fields().getFirst();
    return spec.fields().size() == 1
        && field.sourceId() == ingest.fieldId()
        && field.transform().toString().equals("day");
  }

  /** Whether two types hold the same values, whatever ids their parts have. */
  static boolean sameType(Type one, Type other) {
    return one.isListType() && other.isListType()
        ? one.asListType().elementType().equals(other.asListType().elementType())
        : one.equals(other);
  }
}

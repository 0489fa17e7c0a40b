// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import dev.hogflare.contract.RowSchema.Column;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.parquet.ParquetValueWriter;
import org.apache.iceberg.parquet.TripleWriter;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnWriteStore;
import org.apache.parquet.column.ColumnWriter;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;

/** Writes the cells of a row to Parquet's columns without an object for each. */
final class RowWriter implements ParquetValueWriter<RowWriter.Row> {

  /** A row of a batch; one instance is moved along. */
  static final class Row {
    private RowBatch batch;
    private int index;

    Row at(RowBatch newBatch, int newIndex) {
      batch = newBatch;
      index = newIndex;
      return this;
    }
  }

  private enum Source {
    TEXT,
    NUMBER,
    FLOATING,
    LIST,
    INGEST_TIME,
    NOTHING
  }

  private final ColumnDescriptor[] descriptors;
  private final Source[] sources;
  private final int[] cells;
  private final int[] nullLevels;
  private final ColumnWriter[] writers;

  /**
   * Creates the writer of a file.
   *
   * @param layout what the batches hold
   * @param parquet the file's schema; columns that the rows do not have stay null
   */
  RowWriter(RowLayout layout, MessageType parquet) {
    List<ColumnDescriptor> leaves = parquet.getColumns();
    int count = leaves.size();
    descriptors = leaves.toArray(new ColumnDescriptor[0]);
    sources = new Source[count];
    cells = new int[count];
    nullLevels = new int[count];
    writers = new ColumnWriter[count];
    Map<String, Integer> indexes = new HashMap<>();
    List<Source> found = new ArrayList<>();
    for (Column column : layout.rows().columns()) {
      indexes.put(column.name(), indexes.size());
      found.add(source(column));
    }
    for (PromotedColumn column : layout.promoted()) {
      indexes.put(column.name(), indexes.size());
      found.add(source(column));
    }
    for (int i = 0; i < count; i++) {
      String name = descriptors[i].getPath()[0];
      Integer cell = indexes.get(name);
      if (cell != null) {
        cells[i] = cell;
        sources[i] = found.get(cell);
      } else {
        sources[i] = name.equals(LakeTable.INGEST_COLUMN) ? Source.INGEST_TIME : Source.NOTHING;
      }
      // A list's null is two levels below its item (no list, empty list, item).
      boolean list = sources[i] == Source.LIST;
      nullLevels[i] = Math.max(0, descriptors[i].getMaxDefinitionLevel() - (list ? 2 : 1));
    }
  }

  private static Source source(Column column) {
    return switch (column.type()) {
      case STRING, JSON -> Source.TEXT;
      case INT64, TIMESTAMP -> Source.NUMBER;
      case STRING_LIST -> Source.LIST;
    };
  }

  private static Source source(PromotedColumn column) {
    return switch (column.kind()) {
      case TEXT -> Source.TEXT;
      case NUMBER -> Source.FLOATING;
      case BYTES -> Source.NUMBER;
    };
  }

  @Override
  public void setColumnStore(ColumnWriteStore store) {
    for (int i = 0; i < writers.length; i++) {
      writers[i] = store.getColumnWriter(descriptors[i]);
    }
  }

  @Override
  public void write(int repetitionLevel, Row row) {
    RowBatch batch = row.batch;
    int index = row.index;
    for (int i = 0; i < writers.length; i++) {
      ColumnWriter writer = writers[i];
      Source source = sources[i];
      int level = descriptors[i].getMaxDefinitionLevel();
      if (source == Source.INGEST_TIME) {
        writer.write(batch.ingestMicros(), 0, level);
      } else if (source == Source.NOTHING || batch.isNull(index, cells[i])) {
        writer.writeNull(0, nullLevels[i]);
      } else {
        long cell = batch.cell(index, cells[i]);
        switch (source) {
          case TEXT -> writer.write(binary(batch, cell), 0, level);
          case NUMBER -> writer.write(cell, 0, level);
          case FLOATING -> writer.write(Double.longBitsToDouble(cell), 0, level);
          case LIST -> list(writer, descriptors[i], batch, cell);
          case INGEST_TIME, NOTHING -> throw new IllegalStateException("Handled before.");
        }
      }
    }
  }

  private static void list(
      ColumnWriter writer, ColumnDescriptor descriptor, RowBatch batch, long list) {
    int level = descriptor.getMaxDefinitionLevel();
    int size = RowBatch.listSize(list);
    if (size == 0) {
      writer.writeNull(0, level - 1);
    }
    for (int item = 0; item < size; item++) {
      int repetition = item == 0 ? 0 : descriptor.getMaxRepetitionLevel();
      writer.write(binary(batch, batch.listItem(list, item)), repetition, level);
    }
  }

  /** Said to be reused, so that what Parquet keeps (dictionary, bounds) is copied, not the body. */
  private static Binary binary(RowBatch batch, long slice) {
    return Binary.fromReusedByteArray(
        batch.sliceArray(slice), batch.sliceStart(slice), RowBatch.sliceLength(slice));
  }

  /** Only the writers of nested types ask for these. */
  @Override
  public List<TripleWriter<?>> columns() {
    return List.of();
  }
}

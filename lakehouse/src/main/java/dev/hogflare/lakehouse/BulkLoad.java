// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import dev.hogflare.contract.RowSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.Table;

/**
 * Writes rows straight into the tables of a lake that no process writes to: without a server and
 * without a journal, so that what was not appended yet is gone if the process dies.
 */
public final class BulkLoad implements AutoCloseable {
  private static final int MAX_ROW = 1 << 20;

  private final LakeCatalog catalog;
  private final List<PromotedColumn> columns;

  private BulkLoad(LakeCatalog catalog, List<PromotedColumn> columns) {
    this.catalog = catalog;
    this.columns = columns;
  }

  /**
   * Opens a lake.
   *
   * @param folder its folder, created if missing
   * @param columns what is filled from the properties of events: {@link PromotedColumn#STANDARD},
   *     or nothing
   */
  public static BulkLoad open(Path folder, List<PromotedColumn> columns) {
    return new BulkLoad(LakeCatalog.openForWriting(folder), List.copyOf(columns));
  }

  /**
   * Appends rows to a table in one commit.
   *
   * @param schema the table's
   * @param bodies JSON arrays of rows
   * @param bodiesOfFile how many of them go into a file
   * @param ingestMicros when the rows came in, in microseconds since the epoch
   * @return the number of rows
   * @throws IOException if a file cannot be written
   * @throws IllegalArgumentException if a row breaks the schema
   */
  public long append(RowSchema schema, Iterator<byte[]> bodies, int bodiesOfFile, long ingestMicros)
      throws IOException {
    LakeTable lakeTable = LakeTable.named(schema.name()).orElseThrow();
    RowLayout layout = lakeTable.layout(columns);
    Table table = catalog.findOrCreate(lakeTable, layout);
    RowBatchParser parser = new RowBatchParser(layout, MAX_ROW);
    AppendFiles append = table.newAppend();
    long rows = 0;
    for (int number = 0; bodies.hasNext(); number++) {
      OpenDataFile file =
          new OpenDataFile(table, layout, ingestMicros, "bulk-%08d.parquet".formatted(number));
      for (int i = 0; i < bodiesOfFile && bodies.hasNext(); i++) {
        RowBatch batch = parse(parser, bodies.next());
        batch.ingestMicros(ingestMicros);
        file.add(batch);
        rows += batch.rows();
      }
      DataFile done = file.finish();
      append.appendFile(done);
    }
    append.commit();
    return rows;
  }

  private static RowBatch parse(RowBatchParser parser, byte[] body) {
    try {
      RowBatch batch = parser.parse(body);
      if (batch.invalid() > 0) {
        throw new IllegalArgumentException(batch.problemOrNull());
      }
      return batch;
    } catch (RefusedBodyException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /** Merges small files as the lake itself does now and then, until none are due. */
  public void compact(RowSchema schema) {
    LakeTable lakeTable = LakeTable.named(schema.name()).orElseThrow();
    TableMaintenance maintenance =
        new TableMaintenance(
            lakeTable, catalog, new ReentrantLock(), new ReentrantLock(), InstantSource.system());
    int before;
    int after = files(lakeTable);
    do {
      before = after;
      maintenance.run();
      after = files(lakeTable);
    } while (after < before);
  }

  /** Returns how many files a table has. */
  public int files(RowSchema schema) {
    return files(LakeTable.named(schema.name()).orElseThrow());
  }

  private int files(LakeTable lakeTable) {
    Table table = catalog.find(lakeTable).orElseThrow();
    return Integer.parseInt(
        table.currentSnapshot().summary().getOrDefault("total-data-files", "0"));
  }

  @Override
  public void close() {
    catalog.close();
  }
}

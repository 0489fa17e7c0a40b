// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.io.IOException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.OverwriteFiles;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;

/**
 * Removes rows from a table for good: the data files that hold them are written again without them,
 * and every older state of the table is forgotten with its files.
 *
 * <p>No delete files are left. The number of rows that were removed from each hour stays with the
 * table, so that the books of the pipeline still balance.
 */
final class TableEraser {
  private static final String API_KEY = "api_key";
  private static final String CREATED_AT = "created_at";
  private static final String UUID_COLUMN = "uuid";

  private final LakeTable lakeTable;
  private final LakeCatalog catalog;
  private final Table table;
  private final ReentrantLock commitLock;
  private final ReentrantLock rewriteLock;

  /**
   * Creates the eraser of a table.
   *
   * @param commitLock held during a commit
   * @param rewriteLock held while files are written again, so that no two do that at once
   */
  TableEraser(
      LakeTable lakeTable,
      LakeCatalog catalog,
      ReentrantLock commitLock,
      ReentrantLock rewriteLock) {
    this.lakeTable = lakeTable;
    this.catalog = catalog;
    table = catalog.findOrCreate(lakeTable);
    this.commitLock = commitLock;
    this.rewriteLock = rewriteLock;
  }

  /** What was removed from a table. */
  record Removed(long rows, int files) {}

  /** Visits all rows of a project, with the given columns only. */
  void visit(String token, List<String> columns, Consumer<Record> visitor) throws IOException {
    List<String> all = new ArrayList<>(columns);
    all.add(API_KEY);
    Schema schema = table.schema().select(all);
    table.refresh();
    for (DataFile file : files()) {
      try (CloseableIterable<Record> rows = rows(file, schema)) {
        for (Record row : rows) {
          if (token.equals(row.getField(API_KEY))) {
            visitor.accept(row);
          }
        }
      }
    }
  }

  /**
   * Removes the rows of a project that are meant.
   *
   * @param columns the columns that tell
   */
  Removed erase(String token, List<String> columns, Predicate<Record> meant) throws IOException {
    rewriteLock.lock();
    try {
      table.refresh();
      List<String> all = new ArrayList<>(columns);
      all.addAll(List.of(API_KEY, CREATED_AT, UUID_COLUMN));
      Schema telling = table.schema().select(all);
      Predicate<Record> erased = row -> token.equals(row.getField(API_KEY)) && meant.test(row);
      Map<Long, Set<String>> byHour = new TreeMap<>();
      List<DataFile> old = new ArrayList<>();
      List<DataFile> fresh = new ArrayList<>();
      long removed = 0;
      for (DataFile file : files()) {
        long found = 0;
        try (CloseableIterable<Record> rows = rows(file, telling)) {
          for (Record row : rows) {
            if (erased.test(row)) {
              found++;
              byHour
                  .computeIfAbsent(hour(row), h -> new HashSet<>())
                  .add(String.valueOf(row.getField(UUID_COLUMN)));
            }
          }
        }
        if (found > 0) {
          removed += found;
          old.add(file);
          if (found < file.recordCount()) {
            fresh.add(without(file, erased));
          }
        }
      }
      if (!old.isEmpty()) {
        commit(token, old, fresh, byHour);
      }
      forgetThePast();
      // Gone already, unless another engine has told the table to keep its past.
      old.forEach(file -> table.io().deleteFile(file.location()));
      return new Removed(removed, old.size());
    } finally {
      rewriteLock.unlock();
    }
  }

  private static long hour(Record row) {
    Object createdAt = row.getField(CREATED_AT);
    return createdAt instanceof OffsetDateTime time
        ? Math.floorDiv(time.toEpochSecond(), 3_600)
        : 0;
  }

  private List<DataFile> files() throws IOException {
    List<DataFile> files = new ArrayList<>();
    try (CloseableIterable<FileScanTask> tasks =
        table.newScan().planWith(catalog.pool()).planFiles()) {
      for (FileScanTask task : tasks) {
        if (!task.deletes().isEmpty()) {
          throw new IllegalStateException(
              "The table "
                  + lakeTable.tableName()
                  + " has delete files of another engine; compact it there first.");
        }
        files.add(task.file().copy());
      }
    }
    return files;
  }

  private CloseableIterable<Record> rows(DataFile file, Schema schema) {
    return RecordFile.read(table.io().newInputFile(file), schema);
  }

  private DataFile without(DataFile file, Predicate<Record> erased) throws IOException {
    RecordFile kept = new RecordFile(table, file.partition(), "kept");
    try (kept;
        CloseableIterable<Record> rows = rows(file, table.schema())) {
      for (Record row : rows) {
        if (!erased.test(row)) {
          kept.add(row);
        }
      }
    }
    return kept.written();
  }

  private void commit(
      String token, List<DataFile> old, List<DataFile> fresh, Map<Long, Set<String>> byHour) {
    commitLock.lock();
    try {
      table.refresh();
      String segment = Long.toString(TableWriter.lastSegment(table));
      Map<Long, Long> counts = ErasedCounts.read(table.properties(), token);
      byHour.forEach((hour, uuids) -> counts.merge(hour, (long) uuids.size(), Long::sum));
      Transaction both = table.newTransaction();
      OverwriteFiles overwrite = both.newOverwrite().scanManifestsWith(catalog.pool());
      old.forEach(overwrite::deleteFile);
      fresh.forEach(overwrite::addFile);
      // The snapshots before this one are forgotten, and the number with them.
      overwrite.set(TableWriter.SEGMENT_KEY, segment).commit();
      both.updateProperties().set(ErasedCounts.key(token), ErasedCounts.text(counts)).commit();
      both.commitTransaction();
    } finally {
      commitLock.unlock();
    }
  }

  /**
   * Deletes every state of the table but the present one.
   *
   * <p>The lists of files are written anew before, because they keep the bounds of the columns of
   * removed files.
   */
  private void forgetThePast() {
    commitLock.lock();
    try {
      table.refresh();
      if (table.currentSnapshot() == null) {
        return;
      }
      table
          .rewriteManifests()
          .scanManifestsWith(catalog.pool())
          .clusterBy(file -> "")
          .set(TableWriter.SEGMENT_KEY, Long.toString(TableWriter.lastSegment(table)))
          .commit();
      table
          .expireSnapshots()
          .planWith(catalog.pool())
          .executeDeleteWith(catalog.pool())
          .expireOlderThan(Long.MAX_VALUE)
          .retainLast(1)
          .commit();
    } finally {
      commitLock.unlock();
    }
  }
}

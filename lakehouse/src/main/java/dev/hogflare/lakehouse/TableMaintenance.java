// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.DataFiles;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.MetricsConfig;
import org.apache.iceberg.RewriteFiles;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.data.parquet.GenericParquetWriter;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileAppender;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.parquet.Parquet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a table that is committed to every few seconds cheap to read and to commit to.
 *
 * <p>A day of five-second commits is 17,280 files and snapshots. Small files of a day are merged,
 * in the order of their rows, once {@value #MERGE_AT} of about a size have come together; snapshots
 * older than {@link #KEPT} are forgotten, and then the files that only they contain are deleted.
 */
final class TableMaintenance {
  private static final Logger LOG = LoggerFactory.getLogger(TableMaintenance.class);

  /** How long a query may go on reading files that were merged meanwhile. */
  static final Duration KEPT = Duration.ofMinutes(10);

  /** Files of a class that are merged into one. */
  static final int MERGE_AT = 12;

  private static final int SNAPSHOTS_KEPT = 5;

  /** Upper bounds of the classes of small files; what is larger is left alone. */
  private static final long[] CLASSES = {256L << 10, 4L << 20};

  /** Bytes that one merge reads at most, so that it takes seconds. */
  private static final long MOST_BYTES = 48L << 20;

  private final LakeTable lakeTable;
  private final LakeCatalog catalog;
  private final Table table;
  private final ReentrantLock commitLock;
  private final ReentrantLock rewriteLock;
  private final InstantSource clock;
  private volatile boolean stopped;

  /**
   * Creates the maintenance of a table.
   *
   * @param commitLock held during a commit
   * @param rewriteLock held while files are written again, so that no two do that at once
   */
  TableMaintenance(
      LakeTable lakeTable,
      LakeCatalog catalog,
      ReentrantLock commitLock,
      ReentrantLock rewriteLock,
      InstantSource clock) {
    this.lakeTable = lakeTable;
    this.catalog = catalog;
    table = catalog.findOrCreate(lakeTable);
    this.commitLock = commitLock;
    this.rewriteLock = rewriteLock;
    this.clock = clock;
  }

  /** Does what is due; a failure leaves the table as it was. */
  void run() {
    rewriteLock.lock();
    try {
      table.refresh();
      for (List<DataFile> files : due()) {
        merge(files);
      }
      expire();
    } catch (IOException | RuntimeException e) {
      LOG.warn("{}: maintenance failed and is tried again later", lakeTable.tableName(), e);
    } finally {
      rewriteLock.unlock();
    }
  }

  /** Returns the sets of files to be merged. */
  private List<List<DataFile>> due() throws IOException {
    Map<String, List<DataFile>> classes = new LinkedHashMap<>();
    try (CloseableIterable<FileScanTask> tasks =
        table.newScan().planWith(catalog.pool()).planFiles()) {
      for (FileScanTask task : tasks) {
        int sizeClass = sizeClass(task.file().fileSizeInBytes());
        if (sizeClass >= 0 && task.deletes().isEmpty()) {
          String key = sizeClass + " " + task.spec().partitionToPath(task.file().partition());
          classes.computeIfAbsent(key, k -> new ArrayList<>()).add(task.file().copy());
        }
      }
    }
    List<List<DataFile>> due = new ArrayList<>();
    for (List<DataFile> files : classes.values()) {
      if (files.size() >= MERGE_AT) {
        files.sort(
            Comparator.comparing(DataFile::dataSequenceNumber).thenComparing(DataFile::location));
        due.add(withinBounds(files));
      }
    }
    return due;
  }

  private static List<DataFile> withinBounds(List<DataFile> files) {
    List<DataFile> chosen = new ArrayList<>();
    long bytes = 0;
    for (DataFile file : files) {
      bytes += file.fileSizeInBytes();
      if (bytes > MOST_BYTES) {
        break;
      }
      chosen.add(file);
    }
    return chosen;
  }

  private static int sizeClass(long bytes) {
    for (int i = 0; i < CLASSES.length; i++) {
      if (bytes < CLASSES[i]) {
        return i;
      }
    }
    return -1;
  }

  private void merge(List<DataFile> files) throws IOException {
    Optional<DataFile> merged = write(files);
    if (merged.isEmpty()) {
      return;
    }
    commitLock.lock();
    try {
      table.refresh();
      RewriteFiles rewrite = table.newRewrite().scanManifestsWith(catalog.pool());
      files.forEach(rewrite::deleteFile);
      rewrite
          .addFile(merged.get())
          // The snapshots before this one may be forgotten, and the number with them.
          .set(TableWriter.SEGMENT_KEY, Long.toString(TableWriter.lastSegment(table)))
          .commit();
    } finally {
      commitLock.unlock();
    }
    LOG.debug("{}: merged {} files", lakeTable.tableName(), files.size());
  }

  /** Writes the rows of files into a new one, or nothing if the lake closes meanwhile. */
  private Optional<DataFile> write(List<DataFile> files) throws IOException {
    Schema schema = table.schema();
    StructLike partition = files.getFirst().partition();
    OutputFile output =
        table
            .io()
            .newOutputFile(
                table
                    .locationProvider()
                    .newDataLocation(
                        table.spec(), partition, "merged-" + UUID.randomUUID() + ".parquet"));
    FileAppender<Record> appender =
        Parquet.write(output)
            .forTable(table)
            .metricsConfig(MetricsConfig.forTable(table))
            .createWriterFunc(GenericParquetWriter::create)
            .build();
    try (appender) {
      for (DataFile file : files) {
        try (CloseableIterable<Record> rows =
            Parquet.read(table.io().newInputFile(file))
                .project(schema)
                .createReaderFunc(parquet -> GenericParquetReaders.buildReader(schema, parquet))
                .build()) {
          appender.addAll(rows);
        }
        if (stopped) {
          break;
        }
      }
    }
    if (stopped) {
      table.io().deleteFile(output);
      return Optional.empty();
    }
    return Optional.of(
        DataFiles.builder(table.spec())
            .withPath(output.location())
            .withFormat("parquet")
            .withPartition(partition)
            .withFileSizeInBytes(appender.length())
            .withMetrics(appender.metrics())
            .withSplitOffsets(appender.splitOffsets())
            .build());
  }

  private void expire() {
    long olderThan = clock.instant().minus(KEPT).toEpochMilli();
    boolean due = false;
    for (Snapshot snapshot : table.snapshots()) {
      due |= snapshot.timestampMillis() < olderThan;
    }
    if (!due) {
      return;
    }
    commitLock.lock();
    try {
      table.refresh();
      table
          .expireSnapshots()
          .planWith(catalog.pool())
          .executeDeleteWith(catalog.pool())
          .expireOlderThan(olderThan)
          .retainLast(SNAPSHOTS_KEPT)
          .commit();
    } finally {
      commitLock.unlock();
    }
  }

  /** Makes a merge that is under way end soon and without effect. */
  void stop() {
    stopped = true;
  }
}

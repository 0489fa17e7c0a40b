// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.StreamSupport;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.RewriteFiles;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
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

  /** Files that a thorough run merges; what comes out is larger. */
  private static final long THOROUGH_BYTES = 24L << 20;

  /** A writer has committed its files by then, or given them up. */
  static final Duration ORPHAN_AGE = Duration.ofDays(1);

  private static final Duration ORPHAN_INTERVAL = Duration.ofHours(1);

  private final LakeTable lakeTable;
  private final LakeCatalog catalog;
  private final Table table;
  private final ReentrantLock commitLock;
  private final ReentrantLock rewriteLock;
  private final InstantSource clock;
  private Instant orphansAt = Instant.MIN;
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
    run(true);
  }

  /**
   * Does what is due; a failure leaves the table as it was.
   *
   * @param orphans whether files go that no snapshot needs: not beside a writer that keeps files
   *     for a commit which may fail for days
   */
  void run(boolean orphans) {
    rewriteLock.lock();
    try {
      table.refresh();
      for (List<DataFile> files : due(CLASSES, MERGE_AT)) {
        merge(withinBounds(files));
      }
      expire();
      if (orphans && !clock.instant().isBefore(orphansAt)) {
        removeOrphans(ORPHAN_AGE);
        orphansAt = clock.instant().plus(ORPHAN_INTERVAL);
      }
    } catch (IOException | RuntimeException e) {
      LOG.warn("{}: maintenance failed and is tried again later", lakeTable.tableName(), e);
    } finally {
      rewriteLock.unlock();
    }
  }

  /**
   * What one thorough run did.
   *
   * @param merged files that were merged
   * @param into files that they were merged into
   * @param snapshots snapshots that were forgotten
   * @param orphans files that no snapshot needed and that were deleted
   */
  record Done(int merged, int into, int snapshots, int orphans) {}

  /**
   * Merges all files that are smaller than {@value #THOROUGH_BYTES} bytes, forgets snapshots, and
   * deletes what nobody needs.
   *
   * @param orphanAge how old a file must be that no snapshot needs
   * @throws IOException if a file cannot be read, written or deleted; the table is as it was, or as
   *     the steps before left it
   */
  Done runThoroughly(Duration orphanAge) throws IOException {
    rewriteLock.lock();
    try {
      table.refresh();
      int merged = 0;
      int into = 0;
      for (List<DataFile> files : due(new long[] {THOROUGH_BYTES}, 2)) {
        for (int from = 0; from < files.size(); ) {
          List<DataFile> some = withinBounds(files.subList(from, files.size()));
          from += Math.max(1, some.size());
          if (some.size() > 1) {
            merge(some);
            merged += some.size();
            into++;
          }
        }
      }
      return new Done(merged, into, expire(), removeOrphans(orphanAge));
    } finally {
      rewriteLock.unlock();
    }
  }

  private int removeOrphans(Duration age) throws IOException {
    List<Path> orphans = OrphanFiles.find(table, catalog.files(), clock.instant().minus(age));
    for (Path file : orphans) {
      Files.deleteIfExists(file);
    }
    if (!orphans.isEmpty()) {
      LOG.info(
          "{}: deleted {} files that no snapshot needs", lakeTable.tableName(), orphans.size());
    }
    return orphans.size();
  }

  /** Returns the sets of files to be merged. */
  private List<List<DataFile>> due(long[] bounds, int atLeast) throws IOException {
    Map<String, List<DataFile>> classes = new LinkedHashMap<>();
    try (CloseableIterable<FileScanTask> tasks =
        table.newScan().planWith(catalog.pool()).planFiles()) {
      for (FileScanTask task : tasks) {
        int sizeClass = sizeClass(bounds, task.file().fileSizeInBytes());
        if (sizeClass >= 0 && task.deletes().isEmpty()) {
          String key = sizeClass + " " + task.spec().partitionToPath(task.file().partition());
          classes.computeIfAbsent(key, k -> new ArrayList<>()).add(task.file().copy());
        }
      }
    }
    List<List<DataFile>> due = new ArrayList<>();
    for (List<DataFile> files : classes.values()) {
      if (files.size() >= atLeast) {
        files.sort(
            Comparator.comparing(DataFile::dataSequenceNumber).thenComparing(DataFile::location));
        due.add(files);
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

  private static int sizeClass(long[] bounds, long bytes) {
    for (int i = 0; i < bounds.length; i++) {
      if (bytes < bounds[i]) {
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
    RecordFile merged = new RecordFile(table, files.getFirst().partition(), "merged");
    try (merged) {
      for (DataFile file : files) {
        try (CloseableIterable<Record> rows =
            RecordFile.read(table.io().newInputFile(file), schema)) {
          rows.forEach(merged::add);
        }
        if (stopped) {
          break;
        }
      }
    }
    if (stopped) {
      merged.delete();
      return Optional.empty();
    }
    return Optional.of(merged.written());
  }

  private int expire() {
    long olderThan = clock.instant().minus(KEPT).toEpochMilli();
    boolean due = false;
    int before = 0;
    for (Snapshot snapshot : table.snapshots()) {
      due |= snapshot.timestampMillis() < olderThan;
      before++;
    }
    if (!due) {
      return 0;
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
    table.refresh();
    long after = StreamSupport.stream(table.snapshots().spliterator(), false).count();
    return (int) Math.max(0, before - after);
  }

  /** Makes a merge that is under way end soon and without effect. */
  void stop() {
    stopped = true;
  }
}

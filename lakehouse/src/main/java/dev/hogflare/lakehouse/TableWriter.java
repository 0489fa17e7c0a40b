// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import dev.hogflare.lakehouse.Journal.SegmentEnd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ManifestWriter;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.util.SnapshotUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the journal's segments into an Iceberg table, each in one commit and exactly once.
 *
 * <p>Rows are written to Parquet as they come, so that a commit only has to close the file. The
 * commit's summary carries the segment's number ({@value #SEGMENT_KEY}); the segment is deleted
 * after it. A segment whose commit did not happen is read again from the journal, at a start or
 * when writing failed; one whose number the table already carries is only deleted.
 */
final class TableWriter {
  /** The snapshot property with the number of the last segment that the table contains. */
  static final String SEGMENT_KEY = "hogflare.journal-segment";

  private static final Logger LOG = LoggerFactory.getLogger(TableWriter.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  private sealed interface Work {
    record Rows(RowBatch batch) implements Work {}

    record End(SegmentEnd end) implements Work {}

    record Mark(CompletableFuture<Void> reached) implements Work {}

    record Stop() implements Work {}
  }

  private final LakeTable lakeTable;
  private final RowLayout layout;
  private final Table table;
  private final LakeCatalog catalog;
  private final RowBatchParser parser;
  private final LakeMetrics metrics;
  private final InstantSource clock;
  private final Backlog backlog;
  private final ReentrantLock commitLock;
  private final BlockingQueue<Work> queue = new LinkedBlockingQueue<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;

  private long segmentNumber;
  private final List<DataFile> finished = new ArrayList<>();
  private OpenDataFile open;
  private StructLike openPartition;
  private String manifestLocation;
  private boolean broken;
  private volatile String failure;
  private volatile boolean ended;

  /**
   * Creates a writer that is not started yet.
   *
   * @param layout the cells of the batches, those of the parser
   * @param commitLock held during a commit, so that maintenance of the table does not race it
   * @param backlog told of what is no longer in memory or in the journal
   */
  TableWriter(
      LakeTable lakeTable,
      RowLayout layout,
      Table table,
      LakeCatalog catalog,
      RowBatchParser parser,
      LakeMetrics metrics,
      InstantSource clock,
      ReentrantLock commitLock,
      Backlog backlog) {
    this.lakeTable = lakeTable;
    this.layout = layout;
    this.table = table;
    this.catalog = catalog;
    this.parser = parser;
    this.metrics = metrics;
    this.clock = clock;
    this.commitLock = commitLock;
    this.backlog = backlog;
    thread = new Thread(this::run, "lake-writer-" + lakeTable.tableName());
  }

  /**
   * Returns the number of the last segment that a table contains, or 0 if there is none.
   *
   * <p>Looks through the ancestors, because another engine's commits do not carry the number.
   */
  static long lastSegment(Table table) {
    for (Snapshot snapshot : SnapshotUtil.currentAncestors(table)) {
      String number = snapshot.summary().get(SEGMENT_KEY);
      if (number != null) {
        return Long.parseLong(number);
      }
    }
    return 0;
  }

  /**
   * Brings what an earlier process left in the journal into the table.
   *
   * @param journal the folder of the table's segments
   * @return the number that the next segment must have
   * @throws IllegalStateException if a segment that was closed properly is damaged
   */
  long recover(Path journal) throws IOException {
    table.refresh();
    long last = lastSegment(table);
    deleteUnfinishedFiles(last);
    long next = last + 1;
    List<JournalSegment> segments = JournalSegment.in(journal);
    for (int i = 0; i < segments.size(); i++) {
      JournalSegment segment = segments.get(i);
      next = Math.max(next, segment.number() + 1);
      if (segment.number() > last) {
        segmentNumber = segment.number();
        long start = System.nanoTime();
        long rows = replay(segment, i + 1 == segments.size());
        metrics.recovered(rows);
        if (rows > 0) {
          commit();
          forgetFiles();
          metrics.committed(rows, clock.instant(), System.nanoTime() - start);
          LOG.info(
              "{}: {} rows recovered from the journal's segment {}",
              lakeTable.tableName(),
              rows,
              segment.number());
        }
      }
      segment.delete();
    }
    segmentNumber = next;
    return next;
  }

  /** Files of a commit that did not happen have no finished name, or a later segment's number. */
  private void deleteUnfinishedFiles(long lastSegment) throws IOException {
    Path root = catalog.files().resolve(table.location());
    if (!Files.exists(root)) {
      return;
    }
    List<Path> unfinished;
    try (Stream<Path> files = Files.walk(root)) {
      unfinished =
          files
              .filter(Files::isRegularFile)
              .filter(file -> LakeFiles.isInProgress(file) || isAfter(lastSegment, file))
              .toList();
    }
    for (Path file : unfinished) {
      Files.delete(file);
      LOG.info("{}: deleted {}, which no commit contains", lakeTable.tableName(), file);
    }
  }

  private static boolean isAfter(long segment, Path file) {
    String name = file.getFileName().toString();
    return name.matches("\\d{20}-.*\\.(parquet|avro)")
        && Long.parseLong(name.substring(0, 20)) > segment;
  }

  void start() {
    thread.start();
  }

  /** Takes rows of the present segment. */
  void rows(RowBatch batch) {
    queue.add(new Work.Rows(batch));
  }

  /** Takes the end of the present segment. */
  void segmentEnd(SegmentEnd end) {
    queue.add(new Work.End(end));
  }

  /** Completes when all that was handed over before is in the table or left to the next start. */
  CompletableFuture<Void> mark() {
    CompletableFuture<Void> reached = new CompletableFuture<>();
    queue.add(new Work.Mark(reached));
    if (ended) {
      reached.complete(null);
    }
    return reached;
  }

  /** Returns why rows do not reach the table, or null if they do. */
  String failureOrNull() {
    return failure;
  }

  /** Commits what was handed over; what fails now is left to the next start. */
  void close() {
    queue.add(new Work.Stop());
    closing.countDown();
    Threads.join(thread);
  }

  private void run() {
    try {
      while (true) {
        switch (queue.take()) {
          case Work.Rows rows -> {
            write(rows.batch());
            backlog.adjust(-rows.batch().weight());
          }
          case Work.End end -> {
            if (!commitOrRepeat(end.end())) {
              return;
            }
          }
          case Work.Mark mark -> mark.reached().complete(null);
          case Work.Stop stop -> {
            return;
          }
        }
      }
    } catch (InterruptedException | RuntimeException | Error e) {
      failure = "The writer of " + lakeTable.tableName() + " has stopped and needs a restart: " + e;
      LOG.error(failure, e);
    } finally {
      forgetFiles();
      // Before the last look into the queue: whoever adds a mark after it sees this.
      ended = true;
      for (Work work = queue.poll(); work != null; work = queue.poll()) {
        if (work instanceof Work.Mark mark) {
          mark.reached().complete(null);
        }
      }
    }
  }

  /** A batch that cannot be written is still in the journal and read again at the segment's end. */
  private void write(RowBatch batch) {
    if (broken) {
      return;
    }
    try {
      add(batch);
    } catch (IOException | RuntimeException e) {
      LOG.warn("{}: rows are left to the journal", lakeTable.tableName(), e);
      giveUpFiles();
      broken = true;
    }
  }

  private void add(RowBatch batch) throws IOException {
    StructLike partition = OpenDataFile.partition(table, batch.ingestMicros());
    if (open != null && !partition.equals(openPartition)) {
      finishFile();
    }
    if (open == null) {
      String name = "%020d-%s.parquet".formatted(segmentNumber, UUID.randomUUID());
      open = new OpenDataFile(table, layout, batch.ingestMicros(), name);
      openPartition = partition;
    }
    open.add(batch);
  }

  private void finishFile() throws IOException {
    finished.add(open.finish());
    open = null;
  }

  private void giveUpFiles() {
    if (open != null) {
      open.abandon();
      open = null;
    }
    try {
      finished.forEach(file -> table.io().deleteFile(file.location()));
      if (manifestLocation != null) {
        table.io().deleteFile(manifestLocation);
      }
    } catch (RuntimeException e) {
      LOG.warn("{}: files are left behind for the next start", lakeTable.tableName(), e);
    }
    finished.clear();
    manifestLocation = null;
  }

  private long replay(JournalSegment segment, boolean last) throws IOException {
    long[] rows = new long[1];
    boolean whole =
        segment.read(
            (ingestMicros, payload) -> {
              RowBatch batch = parse(segment, payload);
              batch.ingestMicros(ingestMicros);
              rows[0] += batch.rows();
              add(batch);
            });
    if (!whole && !last) {
      throw new IllegalStateException(
          "The journal's file "
              + segment.file()
              + " is damaged: move it away to start without its later rows.");
    }
    if (!whole) {
      LOG.info("The end of {} was never acknowledged and is cut", segment.file());
    }
    return rows[0];
  }

  private RowBatch parse(JournalSegment segment, byte[] payload) {
    try {
      RowBatch batch = parser.parse(payload);
      if (batch.invalid() == 0) {
        return batch;
      }
      throw new RefusedBodyException(batch.problemOrNull());
    } catch (RefusedBodyException e) {
      throw new IllegalStateException(
          "The journal's file "
              + segment.file()
              + " was written under another schema: "
              + e.getMessage()
              + " Start the version that wrote it once.",
          e);
    }
  }

  /**
   * Commits a segment, however long it takes.
   *
   * @return false if the lake closes before it succeeds; then no later segment may be committed,
   *     because its number would make the next start delete this one
   */
  private boolean commitOrRepeat(SegmentEnd end) throws InterruptedException {
    long start = System.nanoTime();
    Duration pause = FIRST_PAUSE;
    segmentNumber = end.segment().number();
    boolean again = false;
    while (true) {
      try {
        if (again && isCommitted()) {
          break;
        }
        again = true;
        if (broken) {
          giveUpFiles();
          requireRows(end, replay(end.segment(), false));
          broken = false;
        }
        commit();
        break;
      } catch (IOException | RuntimeException e) {
        metrics.commitFailed();
        failure =
            "Rows of " + lakeTable.tableName() + " cannot be committed: " + e.getMessage() + ".";
        LOG.warn("{} They stay in the journal; the next try is in {}", failure, pause, e);
        broken = true;
        if (closing.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
          return false;
        }
        pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
      }
    }
    forgetFiles();
    broken = false;
    failure = null;
    segmentNumber++;
    metrics.committed(end.rows(), clock.instant(), System.nanoTime() - start);
    backlog.journal(-end.bytes());
    try {
      end.segment().delete();
    } catch (IOException e) {
      // The table carries its number, so that the next start deletes it without reading it.
      LOG.warn("The journal's file {} cannot be deleted yet", end.segment().file(), e);
    }
    return true;
  }

  private void requireRows(SegmentEnd end, long rows) {
    if (rows != end.rows()) {
      throw new IllegalStateException(
          end.segment().file() + " has " + rows + " rows instead of " + end.rows());
    }
  }

  /** A commit may have succeeded although it threw; the catalog knows. */
  private boolean isCommitted() {
    table.refresh();
    return lastSegment(table) >= segmentNumber;
  }

  private void commit() throws IOException {
    if (open != null) {
      finishFile();
    }
    ManifestFile manifest = writeManifest();
    commitLock.lock();
    try {
      table
          .newAppend()
          .scanManifestsWith(catalog.pool())
          .appendManifest(manifest)
          .set(SEGMENT_KEY, Long.toString(segmentNumber))
          .commit();
    } finally {
      commitLock.unlock();
    }
  }

  /**
   * Lists the new files for the commit.
   *
   * <p>Iceberg would do this in its own pool, which is closed already when the lake commits for the
   * last time, in a shutdown hook.
   */
  private ManifestFile writeManifest() throws IOException {
    TableOperations operations = ((HasTableOperations) table).operations();
    String name = "%020d-%s.avro".formatted(segmentNumber, UUID.randomUUID());
    manifestLocation = operations.metadataFileLocation(name);
    ManifestWriter<DataFile> writer =
        ManifestFiles.write(
            operations.current().formatVersion(),
            table.spec(),
            table.io().newOutputFile(manifestLocation),
            null);
    try (writer) {
      finished.forEach(writer::add);
    }
    return writer.toManifestFile();
  }

  /** Leaves files as they are: a commit contains them, or the next start deletes them. */
  private void forgetFiles() {
    finished.clear();
    manifestLocation = null;
    if (open != null) {
      open.abandon();
      open = null;
    }
  }
}

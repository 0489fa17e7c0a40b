// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ManifestWriter;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotAncestryValidator;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.Transaction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends rows to an Iceberg table together with the note of where they came from, each exactly
 * once whoever else writes.
 *
 * <p>A writer first takes the table over, by an empty snapshot with a mark of its own. Every commit
 * then demands that the newest mark of the group is the one that this writer left: a catalog swaps
 * the whole metadata at once, and refuses a snapshot whose parent is no longer the current one, so
 * that a writer that was replaced can add nothing, not even by a request that was under way.
 *
 * <p>Used by one thread.
 */
final class SinkTable {
  private static final Logger LOG = LoggerFactory.getLogger(SinkTable.class);
  private static final int CLAIMS = 10;

  /** The length from which a file is closed and another one begun, in bytes. */
  private static final long FILE_BYTES = 256L << 20;

  private final RowLayout layout;
  private final Table table;
  private final String name;
  private final String group;
  private final String key;
  private final ExecutorService pool;
  private final ReentrantLock commitLock;

  private SinkMark mark = SinkMark.NONE;
  private final List<DataFile> finished = new ArrayList<>();
  private OpenDataFile open;
  private StructLike openPartition;
  private Pending pending;
  private long rows;

  /** A commit that may or may not have happened. */
  private record Pending(SinkMark mark, Optional<ManifestFile> manifest) {}

  /**
   * Creates the writer of a table that was not taken over yet.
   *
   * @param layout the cells of the batches
   * @param group the sink's name in the table
   * @param pool reads manifests
   * @param commitLock held during a commit, so that maintenance in this process does not race it
   */
  SinkTable(
      LakeTable lakeTable,
      RowLayout layout,
      Table table,
      String group,
      ExecutorService pool,
      ReentrantLock commitLock) {
    this.layout = layout;
    this.table = table;
    this.name = lakeTable.tableName();
    this.group = group;
    this.key = SinkMark.key(group);
    this.pool = pool;
    this.commitLock = commitLock;
  }

  /**
   * Takes the table over from whoever wrote to it before.
   *
   * @return what the table contains
   * @throws IllegalStateException if others take it over all the time, its note is damaged, or it
   *     was set back so far that nobody knows what it contains
   * @throws RuntimeException if the catalog does not take the commit; the call may be repeated
   */
  SinkMark claim() {
    for (int attempt = 0; attempt < CLAIMS; attempt++) {
      table.refresh();
      if (SinkMark.isLost(table, key)) {
        throw new IllegalStateException(setBackTooFar());
      }
      Optional<SinkMark> before = SinkMark.newest(table, key);
      SinkMark own =
          before
              .orElse(SinkMark.NONE)
              .takenOverBy(UUID.randomUUID().toString(), highestEpoch(before));
      try {
        append(new Pending(own, Optional.empty()), before);
        mark = own;
        return own;
      } catch (RuntimeException e) {
        table.refresh();
        Optional<SinkMark> now = SinkMark.newest(table, key);
        if (now.equals(Optional.of(own))) {
          mark = own;
          return own;
        }
        if (now.equals(before)) {
          throw e;
        }
        LOG.info("{}: another writer took the table over at the same time", name, e);
      }
    }
    throw new IllegalStateException(
        "The table "
            + name
            + " is taken over again and again; run one sink of the group "
            + group
            + ", or give each a HOGFLARE_ICEBERG_GROUP and tables of its own.");
  }

  /** A table that was rolled back has had writers that its snapshots do not know any more. */
  private long highestEpoch(Optional<SinkMark> newest) {
    String property = table.properties().get(key);
    long noted = property == null ? 0 : SinkMark.parse(property).epoch();
    return Math.max(noted, newest.orElse(SinkMark.NONE).epoch());
  }

  /** Returns the rows that were added since the last commit. */
  long rows() {
    return rows;
  }

  /**
   * Adds all rows of a batch to the next commit.
   *
   * @throws IOException if the files cannot be written; then {@link #abandon} and begin anew
   */
  void add(RowBatch batch) throws IOException {
    StructLike partition = OpenDataFile.partition(table, batch.ingestMicros());
    if (open != null && (!partition.equals(openPartition) || open.length() >= FILE_BYTES)) {
      finishFile();
    }
    if (open == null) {
      String file = "sink-%06d-%s.parquet".formatted(mark.epoch(), UUID.randomUUID());
      open = new OpenDataFile(table, layout, batch.ingestMicros(), file);
      openPartition = partition;
    }
    open.add(batch);
    rows += batch.rows();
  }

  /**
   * Commits the rows that were added, and what was read for them.
   *
   * <p>If it throws a {@link RuntimeException}, it may be called again with the same offsets, as
   * often as need be: it finds out whether the last attempt happened after all. After anything else
   * {@link #abandon} and begin anew.
   *
   * @param read by topic and partition the first record that was not read
   * @return the rows that are in the table now
   * @throws FencedWriterException if another writer has the table, or it was set back; nothing was
   *     added
   * @throws IOException if the files cannot be written
   */
  long commit(Map<String, ? extends Map<Integer, Long>> read)
      throws FencedWriterException, IOException {
    if (pending == null) {
      pending = new Pending(mark.after(read), files());
    }
    table.refresh();
    requireKnown();
    if (!pending.mark().isIn(table, key)) {
      requireOwn();
      try {
        append(pending, Optional.of(mark));
      } catch (RuntimeException e) {
        judge(e);
      }
    }
    long committed = rows;
    mark = pending.mark();
    pending = null;
    finished.clear();
    rows = 0;
    return committed;
  }

  private Optional<ManifestFile> files() throws IOException {
    try {
      if (open != null) {
        finishFile();
      }
      return finished.isEmpty() ? Optional.empty() : Optional.of(writeManifest());
    } catch (RuntimeException e) {
      // Half a file cannot be completed by a second attempt.
      throw new IOException("Files of the table " + name + " cannot be written.", e);
    }
  }

  /** Whatever a commit threw, the table alone says whether it happened. */
  private void judge(RuntimeException failure) throws FencedWriterException {
    try {
      table.refresh();
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
      throw failure;
    }
    requireKnown();
    if (pending.mark().isIn(table, key)) {
      LOG.info("{}: the commit happened although its answer says otherwise", name, failure);
      return;
    }
    requireOwn();
    throw failure;
  }

  private void requireKnown() throws FencedWriterException {
    if (SinkMark.isLost(table, key)) {
      throw new FencedWriterException(setBackTooFar(), false);
    }
  }

  private String setBackTooFar() {
    return "The table "
        + name
        + " was set back to a snapshot that does not say what it contains; set it to one whose"
        + " summary has "
        + key
        + ", or remove the table's property of that name to read the topics from their beginning.";
  }

  private void requireOwn() throws FencedWriterException {
    SinkMark newest = SinkMark.newest(table, key).orElse(SinkMark.NONE);
    if (newest.equals(mark)) {
      return;
    }
    if (newest.epoch() > mark.epoch()) {
      throw new FencedWriterException(
          "Another writer of the group "
              + group
              + " has taken the table "
              + name
              + " over (number "
              + newest.epoch()
              + "; this one has "
              + mark.epoch()
              + "); run one alone, or give each a HOGFLARE_ICEBERG_GROUP and tables of its own.",
          true);
    }
    throw new FencedWriterException(
        "The table "
            + name
            + " was set back to commit "
            + newest.commit()
            + " of the group "
            + group
            + "; the topics are read from there again.",
        false);
  }

  private void append(Pending commit, Optional<SinkMark> before) {
    String note = commit.mark().toJson();
    commitLock.lock();
    try {
      Transaction transaction = table.newTransaction();
      AppendFiles append =
          transaction
              .newAppend()
              .scanManifestsWith(pool)
              .validateWith(new Unchanged(key, before))
              .set(key, note);
      commit.manifest().ifPresent(append::appendManifest);
      // A lake that was written to over HTTP would else begin to count its segments anew.
      long segment = TableWriter.lastSegment(table);
      if (segment > 0) {
        append.set(TableWriter.SEGMENT_KEY, Long.toString(segment));
      }
      append.commit();
      transaction.updateProperties().set(key, note).commit();
      transaction.commitTransaction();
    } finally {
      commitLock.unlock();
    }
    table.refresh();
  }

  /**
   * Demands of the snapshots below a new one that the newest mark is the expected one; where all
   * are forgotten, what was read just before counts, since a writer that takes over adds one.
   */
  private record Unchanged(String key, Optional<SinkMark> expected)
      implements SnapshotAncestryValidator {
    @Override
    public boolean validate(Iterable<Snapshot> ancestors) {
      Optional<SinkMark> newest = SinkMark.newest(ancestors, key);
      return newest.isEmpty() || newest.equals(expected);
    }

    @Override
    public String errorMessage() {
      return "another writer has changed " + key;
    }
  }

  private void finishFile() throws IOException {
    finished.add(open.finish());
    open = null;
  }

  /** Lists the new files; Iceberg would do it in a pool that is closed before the last commit. */
  private ManifestFile writeManifest() throws IOException {
    TableOperations operations = ((HasTableOperations) table).operations();
    String location =
        operations.metadataFileLocation(
            "sink-%06d-%s.avro".formatted(mark.epoch(), UUID.randomUUID()));
    ManifestWriter<DataFile> writer =
        ManifestFiles.write(
            operations.current().formatVersion(),
            table.spec(),
            table.io().newOutputFile(location),
            null);
    try (writer) {
      finished.forEach(writer::add);
    }
    return writer.toManifestFile();
  }

  /**
   * Forgets what was added and not committed.
   *
   * <p>Files of a commit that was tried stay: its request may be under way still. Nobody reads
   * them, and whoever removes orphans finds them.
   */
  long abandon() {
    long given = rows;
    if (open != null) {
      open.abandon();
      open = null;
    }
    if (pending == null) {
      for (DataFile file : finished) {
        try {
          table.io().deleteFile(file.location());
        } catch (RuntimeException e) {
          LOG.warn("{}: {} is left behind", name, file.location(), e);
        }
      }
    }
    pending = null;
    finished.clear();
    rows = 0;
    return given;
  }
}

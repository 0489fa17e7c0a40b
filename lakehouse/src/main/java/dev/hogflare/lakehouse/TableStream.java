// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import dev.hogflare.lakehouse.Journal.SegmentEnd;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.iceberg.Table;

/** Carries the rows of one table from a request's body to the commit. */
final class TableStream implements Journal.Sink, AutoCloseable {
  private final RowBatchParser parser;
  private final InvalidRows invalidRows;
  private final LakeMetrics metrics;
  private final Backlog backlog;
  private final TableWriter writer;
  private final Journal journal;

  /** Opens a table and brings into it what an earlier process left in its journal. */
  TableStream(
      LakeTable lakeTable,
      LakeConfig config,
      LakeCatalog catalog,
      MeterRegistry registry,
      InstantSource clock,
      ReentrantLock commitLock)
      throws IOException {
    LakeConfig.Limits limits = config.limits();
    RowLayout layout = lakeTable.layout(config.columns());
    Table table = catalog.findOrCreate(lakeTable, layout);
    parser = new RowBatchParser(layout, limits.maxRow());
    invalidRows = config.invalidRows();
    metrics = new LakeMetrics(registry, lakeTable);
    backlog = new Backlog(limits.maxQueued(), limits.maxBacklog());
    writer =
        new TableWriter(
            lakeTable, layout, table, catalog, parser, metrics, clock, commitLock, backlog);
    Path folder = Journal.folder(config.folder(), lakeTable);
    Files.createDirectories(folder);
    journal =
        new Journal(
            lakeTable.tableName(),
            folder,
            writer.recover(folder),
            new Journal.Bounds(
                config.commitInterval(), limits.segmentRows(), limits.segmentBytes()),
            () -> ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant()),
            this);
  }

  void start() {
    writer.start();
    journal.start();
  }

  LakeMetrics metrics() {
    return metrics;
  }

  Backlog backlog() {
    return backlog;
  }

  /** Waits for room for a request of this size; false if there is none. */
  boolean enter(long bytes, Duration patience) throws InterruptedException {
    return backlog.enter(bytes, patience);
  }

  /** Gives the room of a request back whose rows were not taken. */
  void leave(long bytes) {
    backlog.adjust(-bytes);
  }

  /**
   * Makes the rows of a body durable; the room that the request entered with is given back.
   *
   * @param room the bytes with which {@link #enter} was asked
   * @return the number of rows in the body
   * @throws RefusedBodyException if the sender must change the body
   * @throws IOException if the same body may be taken later
   */
  int take(byte[] body, long room) throws RefusedBodyException, IOException, InterruptedException {
    boolean handedOver = false;
    try {
      RowBatch batch = parser.parse(body);
      if (batch.invalid() > 0 && invalidRows == InvalidRows.REJECT) {
        metrics.rejected(batch.received());
        throw new RefusedBodyException(batch.problemOrNull());
      }
      metrics.received(batch.rows(), batch.invalid());
      if (batch.rows() > 0) {
        backlog.adjust(batch.weight() - room);
        handedOver = true;
        awaitDurable(batch);
      }
      return batch.received();
    } finally {
      if (!handedOver) {
        leave(room);
      }
    }
  }

  private void awaitDurable(RowBatch batch) throws IOException, InterruptedException {
    try {
      journal.append(batch).get();
    } catch (ExecutionException e) {
      metrics.lost(batch.rows());
      leave(batch.weight());
      throw new IOException(e.getCause().getMessage(), e);
    }
  }

  @Override
  public void rows(RowBatch batch, long bytes) {
    backlog.journal(bytes);
    writer.rows(batch);
  }

  @Override
  public void segmentEnd(SegmentEnd end) {
    writer.segmentEnd(end);
  }

  /** Commits all that was taken before; completes when it is in the table. */
  CompletableFuture<Void> commitNow() {
    return journal.closeSegment().thenCompose(closed -> writer.mark());
  }

  /** Returns what is wrong, or null if rows come in and reach the table. */
  String failureOrNull() {
    String failure = journal.failureOrNull();
    return failure != null ? failure : writer.failureOrNull();
  }

  @Override
  public void close() {
    journal.close();
    writer.close();
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the rows of one table.
 *
 * <p>At every moment, received + recovered = committed + pending + rejected + dropped. A row is
 * received when its request's body was read as JSON, recovered when it was found in the journal at
 * a start, pending until its commit, rejected when its request got no 200, dropped when it broke
 * the schema and its request got a 200. Bodies that are no JSON array have no rows and are only
 * seen in the requests by status. Alert when pending grows for several commit intervals, or when
 * commit failures grow.
 */
final class LakeMetrics {
  private final Counter received;
  private final Counter recovered;
  private final Counter committed;
  private final Counter rejected;
  private final Counter dropped;
  private final Counter commitFailures;
  private final Timer commits;
  private final AtomicLong pending = new AtomicLong();
  private final AtomicLong committedRows = new AtomicLong();
  private final MeterRegistry registry;
  private final String table;
  private volatile Instant lastCommit;

  LakeMetrics(MeterRegistry registry, LakeTable lakeTable) {
    this.registry = registry;
    table = lakeTable.tableName();
    received = counter("hogflare_lake_rows_received_total", "Rows that arrived in a request.");
    recovered =
        counter("hogflare_lake_rows_recovered_total", "Rows found in the journal at a start.");
    committed = counter("hogflare_lake_rows_committed_total", "Rows that are in the table.");
    rejected = counter("hogflare_lake_rows_rejected_total", "Rows of requests that got no 200.");
    dropped =
        counter("hogflare_lake_rows_dropped_total", "Rows that broke the schema and were dropped.");
    commitFailures =
        counter("hogflare_lake_commit_failures_total", "Attempts to commit that failed.");
    commits =
        Timer.builder("hogflare_lake_commit_seconds")
            .description("Time from a segment's end to its rows in the table.")
            .tag("table", table)
            .register(registry);
    Gauge.builder("hogflare_lake_rows_pending", pending, AtomicLong::doubleValue)
        .description("Rows that are durable and not in the table yet.")
        .tag("table", table)
        .register(registry);
  }

  private Counter counter(String name, String description) {
    return Counter.builder(name).description(description).tag("table", table).register(registry);
  }

  /** Counts the rows of a body; what is valid in it is pending from now on. */
  void received(int valid, int invalid) {
    received.increment((double) valid + invalid);
    dropped.increment(invalid);
    pending.addAndGet(valid);
  }

  /** Counts the rows of a body that is refused as a whole. */
  void rejected(int rows) {
    received.increment(rows);
    rejected.increment(rows);
  }

  /** Takes rows back that were pending and could not be made durable. */
  void lost(int rows) {
    pending.addAndGet(-rows);
    rejected.increment(rows);
  }

  void recovered(long rows) {
    recovered.increment(rows);
    pending.addAndGet(rows);
  }

  void committed(long rows, Instant at, long nanos) {
    pending.addAndGet(-rows);
    committed.increment(rows);
    committedRows.addAndGet(rows);
    lastCommit = at;
    commits.record(nanos, TimeUnit.NANOSECONDS);
  }

  void commitFailed() {
    commitFailures.increment();
  }

  /** Counts an answer. */
  static void answered(MeterRegistry registry, String stream, int status) {
    registry
        .counter(
            "hogflare_lake_requests_total",
            Tags.of("table", stream, "status", Integer.toString(status)))
        .increment();
  }

  long pendingRows() {
    return pending.get();
  }

  long committedRows() {
    return committedRows.get();
  }

  Optional<Instant> lastCommit() {
    return Optional.ofNullable(lastCommit);
  }
}

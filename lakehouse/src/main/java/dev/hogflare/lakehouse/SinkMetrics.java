// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the direct sink counts of one table.
 *
 * <p>At every moment between two polls,
 *
 * <pre>read = committed + dead_lettered + returned + pending</pre>
 *
 * <p>{@code returned} are rows that were given up before their commit, because something failed or
 * the sink stopped; they are read again. Alert when {@code hogflare_iceberg_up} is 0, when commit
 * failures grow, or when {@code rows_missed} is not 0.
 */
final class SinkMetrics {
  private final String stream;
  private final MeterRegistry registry;
  private final AtomicLong read = new AtomicLong();
  private final AtomicLong committed = new AtomicLong();
  private final AtomicLong deadLettered = new AtomicLong();
  private final AtomicLong returned = new AtomicLong();
  private final AtomicLong missed = new AtomicLong();
  private final AtomicLong pending = new AtomicLong();
  private final Counter commitFailures;
  private final Timer commits;

  SinkMetrics(MeterRegistry registry, SinkStream of, SinkStatus status) {
    this.registry = registry;
    stream = of.text();
    count("rows_read", "Rows read from the topics.", read);
    count("rows_committed", "Rows that are in the table.", committed);
    count("rows_dead_lettered", "Rows written to the dead letters.", deadLettered);
    count("rows_returned", "Rows given up before their commit, to be read again.", returned);
    count("rows_missed", "Records that the topic deleted before they were read.", missed);
    Gauge.builder("hogflare_iceberg_rows_pending", pending, AtomicLong::doubleValue)
        .description("Rows read and not committed yet.")
        .tag("stream", stream)
        .register(registry);
    Gauge.builder("hogflare_iceberg_lag_rows", status, s -> s.lag().orElse(0))
        .description("Records on the topics that were not read yet.")
        .tag("stream", stream)
        .register(registry);
    Gauge.builder("hogflare_iceberg_up", status, s -> s.health().up() ? 1 : 0)
        .description("1 if rows reach the table, 0 if it needs an operator.")
        .tag("stream", stream)
        .register(registry);
    commitFailures =
        Counter.builder("hogflare_iceberg_commit_failures_total")
            .description("Attempts to commit that failed.")
            .tag("stream", stream)
            .register(registry);
    commits =
        Timer.builder("hogflare_iceberg_commit_seconds")
            .description("Time of a commit, its repetitions included.")
            .tag("stream", stream)
            .register(registry);
  }

  private void count(String what, String description, AtomicLong value) {
    FunctionCounter.builder("hogflare_iceberg_" + what + "_total", value, AtomicLong::doubleValue)
        .description(description)
        .tag("stream", stream)
        .register(registry);
  }

  void read(int rows) {
    read.addAndGet(rows);
  }

  void deadLettered(int rows) {
    deadLettered.addAndGet(rows);
  }

  void pending(long rows) {
    pending.set(rows);
  }

  void missed(long records) {
    missed.addAndGet(records);
  }

  void committed(long rows, long nanos) {
    committed.addAndGet(rows);
    pending.set(0);
    commits.record(nanos, TimeUnit.NANOSECONDS);
  }

  void commitFailed() {
    commitFailures.increment();
  }

  /** Takes rows back that were read and will be read again. */
  void returned(long rows) {
    returned.addAndGet(rows);
    pending.set(0);
  }
}

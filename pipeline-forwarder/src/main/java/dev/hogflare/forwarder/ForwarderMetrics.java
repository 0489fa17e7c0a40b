// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import dev.hogflare.contract.ErrorCode;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What one stream counts.
 *
 * <p>At rest, and with {@code rows_in_flight} measured where the rows are and not derived:
 *
 * <pre>received = delivered + dead_lettered + returned + in flight</pre>
 *
 * <p>{@code returned} are rows that were given up unfinished because their partition went to
 * another instance or the forwarder stopped; whoever has the partition next reads them again. It
 * stays 0 as long as neither happens. A row that was sent twice counts as delivered once by each
 * who received it.
 */
final class ForwarderMetrics {
  /** The reasons for which the forwarder writes a dead letter. */
  private static final List<ErrorCode> CODES =
      List.of(
          ErrorCode.SCHEMA_VIOLATION,
          ErrorCode.ROW_TOO_LARGE,
          ErrorCode.REFUSED_BY_SINK,
          ErrorCode.INTERNAL);

  private final MeterRegistry registry;
  private final String stream;
  private final AtomicLong received = new AtomicLong();
  private final AtomicLong delivered = new AtomicLong();
  private final AtomicLong returned = new AtomicLong();
  private final AtomicLong inFlight = new AtomicLong();
  private final Map<ErrorCode, AtomicLong> deadLettered = new EnumMap<>(ErrorCode.class);
  private final Counter bytesSent;
  private final Counter failedCommits;

  /** Registers the meters of a stream. */
  ForwarderMetrics(MeterRegistry registry, RowStream rows, StreamStatus status) {
    this.registry = registry;
    stream = rows.text();
    count("hogflare_forwarder_rows_received_total", "Rows read from the topic.", received);
    count("hogflare_forwarder_rows_delivered_total", "Rows that the sink accepted.", delivered);
    count(
        "hogflare_forwarder_rows_returned_total",
        "Rows given up at a rebalance or stop, to be read again.",
        returned);
    for (ErrorCode code : CODES) {
      AtomicLong rowsOfCode = new AtomicLong();
      deadLettered.put(code, rowsOfCode);
      FunctionCounter.builder(
              "hogflare_forwarder_rows_dead_lettered_total", rowsOfCode, AtomicLong::doubleValue)
          .description("Rows written to the dead letters.")
          .tag("stream", stream)
          .tag("code", code.text())
          .register(registry);
    }
    Gauge.builder("hogflare_forwarder_rows_in_flight", inFlight, AtomicLong::doubleValue)
        .description("Rows read and not finished.")
        .tag("stream", stream)
        .register(registry);
    Gauge.builder("hogflare_forwarder_lag_rows", status, s -> s.lag().orElse(0))
        .description("Rows on the topic that are not finished, of this instance's partitions.")
        .tag("stream", stream)
        .register(registry);
    Gauge.builder("hogflare_forwarder_up", status, s -> s.health().up() ? 1 : 0)
        .description("1 if the stream delivers, 0 if it needs an operator.")
        .tag("stream", stream)
        .register(registry);
    bytesSent =
        Counter.builder("hogflare_forwarder_bytes_sent_total")
            .description("Bytes of all requests' bodies, repeated ones included.")
            .tag("stream", stream)
            .register(registry);
    failedCommits =
        Counter.builder("hogflare_forwarder_failed_commits_total")
            .description("Offset commits that failed; the next one covers them.")
            .tag("stream", stream)
            .register(registry);
  }

  private void count(String name, String description, AtomicLong value) {
    FunctionCounter.builder(name, value, AtomicLong::doubleValue)
        .description(description)
        .tag("stream", stream)
        .register(registry);
  }

  void received() {
    received.incrementAndGet();
  }

  void delivered(int rows) {
    delivered.addAndGet(rows);
  }

  void deadLettered(ErrorCode code) {
    deadLettered.get(code).incrementAndGet();
  }

  void returned(int rows) {
    returned.addAndGet(rows);
  }

  void inFlight(int rows) {
    inFlight.set(rows);
  }

  void commitFailed() {
    failedCommits.increment();
  }

  void request(Outcome outcome, int bytes, long nanos) {
    bytesSent.increment(bytes);
    Timer.builder("hogflare_forwarder_request_seconds")
        .description("Requests to the sink by outcome.")
        .tag("stream", stream)
        .tag("outcome", outcome.text())
        .register(registry)
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Returns the counts of this moment. */
  StreamProgress progress(StreamStatus status) {
    return new StreamProgress(
        received.get(),
        delivered.get(),
        deadLettered.values().stream().mapToLong(AtomicLong::get).sum(),
        returned.get(),
        inFlight.get(),
        status.lag());
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import dev.hogflare.runtime.Health;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * Tells an operator how one stream is.
 *
 * <p>Safe for concurrent use: the stream's loop writes, anybody reads.
 */
final class StreamStatus {
  /** How long Kafka may be away before that counts. */
  private static final long PATIENCE = Duration.ofSeconds(30).toNanos();

  private final RowStream stream;
  private final List<SinkStatus> sinks;
  private final LongSupplier ticker;

  private String stopped = "";
  private boolean joined;
  private long measuredAt;
  private OptionalLong lag = OptionalLong.empty();

  /**
   * Creates the status of a stream that has not begun.
   *
   * @param ticker nanoseconds of any steady clock
   */
  StreamStatus(RowStream stream, LongSupplier ticker) {
    this(stream, stream, 1, ticker);
  }

  /**
   * Creates the status of a stream that has not begun.
   *
   * @param sink the stream whose endpoints the rows are posted to
   * @param endpoints how many there are
   * @param ticker nanoseconds of any steady clock
   */
  StreamStatus(RowStream stream, RowStream sink, int endpoints, LongSupplier ticker) {
    this.stream = stream;
    List<SinkStatus> all = new ArrayList<>();
    for (int number = 1; number <= endpoints; number++) {
      String which = endpoints == 1 ? "" : " (endpoint " + number + " of " + endpoints + ")";
      all.add(new SinkStatus(stream, sink, which, ticker));
    }
    sinks = List.copyOf(all);
    this.ticker = ticker;
  }

  /** Returns how one of its endpoints is, from 0. */
  SinkStatus sink(int endpoint) {
    return sinks.get(endpoint);
  }

  /** The loop has its partitions. */
  synchronized void joined() {
    stopped = "";
    joined = true;
    measuredAt = ticker.getAsLong();
  }

  /** The lag was measured, so that Kafka is there. */
  synchronized void measured(long rows) {
    lag = OptionalLong.of(rows);
    measuredAt = ticker.getAsLong();
  }

  /** The loop has ended against its will. */
  synchronized void stopped(String sentence) {
    stopped = sentence;
    joined = false;
    lag = OptionalLong.empty();
  }

  /** Returns the rows that are not finished, if they were counted since the loop began. */
  synchronized OptionalLong lag() {
    return lag;
  }

  /** Returns how the stream is. */
  synchronized Health health() {
    long now = ticker.getAsLong();
    if (!stopped.isEmpty()) {
      return Health.down(stopped);
    }
    for (SinkStatus sink : sinks) {
      Optional<Health> halted = sink.halted();
      if (halted.isPresent()) {
        return halted.get();
      }
    }
    if (!joined) {
      return Health.down(
          "The "
              + stream.text()
              + " stream has not joined its consumer group yet; if that lasts, check"
              + " KAFKA_BOOTSTRAP_SERVERS and that the brokers run.");
    }
    if (now - measuredAt >= PATIENCE) {
      return Health.down(
          "The "
              + stream.text()
              + " stream has not reached Kafka for "
              + Duration.ofNanos(now - measuredAt).toSeconds()
              + " s; check that the brokers run.");
    }
    for (SinkStatus sink : sinks) {
      Optional<Health> problem = sink.problem();
      if (problem.isPresent()) {
        return problem.get();
      }
    }
    return Health.up("The " + stream.text() + " stream delivers.");
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import dev.hogflare.runtime.Health;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells an operator how one stream is, in health answers and in one log line for each incident.
 *
 * <p>Safe for concurrent use: the stream's loop writes, anybody reads.
 */
final class StreamStatus {
  private static final Logger LOG = LoggerFactory.getLogger(StreamStatus.class);

  /** How long something may fail before it counts as broken and is logged again. */
  private static final long PATIENCE = Duration.ofSeconds(30).toNanos();

  /** How many rows may be refused one after another before that looks like a wrong stream. */
  private static final int REFUSALS = 100;

  private final RowStream stream;
  private final RowStream sink;
  private final LongSupplier ticker;

  private String stopped = "";
  private String halted = "";
  private boolean joined;
  private long measuredAt;
  private OptionalLong lag = OptionalLong.empty();
  private String failure = "";
  private long failingSince;
  private boolean logged;
  private long loggedAt;
  private int refusedInARow;

  /**
   * Creates the status of a stream that has not begun.
   *
   * @param ticker nanoseconds of any steady clock
   */
  StreamStatus(RowStream stream, LongSupplier ticker) {
    this(stream, stream, ticker);
  }

  /**
   * Creates the status of a stream that has not begun.
   *
   * @param sink the stream whose endpoint the rows are posted to
   * @param ticker nanoseconds of any steady clock
   */
  StreamStatus(RowStream stream, RowStream sink, LongSupplier ticker) {
    this.stream = stream;
    this.sink = sink;
    this.ticker = ticker;
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

  /** The sink accepted rows. */
  synchronized void accepted() {
    if (!halted.isEmpty() || failingForLong()) {
      LOG.info("The {} stream delivers again.", stream.text());
    }
    halted = "";
    failure = "";
    refusedInARow = 0;
  }

  /** A request failed and will be repeated. */
  synchronized void failed(Outcome outcome) {
    long now = ticker.getAsLong();
    if (failure.isEmpty()) {
      failingSince = now;
    }
    failure = outcome.describe();
    // By time alone, as a sink that takes every other request would otherwise fill the log.
    if (!logged || now - loggedAt >= PATIENCE) {
      logged = true;
      loggedAt = now;
      LOG.warn(
          "The sink of the {} stream {}; the batch is sent again until it is taken.",
          stream.text(),
          failure);
    }
  }

  /** The sink answered, and not that it does not want us. */
  synchronized void admitted() {
    halted = "";
    failure = "";
  }

  /** The sink does not want us. */
  synchronized void halted(Decision.Halt halt, Duration probe) {
    String sentence =
        "The "
            + stream.text()
            + " stream is stopped because its sink "
            + new Outcome.Denied(halt.status(), halt.detail()).describe()
            + "; "
            + sink.fix(halt)
            + ". Nothing is skipped; one batch is tried every "
            + probe.toSeconds()
            + " s.";
    if (!sentence.equals(halted)) {
      LOG.error(sentence);
    }
    halted = sentence;
  }

  /** The sink refused a row that it was sent alone. */
  synchronized void refused() {
    admitted();
    refusedInARow++;
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
    if (!halted.isEmpty()) {
      return Health.down(halted);
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
    if (failingForLong()) {
      return Health.down(
          "The "
              + stream.text()
              + " stream delivers nothing since "
              + Duration.ofNanos(now - failingSince).toSeconds()
              + " s because its sink "
              + failure
              + "; check the sink and "
              + sink.endpointVariable()
              + ".");
    }
    if (refusedInARow >= REFUSALS) {
      return Health.down(
          "The sink of the "
              + stream.text()
              + " stream refused the last "
              + refusedInARow
              + " rows one by one; check that "
              + sink.endpointVariable()
              + " names the stream of this schema, then send the dead letters again.");
    }
    return Health.up("The " + stream.text() + " stream delivers.");
  }

  private boolean failingForLong() {
    return !failure.isEmpty() && ticker.getAsLong() - failingSince >= PATIENCE;
  }
}

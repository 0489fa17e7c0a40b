// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import dev.hogflare.runtime.Health;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells an operator how one endpoint of a stream is, in health answers and in one log line for each
 * incident.
 *
 * <p>Safe for concurrent use: the stream's loop writes, anybody reads.
 */
final class SinkStatus {
  private static final Logger LOG = LoggerFactory.getLogger(SinkStatus.class);

  /** How long something may fail before it counts as broken and is logged again. */
  private static final long PATIENCE = Duration.ofSeconds(30).toNanos();

  /** How many rows may be refused one after another before that looks like a wrong stream. */
  private static final int REFUSALS = 100;

  private final RowStream stream;
  private final RowStream sink;
  private final String which;
  private final LongSupplier ticker;

  private String halted = "";
  private String failure = "";
  private long failingSince;
  private boolean logged;
  private long loggedAt;
  private int refusedInARow;

  /**
   * Creates the status of an endpoint that was not asked yet.
   *
   * @param sink the stream whose endpoint the rows are posted to
   * @param which tells it from the stream's other endpoints, with a blank before; empty if there is
   *     none
   * @param ticker nanoseconds of any steady clock
   */
  SinkStatus(RowStream stream, RowStream sink, String which, LongSupplier ticker) {
    this.stream = stream;
    this.sink = sink;
    this.which = which;
    this.ticker = ticker;
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
          "The sink{} of the {} stream {}; the batch is sent again until it is taken.",
          which,
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
            + " stream is stopped because its sink"
            + which
            + " "
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

  /** Returns that the sink does not want us, if so. */
  synchronized Optional<Health> halted() {
    return halted.isEmpty() ? Optional.empty() : Optional.of(Health.down(halted));
  }

  /** Returns what an operator has to look at, if anything. */
  synchronized Optional<Health> problem() {
    long now = ticker.getAsLong();
    if (!halted.isEmpty()) {
      return Optional.of(Health.down(halted));
    }
    if (failingForLong()) {
      return Optional.of(
          Health.down(
              "The "
                  + stream.text()
                  + " stream delivers nothing since "
                  + Duration.ofNanos(now - failingSince).toSeconds()
                  + " s because its sink"
                  + which
                  + " "
                  + failure
                  + "; check the sink and "
                  + sink.endpointVariable()
                  + "."));
    }
    if (refusedInARow >= REFUSALS) {
      return Optional.of(
          Health.down(
              "The sink of the "
                  + stream.text()
                  + " stream"
                  + which
                  + " refused the last "
                  + refusedInARow
                  + " rows one by one; check that "
                  + sink.endpointVariable()
                  + " names the stream of this schema, then send the dead letters again."));
    }
    return Optional.empty();
  }

  private boolean failingForLong() {
    return !failure.isEmpty() && ticker.getAsLong() - failingSince >= PATIENCE;
  }
}

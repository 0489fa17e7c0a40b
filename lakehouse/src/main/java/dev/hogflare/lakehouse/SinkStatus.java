// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import dev.hogflare.runtime.Health;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.function.LongSupplier;

/**
 * Tells an operator how one table of the direct sink is.
 *
 * <p>Safe for concurrent use: the table's loop writes, anybody reads.
 */
final class SinkStatus {
  /** How long something may fail before it counts as broken. */
  private static final long PATIENCE = Duration.ofSeconds(30).toNanos();

  private final String stream;
  private final LongSupplier ticker;
  private String stopped = "";
  private String failure = "";
  private long failingSince;
  private boolean reads;
  private long commits;
  private OptionalLong lag = OptionalLong.empty();

  /**
   * Creates the status of a table that is not read for yet.
   *
   * @param ticker nanoseconds of any steady clock
   */
  SinkStatus(SinkStream stream, LongSupplier ticker) {
    this.stream = stream.text();
    this.ticker = ticker;
  }

  /** The table is ours and its topics are read. */
  synchronized void reads() {
    reads = true;
    stopped = "";
  }

  synchronized void lag(OptionalLong records) {
    lag = records;
  }

  synchronized OptionalLong lag() {
    return lag;
  }

  /** Rows reached the table. */
  synchronized void committed() {
    failure = "";
    commits++;
  }

  /** Returns how often rows or offsets reached the table since the start. */
  synchronized long commits() {
    return commits;
  }

  /** Something failed that is tried again. */
  synchronized void failed(String sentence) {
    if (failure.isEmpty()) {
      failingSince = ticker.getAsLong();
    }
    failure = sentence;
  }

  /** Nothing is done any more. */
  synchronized void stopped(String sentence) {
    stopped = sentence;
    reads = false;
    lag = OptionalLong.empty();
  }

  synchronized Health health() {
    if (!stopped.isEmpty()) {
      return Health.down(stopped);
    }
    if (!failure.isEmpty() && ticker.getAsLong() - failingSince >= PATIENCE) {
      return Health.down("The " + stream + " do not reach their table: " + failure);
    }
    return reads
        ? Health.up("The " + stream + " reach their table.")
        : Health.down(
            "The "
                + stream
                + " are not read yet; if that lasts, check KAFKA_BOOTSTRAP_SERVERS and"
                + " HOGFLARE_ICEBERG_CATALOG.");
  }
}

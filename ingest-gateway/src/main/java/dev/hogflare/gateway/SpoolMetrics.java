// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Counts the items that wait on disk for Kafka.
 *
 * <pre>found + spooled = drained + lost + waiting</pre>
 *
 * <p><i>Found</i> were left by an earlier process, which counted them as spooled. Of the
 * <i>drained</i>, those that the brokers' limit refused became dead letters (<i>too_large</i>). An
 * item is an event, a part of a recording or a dead letter.
 */
final class SpoolMetrics {
  private static final String PREFIX = "hogflare_gateway_spool_";

  private final MeterRegistry registry;
  private final Counter found;
  private final Counter spooled;
  private final Counter drained;
  private final Counter tooLarge;
  private final Counter lost;
  private final AtomicLong waiting = new AtomicLong();

  SpoolMetrics(MeterRegistry registry) {
    this.registry = registry;
    found = counter("found_total", "Items that an earlier process left in the spool.");
    spooled = counter("spooled_total", "Items that were written into the spool.");
    drained = counter("drained_total", "Items of the spool that Kafka acknowledged.");
    tooLarge =
        counter(
            "too_large_total",
            "Items of the spool that became dead letters, larger than the brokers take.");
    lost = counter("lost_total", "Items of the spool that the disk did not give back.");
  }

  private Counter counter(String name, String description) {
    return Counter.builder(PREFIX + name).description(description).register(registry);
  }

  /** Shows what changes by itself. */
  void show(Spool spool, long maxBytes) {
    gauge("waiting", "Items that wait in the spool.", waiting::get);
    gauge("active", "1 while events go into the spool.", () -> spool.isActive() ? 1 : 0);
    gauge("bytes", "Bytes of disk that the spool takes.", spool::bytes);
    gauge("max_bytes", "Bytes of disk that the spool may take.", () -> maxBytes);
    gauge("damaged", "Requests in the spool that cannot be read.", spool::lostFrames);
  }

  private void gauge(String name, String description, Supplier<Number> value) {
    Gauge.builder(PREFIX + name, value).description(description).register(registry);
  }

  /** Counts what an earlier process left. */
  void found(long items) {
    found.increment(items);
    waiting.addAndGet(items);
  }

  /** Counts items that are on disk now. */
  void spooled(int items) {
    spooled.increment(items);
    waiting.addAndGet(items);
  }

  /** Counts items that are on Kafka now. */
  void drained(int items) {
    drained.increment(items);
    waiting.addAndGet(-items);
  }

  /** Counts an item whose place a dead letter took, because it is larger than the brokers take. */
  void tooLarge() {
    tooLarge.increment();
  }

  /** Says that nothing is left to read; what was counted and never came is lost. */
  void nothingWaits() {
    lost.increment(waiting.getAndSet(0));
  }

  /** Returns how many items wait. */
  long waiting() {
    return waiting.get();
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * Counts the events of historical batches on their way out of the lane.
 *
 * <p>Over all gateways, when nothing waits and none was killed:
 *
 * <pre>{@code hogflare_gateway_events_historical_total} = moved</pre>
 *
 * <p>Of the <i>moved</i>, those that the brokers' limit refused became dead letters
 * (<i>too_large</i>).
 */
final class HistoricalMetrics {
  private static final String PREFIX = "hogflare_gateway_historical_";

  private final Counter moved;
  private final Counter tooLarge;
  private volatile double waiting;
  private volatile boolean held;

  HistoricalMetrics(MeterRegistry registry) {
    moved =
        Counter.builder(PREFIX + "moved_total")
            .description("Events of historical batches that are among the raw events now.")
            .register(registry);
    tooLarge =
        Counter.builder(PREFIX + "too_large_total")
            .description(
                "Events of historical batches that became dead letters, larger than the brokers"
                    + " take.")
            .register(registry);
    Gauge.builder(PREFIX + "waiting", this, m -> m.waiting)
        .description(
            "Events of historical batches that wait, at all gateways together; NaN if the gateway is"
                + " not allowed to know it.")
        .register(registry);
    Gauge.builder(PREFIX + "held", this, m -> m.held ? 1 : 0)
        .description("1 while they wait because live events queue.")
        .register(registry);
  }

  /** Says how much waits (NaN if it is not known), and whether it has to. */
  void seen(double nowWaiting, boolean nowHeld) {
    waiting = nowWaiting;
    held = nowHeld;
  }

  /** Counts events that have their places among the raw events now. */
  void moved(int events) {
    moved.increment(events);
  }

  /** Counts an event whose place a dead letter took, because it is larger than the brokers take. */
  void tooLarge() {
    tooLarge.increment();
  }
}

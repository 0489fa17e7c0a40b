// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.ErrorCode;
import dev.hogflare.wire.Refusal;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;

/**
 * Counts what becomes of every item that reaches the gateway.
 *
 * <p>When no request is under way:
 *
 * <pre>received = stored + rejected + filtered + dead_lettered</pre>
 *
 * <p>An item is an event, also one that was split off another, or a part of a recording. A request
 * whose body cannot be read counts as one item. <i>Stored</i> and <i>dead-lettered</i> items are
 * those of requests that were answered with success, whether they are on Kafka or wait for it in
 * the spool; all items of a request that was answered with an error are <i>rejected</i>, since its
 * client knows and may send it again.
 */
final class GatewayMetrics {
  private static final String PREFIX = "hogflare_gateway_";

  private final MeterRegistry registry;
  private final Counter received;
  private final Counter stored;
  private final Counter filtered;
  private final Counter claims;
  private final Counter overflowed;
  private final Counter historical;
  private final Timer acknowledgement;
  private final Map<ErrorCode, Counter> deadLettered = new EnumMap<>(ErrorCode.class);
  private final Map<ErrorCode, Counter> rejectedItems = new EnumMap<>(ErrorCode.class);
  private final Map<Refusal, Counter> rejectedRequests = new EnumMap<>(Refusal.class);
  private final Map<Integer, Counter> answers = new ConcurrentHashMap<>();

  GatewayMetrics(MeterRegistry registry) {
    this.registry = registry;
    received = counter("events_received_total", "Items that reached the gateway.");
    stored =
        counter(
            "events_stored_total", "Items that Kafka acknowledged, or that wait for it on disk.");
    filtered = counter("events_filtered_total", "Items that are left out on purpose.");
    claims = counter("claims_total", "Claims on distinct ids that Kafka acknowledged; no items.");
    overflowed =
        counter(
            "events_overflowed_total", "Items too many of their sender, stored without person.");
    historical =
        counter(
            "events_historical_total",
            "Items of historical batches, stored in their lane until they are moved.");
    acknowledgement =
        Timer.builder(PREFIX + "acknowledgement_seconds")
            .description("Time from the first send of a request to its last acknowledgement.")
            .register(registry);
    for (ErrorCode code : ErrorCode.values()) {
      deadLettered.put(
          code,
          Counter.builder(PREFIX + "events_dead_lettered_total")
              .description("Unusable items beside usable ones.")
              .tag("code", code.text())
              .register(registry));
      rejectedItems.put(code, rejected(code.text()));
    }
    for (Refusal refusal : Refusal.values()) {
      rejectedRequests.put(refusal, rejected(refusal.text()));
    }
  }

  private Counter counter(String name, String description) {
    return Counter.builder(PREFIX + name).description(description).register(registry);
  }

  private Counter rejected(String reason) {
    return Counter.builder(PREFIX + "events_rejected_total")
        .description("Items of requests that were answered with an error.")
        .tag("reason", reason)
        .register(registry);
  }

  /** Shows a number that changes by itself. */
  <T> void gauge(String name, String description, T source, ToDoubleFunction<T> value) {
    Gauge.builder(PREFIX + name, source, value).description(description).register(registry);
  }

  /** Counts items that reached the gateway. */
  void received(int items) {
    received.increment(items);
  }

  /** Counts items that are safe. */
  void stored(int items) {
    stored.increment(items);
  }

  /** Counts claims that Kafka acknowledged, which are no items. */
  void claimed(int acknowledged) {
    claims.increment(acknowledged);
  }

  /** Counts an item that is one too many of its sender. */
  void overflowed() {
    overflowed.increment();
  }

  /** Counts items of historical batches; they are stored ones too. */
  void historical(int items) {
    historical.increment(items);
  }

  /** Counts items that are left out on purpose. */
  void filtered(int items) {
    filtered.increment(items);
  }

  /** Counts an unusable item whose dead letter Kafka acknowledged. */
  void deadLettered(ErrorCode code) {
    deadLettered.get(code).increment();
  }

  /** Counts an item that its client was told is unusable. */
  void rejected(ErrorCode code) {
    rejectedItems.get(code).increment();
  }

  /** Counts the items of a request that was refused as a whole. */
  void rejected(Refusal refusal, int items) {
    rejectedRequests.get(refusal).increment(items);
  }

  /** Remembers how long a request waited for Kafka. */
  void acknowledged(long nanos) {
    acknowledgement.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Counts a request by the status of its answer. */
  void answered(int status) {
    answers
        .computeIfAbsent(
            status,
            s ->
                Counter.builder(PREFIX + "requests_total")
                    .description("Requests by the status of their answers.")
                    .tag("status", Integer.toString(s))
                    .register(registry))
        .increment();
  }

  /** Returns how many items were stored since the start. */
  long storedSoFar() {
    return (long) stored.count();
  }
}

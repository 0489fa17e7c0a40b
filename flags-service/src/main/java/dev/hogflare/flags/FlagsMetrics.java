// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;

/**
 * What the flags-service counts.
 *
 * <p>Of the requests for flags, {@code hogflare_flags_requests_total} is the sum over its outcomes:
 * {@code evaluated}, {@code empty} (flags disabled, or no distinct id), {@code limited} (quota),
 * {@code refused} (any answer but 200) and {@code plain} (every other path). Each evaluated request
 * adds one to {@code hogflare_flags_evaluations_total} for each flag of its answer.
 */
final class FlagsMetrics {
  /** Flags that get a label of their own; the rest share one, so that the metrics stay bounded. */
  private static final int MAX_FLAGS = 500;

  private static final String OTHER = "_other";
  private static final Duration[] BOUNDS = {
    Duration.ofNanos(250_000),
    Duration.ofNanos(500_000),
    Duration.ofMillis(1),
    Duration.ofNanos(2_500_000),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(25),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(500),
    Duration.ofSeconds(1)
  };

  private final MeterRegistry registry;
  private final Set<String> flags = ConcurrentHashMap.newKeySet();
  private final Counter[] requests = new Counter[Outcome.values().length];
  private final ConcurrentMap<String, Counter> lookups = new ConcurrentHashMap<>();
  private final Timer latency;
  private final Counter reloads;
  private final Counter brokenReloads;
  private final Counter stickyStored;
  private final Counter stickyFailed;

  /** What became of a request. */
  enum Outcome {
    EVALUATED,
    EMPTY,
    LIMITED,
    REFUSED,
    PLAIN
  }

  /** Counts how often a flag had one outcome. */
  @FunctionalInterface
  interface OutcomeCount {
    /** Adds one. */
    void increment();
  }

  FlagsMetrics(MeterRegistry registry) {
    this.registry = registry;
    for (Outcome outcome : Outcome.values()) {
      requests[outcome.ordinal()] =
          Counter.builder("hogflare_flags_requests_total")
              .description("Requests, by what became of them.")
              .tag("outcome", lower(outcome))
              .register(registry);
    }
    latency =
        Timer.builder("hogflare_flags_request_seconds")
            .description("Time from the arrival of a request for flags to its answer.")
            .serviceLevelObjectives(BOUNDS)
            .register(registry);
    reloads = reload("taken");
    brokenReloads = reload("refused");
    stickyStored = sticky("stored");
    stickyFailed = sticky("failed");
  }

  private Counter reload(String result) {
    return Counter.builder("hogflare_flags_definitions_total")
        .description("Documents of flags that were read, by whether they were taken.")
        .tag("result", result)
        .register(registry);
  }

  private Counter sticky(String result) {
    return Counter.builder("hogflare_flags_sticky_ids_total")
        .description("Ids of experience continuity that were to be stored.")
        .tag("result", result)
        .register(registry);
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  /** Counts a request. */
  void request(Outcome outcome) {
    requests[outcome.ordinal()].increment();
  }

  /** Notes how long a request for flags took. */
  void took(long nanos) {
    latency.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Counts a document that was read. */
  void definitions(boolean taken) {
    (taken ? reloads : brokenReloads).increment();
  }

  /** Counts ids that were to be stored. */
  void sticky(boolean stored, int count) {
    (stored ? stickyStored : stickyFailed).increment(count);
  }

  /** Counts a lookup. */
  void lookup(String kind, String outcome) {
    lookups
        .computeIfAbsent(
            kind + outcome,
            key ->
                Counter.builder("hogflare_flags_lookups_total")
                    .description("Lookups of stored state, by what they came to.")
                    .tag("kind", kind)
                    .tag("outcome", outcome)
                    .register(registry))
        .increment();
  }

  /** Returns the counter of one outcome of one flag. */
  OutcomeCount outcome(FlagResult result) {
    String flag = result.key();
    if (!flags.contains(flag)) {
      if (flags.size() >= MAX_FLAGS) {
        flag = OTHER;
      } else {
        flags.add(flag);
      }
    }
    String value = "false";
    if (result.failed()) {
      value = "failed";
    } else if (result.variant().isPresent()) {
      value = "variant";
    } else if (result.enabled()) {
      value = "true";
    }
    Counter counter =
        Counter.builder("hogflare_flags_evaluations_total")
            .description("Flags that were answered, by value and reason.")
            .tag("flag", flag)
            .tag("result", value)
            .tag("reason", result.reason().code())
            .register(registry);
    return counter::increment;
  }
}

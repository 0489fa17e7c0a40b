// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import dev.hogflare.contract.RowSchema;
import dev.hogflare.standalone.LocalPipeline;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Measures the whole pipeline, from HTTP requests to rows committed in the lake. */
final class PipelineBench {
  private static final int BATCH = 50;
  private static final int CONNECTIONS = 16;

  /** Events that may wait for the person-processor: with more, latency measures the queue. */
  private static final long MOST_WAITING = 6_000;

  /** Events that may be anywhere on their way to the lake, which commits every few seconds. */
  private static final long MOST_UNCOMMITTED = 500_000;

  private static final Duration DRAIN_PATIENCE = Duration.ofMinutes(5);

  private final Path folder;
  private final EventTemplate template;
  private final Duration time;

  PipelineBench(Path folder, EventTemplate template, Duration time) {
    this.folder = folder;
    this.template = template;
    this.time = time;
  }

  /**
   * What the pipeline achieved.
   *
   * @param events accepted during the load
   * @param seconds from the first request until the last row was committed
   * @param coreMicros processor time for each event by stage
   * @param p50Millis the time from the gateway to the topic of events, of half of them
   * @param p99Millis the same, of 99 of 100
   * @param peakMegabytes the most memory that the process held, load generator included
   */
  record Result(
      long events,
      double seconds,
      Map<String, Double> coreMicros,
      double p50Millis,
      double p99Millis,
      long peakMegabytes) {
    double perSecond() {
      return events / seconds;
    }
  }

  /** Loads the pipeline at the rate that it takes, then waits until every row is in the lake. */
  Result run() throws Exception {
    try (LocalPipeline pipeline = LocalPipeline.create(folder, Map.of("APP_ADDR", "127.0.0.1:0"))) {
      pipeline.start();
      AtomicLong numbers = new AtomicLong(1L << 40);
      long first = numbers.get();
      HttpLoad load =
          new HttpLoad(
              pipeline.gateway().getPort(),
              CONNECTIONS,
              seed -> LoadRequest.batch(template, BATCH, seed),
              numbers,
              () -> {
                long sent = numbers.get() - first;
                return sent - count(pipeline, "hogflare_person_rows_total") < MOST_WAITING
                    && sent - committed(pipeline) < MOST_UNCOMMITTED;
              });
      HttpLoad.Result warmUp = load.run(Duration.ofSeconds(15));
      awaitRows(pipeline, warmUp.sample().count());
      LatencyProbe probe = new LatencyProbe(pipeline.bootstrapServers());
      StageClock clock = new StageClock();
      long start = System.nanoTime();
      HttpLoad.Result result = load.run(time);
      long events = result.sample().count();
      long[] latencies = probe.finish();
      awaitRows(pipeline, warmUp.sample().count() + events);
      double seconds = (System.nanoTime() - start) / 1e9;
      Map<String, Double> stages = new TreeMap<>();
      clock.lap().forEach((stage, nanos) -> stages.put(stage, nanos / 1e3 / events));
      return new Result(
          events,
          seconds,
          stages,
          latencies[latencies.length / 2] / 1e3,
          latencies[(int) (latencies.length * 99L / 100)] / 1e3,
          Machine.peakMegabytes());
    }
  }

  private static long count(LocalPipeline pipeline, String counter) {
    return (long) pipeline.registry().get(counter).counter().count();
  }

  private static long committed(LocalPipeline pipeline) {
    return (long)
        pipeline
            .registry()
            .get("hogflare_lake_rows_committed_total")
            .tag("table", RowSchema.EVENTS.name())
            .counter()
            .count();
  }

  private static void awaitRows(LocalPipeline pipeline, long rows) {
    long deadline = System.nanoTime() + DRAIN_PATIENCE.toNanos();
    while (committed(pipeline) < rows) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "Only " + committed(pipeline) + " of " + rows + " rows are in the lake.");
      }
      LockSupport.parkNanos(100_000_000);
    }
  }
}

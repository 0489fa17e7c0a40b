// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import dev.hogflare.contract.Topics;
import dev.hogflare.gateway.Gateway;
import dev.hogflare.gateway.GatewayConfig;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.TopicProvisioner;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Measures the gateway against a bare producer, and against a bare handler of the same web server.
 */
final class GatewayBench implements AutoCloseable {
  private static final int PARTITIONS = 4;
  private static final int BATCH = 50;
  private static final int BATCH_CONNECTIONS = 64;
  private static final byte[] ANSWER = "{\"status\":1}".getBytes(StandardCharsets.UTF_8);

  private final AtomicLong numbers = new AtomicLong(1L << 32);
  private final EventTemplate template;
  private final Duration time;
  private final KafkaSettings kafka;
  private final Topics topics = new Topics("bench-gateway.");
  private final Gateway gateway;
  private final BareServer bare;

  GatewayBench(KafkaSettings kafka, EventTemplate template, Duration time) {
    this.kafka = kafka;
    this.template = template;
    this.time = time;
    new TopicProvisioner(kafka, Duration.ofMinutes(1)).ensure(topics.all(), PARTITIONS, 1);
    Settings settings = new Settings(Map.of("APP_ADDR", "127.0.0.1:0"));
    GatewayConfig config = GatewayConfig.from(settings);
    settings.check();
    gateway = new Gateway(config, kafka, topics, new SimpleMeterRegistry(), Optional.empty());
    gateway.start();
    bare = new BareServer("/capture/", ANSWER);
  }

  /** Returns the events that a bare idempotent producer sends: the same records. */
  Sample producer() throws Exception {
    try (RawLog log = new RawLog(kafka, topics.eventsRaw().name())) {
      long from = numbers.get();
      return Sample.of(
          () -> {
            long end = System.nanoTime() + time.toNanos();
            long n = from;
            while (System.nanoTime() < end) {
              n += log.write(n, n + 10_000, template::raw);
            }
            return n - from;
          });
    }
  }

  /** Returns what the gateway achieves with batches. */
  HttpLoad.Result batches() throws Exception {
    return new HttpLoad(
            gateway.port(),
            BATCH_CONNECTIONS,
            seed -> LoadRequest.batch(template, BATCH, seed),
            numbers)
        .run(time);
  }

  /** Returns what the gateway achieves with single events. */
  HttpLoad.Result singles(int connections) throws Exception {
    return single(gateway.port(), connections);
  }

  /** Returns what a handler achieves that reads the body and answers. */
  HttpLoad.Result bareSingles(int connections) throws Exception {
    return single(bare.port(), connections);
  }

  private HttpLoad.Result single(int port, int connections) throws Exception {
    return new HttpLoad(port, connections, seed -> LoadRequest.single(template, seed), numbers)
        .run(time);
  }

  /** Returns the load with the middle rate of several, run in turn with the others. */
  static List<HttpLoad.Result> medians(List<Callable<HttpLoad.Result>> loads, int times)
      throws Exception {
    List<List<HttpLoad.Result>> results = new ArrayList<>();
    loads.forEach(load -> results.add(new ArrayList<>()));
    for (int i = 0; i < times; i++) {
      for (int l = 0; l < loads.size(); l++) {
        results.get(l).add(loads.get(l).call());
      }
    }
    return results.stream()
        .map(
            all ->
                all.stream()
                    .sorted(Comparator.comparingDouble(HttpLoad.Result::requestsPerSecond))
                    .toList()
                    .get(times / 2))
        .toList();
  }

  @Override
  public void close() {
    bare.close();
    gateway.close();
  }
}

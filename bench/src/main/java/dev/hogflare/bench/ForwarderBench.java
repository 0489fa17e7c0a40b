// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import dev.hogflare.contract.Topics;
import dev.hogflare.forwarder.Forwarder;
import dev.hogflare.forwarder.ForwarderConfig;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.TopicProvisioner;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Measures the forwarder: a backlog of rows into a sink that takes everything, against a bare HTTP
 * client that posts the same bytes from memory; and into a sink with a bound on bytes a second.
 */
final class ForwarderBench {
  private static final int PARTITIONS = 4;
  private static final int IN_FLIGHT = 4;
  private static final int BATCH_BYTES = 1_000_000;
  private static final int ROWS_OF_A_BATCH = 5_000;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final KafkaSettings kafka;
  private final long rows;
  private final AtomicLong runs = new AtomicLong();

  /** Prepares topics for so many rows; nothing is written yet. */
  ForwarderBench(KafkaSettings kafka, long rows) {
    this.kafka = kafka;
    this.rows = rows;
  }

  /**
   * What a paced run showed.
   *
   * @param bytesPerSecond what arrived, from the first request to the last
   * @param mostInASecond the most that arrived within any second
   * @param refused requests that were over the sink's bound
   */
  record Paced(double bytesPerSecond, long mostInASecond, long refused) {}

  private static byte[] row(long number) {
    return ("{\"uuid\":\"0192f000-0000-7000-8000-%012x\",\"source\":\"posthog\",\"event\":\"$pageview\","
            + "\"distinct_id\":\"user-%d\",\"timestamp\":\"2026-11-21T10:00:00.123456Z\","
            + "\"created_at\":\"2026-11-21T10:00:01.123456Z\",\"properties\":{\"$browser\":\"Chrome\","
            + "\"$current_url\":\"https://app.example.com/projects/%d/insights?tab=%d\",\"$lib\":\"web\","
            + "\"$referrer\":\"https://www.example.org/\",\"$session_id\":\"0192f000-1111-7000-8000-%012x\","
            + "\"text\":\"%s\"},\"person_id\":\"5b1f6f0a-0000-5000-8000-%012x\","
            + "\"person_created_at\":\"2026-11-20T10:00:00.000000Z\","
            + "\"person_properties\":{\"email\":\"user-%d@example.com\",\"plan\":\"pro\"},"
            + "\"api_key\":\"phc_bench\"}")
        .formatted(
            number,
            number % 100_000,
            number % 1_000,
            number % 7,
            number % 300_000,
            "lorem ipsum ".repeat(45),
            number % 100_000,
            number % 100_000)
        .getBytes(StandardCharsets.UTF_8);
  }

  private Topics topics() {
    Topics topics = new Topics("bench-forwarder-" + runs.incrementAndGet() + ".");
    TopicProvisioner provisioner = new TopicProvisioner(kafka, Duration.ofSeconds(30));
    provisioner.ensure(List.of(topics.deliveries()), 1, 1);
    provisioner.ensure(
        List.of(topics.events(), topics.recordings(), topics.persons(), topics.deadLetters()),
        PARTITIONS,
        1);
    return topics;
  }

  private void write(Topics topics, long count) {
    AtomicReference<Exception> failure = new AtomicReference<>();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            kafka.client(
                Map.of(
                    "acks",
                    "all",
                    "compression.type",
                    "lz4",
                    "linger.ms",
                    20,
                    "batch.size",
                    262_144)),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (long n = 0; n < count; n++) {
        byte[] key = ("phc_bench\0user-" + n % 100_000).getBytes(StandardCharsets.UTF_8);
        var unused =
            producer.send(
                new ProducerRecord<>(topics.events().name(), key, row(n)),
                (metadata, e) -> {
                  if (e != null) {
                    failure.set(e);
                  }
                });
      }
    }
    if (failure.get() != null) {
      throw new IllegalStateException("The rows could not be written.", failure.get());
    }
  }

  private ForwarderConfig config(Topics topics, int port, long bytesPerSecond) {
    String name = topics.events().name();
    return new ForwarderConfig(
        name.substring(0, name.length() - "events".length()),
        "1",
        new ForwarderConfig.Target(URI.create("http://127.0.0.1:" + port + "/"), Optional.empty()),
        Optional.empty(),
        Optional.empty(),
        Duration.ofSeconds(30),
        BATCH_BYTES,
        ROWS_OF_A_BATCH,
        Duration.ofMillis(200),
        IN_FLIGHT,
        Optional.empty(),
        Optional.empty(),
        bytesPerSecond,
        Optional.empty());
  }

  /** Drains a backlog into a sink that takes everything; bytes from first request to the last. */
  Sample drain() throws Exception {
    Topics topics = topics();
    write(topics, rows);
    try (Sink sink = new Sink(0);
        Forwarder forwarder =
            new Forwarder(config(topics, sink.port(), 0), kafka, new SimpleMeterRegistry())) {
      long cpu = Machine.cpuNanos();
      forwarder.start();
      await(() -> forwarder.events().delivered() >= rows);
      return new Sample(sink.bytes(), sink.nanos(), Machine.cpuNanos() - cpu);
    }
  }

  /** Posts the same bytes from memory, in bodies of the same length, as many at a time. */
  Sample bareClient() throws Exception {
    List<byte[]> bodies = bodies();
    try (Sink sink = new Sink(0);
        HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      URI target = URI.create("http://127.0.0.1:" + sink.port() + "/");
      Semaphore slots = new Semaphore(IN_FLIGHT);
      AtomicReference<Throwable> failure = new AtomicReference<>();
      long cpu = Machine.cpuNanos();
      long posted = 0;
      for (int i = 0; posted < rows; i++) {
        slots.acquire();
        posted += BATCH_BYTES / (row(0).length + 1);
        var unused =
            http.sendAsync(
                    HttpRequest.newBuilder(target)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(bodies.get(i % bodies.size())))
                        .build(),
                    HttpResponse.BodyHandlers.discarding())
                .whenComplete(
                    (answer, error) -> {
                      slots.release();
                      if (error != null) {
                        failure.set(error);
                      }
                    });
      }
      slots.acquire(IN_FLIGHT);
      if (failure.get() != null) {
        throw new IllegalStateException("The bare client failed.", failure.get());
      }
      return new Sample(sink.bytes(), sink.nanos(), Machine.cpuNanos() - cpu);
    }
  }

  private static List<byte[]> bodies() {
    List<byte[]> bodies = new ArrayList<>();
    long number = 0;
    for (int i = 0; i < 16; i++) {
      byte[] body = new byte[BATCH_BYTES];
      int filled = 0;
      body[filled++] = '[';
      for (byte[] row = row(number); filled + row.length + 1 < body.length; row = row(number)) {
        System.arraycopy(row, 0, body, filled, row.length);
        filled += row.length;
        body[filled++] = ',';
        number++;
      }
      body[filled - 1] = ']';
      bodies.add(Arrays.copyOf(body, filled));
    }
    return bodies;
  }

  /** Drains a backlog into a sink that refuses what is over its bound. */
  Paced paced(long bytesPerSecond, Duration time) throws Exception {
    Topics topics = topics();
    long count = bytesPerSecond * time.toSeconds() / (row(0).length + 1);
    write(topics, count);
    try (Sink sink = new Sink(bytesPerSecond);
        Forwarder forwarder =
            new Forwarder(
                config(topics, sink.port(), bytesPerSecond), kafka, new SimpleMeterRegistry())) {
      forwarder.start();
      await(() -> forwarder.events().delivered() >= count);
      return new Paced(sink.bytes() * 1e9 / sink.nanos(), sink.mostInASecond(), sink.refused());
    }
  }

  private interface Condition {
    boolean holds();
  }

  private static void await(Condition condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("The forwarder did not deliver in time.");
      }
      LockSupport.parkNanos(5_000_000);
    }
  }

  /** Reads bodies and counts them; one with a bound answers 429 to what is over it. */
  private static final class Sink implements AutoCloseable {
    private static final long SECOND = 1_000_000_000;
    private static final byte[] ANSWER = "{\"success\":true}".getBytes(StandardCharsets.UTF_8);

    private record Arrived(long at, long bytes) {}

    private final WebServer server;
    private final long bound;
    private final Deque<Arrived> window = new ArrayDeque<>();
    private long inWindow;
    private long most;
    private long refused;
    private long bytes;
    private long first;
    private long last;

    Sink(long bound) {
      this.bound = bound;
      server =
          WebServer.builder()
              .host("127.0.0.1")
              .port(0)
              .connectionOptions(connection -> connection.tcpNoDelay(true))
              .shutdownHook(false)
              .addRouting(
                  HttpRouting.builder()
                      .post(
                          "/",
                          (request, response) -> {
                            long began = System.nanoTime();
                            long length = drain(request.content().inputStream());
                            if (take(began, length)) {
                              response.send(ANSWER);
                            } else {
                              response.status(429).header("Retry-After", "1").send(ANSWER);
                            }
                          }))
              .build()
              .start();
    }

    private static long drain(InputStream in) {
      byte[] buffer = new byte[65_536];
      long length = 0;
      try (in) {
        for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
          length += read;
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return length;
    }

    private synchronized boolean take(long began, long length) {
      long now = System.nanoTime();
      while (!window.isEmpty() && now - window.peekFirst().at() >= SECOND) {
        inWindow -= window.pollFirst().bytes();
      }
      if (bound > 0 && inWindow + length > bound) {
        refused++;
        return false;
      }
      if (first == 0) {
        first = began;
      }
      last = now;
      bytes += length;
      if (bound > 0) {
        window.addLast(new Arrived(now, length));
        inWindow += length;
        most = Math.max(most, inWindow);
      }
      return true;
    }

    int port() {
      return server.port();
    }

    synchronized long bytes() {
      return bytes;
    }

    synchronized long nanos() {
      return last - first;
    }

    synchronized long mostInASecond() {
      return most;
    }

    synchronized long refused() {
      return refused;
    }

    @Override
    public void close() {
      server.stop();
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.DeliveryEntry;
import dev.hogflare.contract.Topics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * A running loop, mostly of the event stream, between Kafka's mock clients and a sink on a real
 * socket.
 */
final class LoopFixture implements AutoCloseable {
  static final String TOPIC = "t.events";
  static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  /** Short spans, so that a test sees several attempts. */
  static final Pace PACE =
      new Pace(
          new RetryPolicy(Duration.ofMillis(2), Duration.ofMillis(10), Duration.ofMillis(100)),
          Duration.ofMillis(50),
          Duration.ofSeconds(2),
          Duration.ofSeconds(2),
          Duration.ofMillis(5),
          Duration.ofMillis(5));

  final RowStream stream;
  final SteadyConsumer consumer;
  final MockProducer<byte[], byte[]> producer;
  final MockProducer<byte[], byte[]> accounts;
  final FakePipeline sink;
  final MeterRegistry registry = new SimpleMeterRegistry();
  final StreamStatus status;
  final ForwarderMetrics metrics;

  private final HttpClient http;
  private final AtomicBoolean closing = new AtomicBoolean();
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final ForwarderLoop loop;
  private Thread thread;

  LoopFixture() throws IOException {
    this(UnaryOperator.identity(), true);
  }

  LoopFixture(UnaryOperator<ForwarderConfig> settings, boolean autoWritten) throws IOException {
    this(RowStream.EVENTS, settings, autoWritten);
  }

  /**
   * Creates a loop that is not running yet.
   *
   * @param autoWritten whether dead letters are acknowledged by themselves
   */
  LoopFixture(RowStream stream, UnaryOperator<ForwarderConfig> settings, boolean autoWritten)
      throws IOException {
    this.stream = stream;
    consumer = new SteadyConsumer(stream.topic(new Topics("t.")).name());
    sink = new FakePipeline();
    producer =
        new MockProducer<>(autoWritten, null, new ByteArraySerializer(), new ByteArraySerializer());
    accounts = new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    ForwarderConfig config =
        settings.apply(
            new ForwarderConfig(
                "t.",
                "1",
                new ForwarderConfig.Target(sink.endpoint(), Optional.of("secret")),
                Optional.empty(),
                Duration.ofSeconds(10),
                10_000,
                100,
                Duration.ofMillis(5),
                4));
    List<ForwarderConfig.Target> targets = config.events().each();
    status = new StreamStatus(stream, stream, targets.size(), System::nanoTime);
    metrics = new ForwarderMetrics(registry, stream, status);
    http = HttpPipelineClient.httpClient(config.requestTimeout());
    loop =
        new ForwarderLoop(
            stream,
            config,
            consumer,
            producer,
            accounts,
            targets.stream()
                .map(
                    target ->
                        new Endpoint(
                            new HttpPipelineClient(
                                http, target, config.requestTimeout(), InstantSource.fixed(NOW)),
                            new BytePacer(config.bytesPerSecond())))
                .toList(),
            PACE,
            new SplittableRandom(1),
            InstantSource.fixed(NOW),
            status,
            metrics);
  }

  /** Starts the loop with these partitions. */
  LoopFixture start(int... partitions) {
    consumer.assign(partitions);
    thread =
        Thread.ofPlatform()
            .name("loop")
            .uncaughtExceptionHandler((t, e) -> failure.set(e))
            .start(() -> loop.run(closing::get));
    return this;
  }

  /** Puts rows on a partition, the uuid of each being {@code <partition>-<offset>}. */
  void rows(int partition, long from, int count) {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (long offset = from; offset < from + count; offset++) {
      records.add(record(partition, offset, Rows.event(uuid(partition, offset))));
    }
    consumer.records(records);
  }

  void row(int partition, long offset, byte[] value) {
    consumer.records(List.of(record(partition, offset, value)));
  }

  static String uuid(int partition, long offset) {
    return partition + "-" + offset;
  }

  static ConsumerRecord<byte[], byte[]> record(int partition, long offset, byte[] value) {
    return new ConsumerRecord<>(TOPIC, partition, offset, Rows.bytes("key" + offset), value);
  }

  void awaitCommitted(int partition, long position) {
    Await.until(
        "position " + position + " is committed, not " + consumer.committed(partition),
        () -> failed() || consumer.committed(partition) == position);
    assertThat(failure.get()).isNull();
  }

  /** Returns the sums of the account that was written. */
  DeliveryEntry.Counts account() {
    Map<String, DeliveryEntry> latest = new HashMap<>();
    for (ProducerRecord<byte[], byte[]> record : accounts.history()) {
      DeliveryEntry entry = DeliveryEntry.read(record.key(), record.value()).orElseThrow();
      latest.put(entry.writer() + entry.minute(), entry);
    }
    return latest.values().stream()
        .flatMap(entry -> entry.partitions().values().stream())
        .reduce(DeliveryEntry.Counts.NONE, DeliveryEntry.Counts::and);
  }

  StreamProgress progress() {
    return metrics.progress(status);
  }

  boolean failed() {
    return failure.get() != null;
  }

  Throwable failure() {
    return failure.get();
  }

  /** Asks the loop to end and waits until it did. */
  void stop() {
    closing.set(true);
    Await.until("the loop has ended", () -> !thread.isAlive());
  }

  /** Checks the equation of the counters and that no commit went back. */
  void assertSound() {
    StreamProgress all = progress();
    assertThat(all.received())
        .as("received = delivered + dead-lettered + returned + in flight: %s", all)
        .isEqualTo(all.delivered() + all.deadLettered() + all.returned() + all.inFlight());
    assertThat(consumer.setBacks()).isEmpty();
  }

  @Override
  public void close() throws IOException {
    if (thread != null) {
      stop();
      assertThat(consumer.closed()).isTrue();
      assertThat(progress().inFlight()).isZero();
      assertSound();
    }
    http.shutdownNow();
    sink.close();
  }
}

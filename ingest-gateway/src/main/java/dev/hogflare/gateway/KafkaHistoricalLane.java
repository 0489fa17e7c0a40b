// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.KafkaSettings;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the events of historical batches from their lane to the raw events: no more a second than
 * is set, and none while those who read live events are behind.
 *
 * <p>All gateways share the lane's partitions. An event has its place for good once it is among the
 * raw events; what was moved and not yet remembered as moved is moved again after a failure, under
 * the same uuid.
 */
final class KafkaHistoricalLane implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaHistoricalLane.class);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);
  private static final Duration LEAVE_TIMEOUT = Duration.ofSeconds(1);

  /** So many events are moved in one breath, a tenth of a second's worth if that is less. */
  private static final int LARGEST_STEP = 500;

  /** The consumer's memory: what it fetches at once. */
  private static final int FETCH_BYTES = 8 * 1024 * 1024;

  private final Topics topics;
  private final int perSecond;
  private final Supplier<Consumer<byte[], byte[]>> consumers;
  private final Supplier<Producer<byte[], byte[]>> producers;
  private final KafkaBacklog backlog;
  private final KafkaRecords records;
  private final HistoricalMetrics metrics;
  private final GatewayMetrics gatewayMetrics;
  private final IntakeLedger ledger;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread =
      Thread.ofPlatform().daemon().name("gateway-historical").unstarted(this::run);
  private volatile String problem;
  private boolean held;
  private long nextStep = System.nanoTime();

  /** Creates a lane in which nothing moves yet. */
  KafkaHistoricalLane(
      KafkaSettings kafka,
      Topics topics,
      int perSecond,
      HistoricalMetrics metrics,
      GatewayMetrics gatewayMetrics,
      IntakeLedger ledger) {
    this(
        () ->
            new KafkaConsumer<>(
                kafka.client(settings(topics, perSecond)),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer()),
        KafkaSpoolDrain.producers(kafka, "hogflare-gateway-historical"),
        new KafkaBacklog(kafka, topics),
        topics,
        perSecond,
        metrics,
        gatewayMetrics,
        ledger);
  }

  /**
   * Creates a lane in which nothing moves yet.
   *
   * @param consumers makes members of the lane's group; each is closed before the next is made
   * @param producers makes producers that wait for Kafka as long as it takes
   */
  KafkaHistoricalLane(
      Supplier<Consumer<byte[], byte[]>> consumers,
      Supplier<Producer<byte[], byte[]>> producers,
      KafkaBacklog backlog,
      Topics topics,
      int perSecond,
      HistoricalMetrics metrics,
      GatewayMetrics gatewayMetrics,
      IntakeLedger ledger) {
    this.topics = topics;
    this.perSecond = perSecond;
    this.consumers = consumers;
    this.producers = producers;
    this.backlog = backlog;
    this.records = new KafkaRecords(topics);
    this.metrics = metrics;
    this.gatewayMetrics = gatewayMetrics;
    this.ledger = ledger;
  }

  private static Map<String, Object> settings(Topics topics, int perSecond) {
    Map<String, Object> own = new HashMap<>();
    own.put("client.id", "hogflare-gateway-historical");
    own.put("group.id", topics.historicalLane());
    own.put("enable.auto.commit", false);
    own.put("auto.offset.reset", "earliest");
    own.put("allow.auto.create.topics", false);
    own.put("max.poll.records", Math.clamp(perSecond / 10, 1, LARGEST_STEP));
    own.put("fetch.max.bytes", FETCH_BYTES);
    own.put("reconnect.backoff.max.ms", 500);
    return own;
  }

  /** Returns why nothing can be moved, or nothing if it is not known to be so. */
  Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  /** Begins to move. */
  void start() {
    thread.start();
  }

  private void run() {
    try {
      while (isOpen()) {
        try {
          move();
        } catch (RuntimeException | OutOfMemoryError e) {
          failed(e);
          pause(PAUSE.toNanos());
        }
      }
    } catch (InterruptedException e) {
      LOG.info("Historical events are not moved any further; the next gateway goes on");
    }
  }

  private boolean isOpen() {
    return closing.getCount() > 0;
  }

  private void failed(Throwable e) throws InterruptedException {
    if (!isOpen()) {
      throw new InterruptedException("The gateway stops.");
    }
    if (problem == null) {
      LOG.warn("Historical events cannot be moved now; it is tried again", e);
    }
    problem = "Historical events cannot be moved (" + e.getMessage() + ").";
  }

  private void move() throws InterruptedException {
    Consumer<byte[], byte[]> from = null;
    Producer<byte[], byte[]> producer = null;
    try {
      from = consumers.get();
      producer = producers.get();
      from.subscribe(List.of(topics.historicalRaw().name()), new KafkaHolding(from));
      while (isOpen()) {
        KafkaBacklog.Seen seen = backlog.look();
        held = seen.isLong();
        metrics.seen(seen.inLane(), seen.isLong());
        if (seen.isLong()) {
          from.pause(from.assignment());
        } else {
          from.resume(from.paused());
        }
        ConsumerRecords<byte[], byte[]> step = from.poll(POLL);
        if (!step.isEmpty()) {
          move(from, producer, step);
          waitFor(step.count());
        }
        problem = null;
      }
    } finally {
      close(from, producer);
    }
  }

  /** Holds what is assigned while nothing may be moved: a poll assigns and fetches at once. */
  private final class KafkaHolding implements ConsumerRebalanceListener {
    private final Consumer<byte[], byte[]> from;

    private KafkaHolding(Consumer<byte[], byte[]> from) {
      this.from = from;
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      if (held) {
        from.pause(partitions);
      }
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      // Each step is committed before the next poll.
    }
  }

  /** Not for long: while Kafka is away nobody hears that this member leaves. */
  private static void close(Consumer<byte[], byte[]> from, Producer<byte[], byte[]> producer) {
    // An interrupt would disturb the closing, and has done its work.
    boolean interrupted = Thread.interrupted();
    if (producer != null) {
      close("producer", () -> producer.close(Duration.ZERO));
    }
    if (from != null) {
      close("consumer", () -> from.close(CloseOptions.timeout(LEAVE_TIMEOUT)));
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void close(String what, Runnable closing) {
    try {
      closing.run();
    } catch (KafkaException e) {
      LOG.warn(
          "The {} of the lane of historical events did not close cleanly: {}",
          what,
          e.getMessage());
    }
  }

  private void move(
      Consumer<byte[], byte[]> from,
      Producer<byte[], byte[]> producer,
      ConsumerRecords<byte[], byte[]> step) {
    KafkaWindow window = new KafkaWindow(producer, records, List.of(records.outOfLane(step)));
    window.send();
    from.commitSync(step.nextOffsets());
    window.count(ledger, gatewayMetrics, metrics::tooLarge);
    metrics.moved(step.count());
    backlog.moved(step.nextOffsets());
  }

  /** Lets as much time pass as so many events are allowed to take. */
  private void waitFor(int events) throws InterruptedException {
    long now = System.nanoTime();
    nextStep = Math.max(now, nextStep) + TimeUnit.SECONDS.toNanos(1) * events / perSecond;
    pause(nextStep - now);
  }

  private void pause(long nanos) throws InterruptedException {
    if (closing.await(nanos, TimeUnit.NANOSECONDS)) {
      throw new InterruptedException("The gateway stops.");
    }
  }

  /** Stops to move; what is under way is moved again by the next gateway. */
  @Override
  public void close() {
    closing.countDown();
    try {
      thread.join(CLOSE_TIMEOUT.toMillis());
      if (thread.isAlive()) {
        // Its producer waits for Kafka as long as it takes.
        thread.interrupt();
        thread.join(CLOSE_TIMEOUT.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    backlog.close();
  }
}

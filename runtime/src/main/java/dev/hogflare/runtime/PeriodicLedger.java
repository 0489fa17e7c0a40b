// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import dev.hogflare.contract.LedgerEntry;
import dev.hogflare.contract.Stage;
import dev.hogflare.contract.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts by project and hour in a service without transactions, and writes the totals to the
 * ledger's topic once a second and at the end.
 *
 * <p>A kill loses what was counted since the last time. Used by any number of threads.
 */
public final class PeriodicLedger implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PeriodicLedger.class);
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(2);

  /** Projects of one hour that are told apart; clients choose the names. */
  private static final int MOST_BUCKETS = 10_000;

  /** What is counted for the projects beyond the bound, under no project. */
  private static final String OTHER = "other.";

  private final Stage stage;
  private final String application;
  private final String topic;
  private final Producer<byte[], byte[]> producer;
  private final String run = Long.toHexString(UUID.randomUUID().getMostSignificantBits());
  private final AtomicLong buckets = new AtomicLong();
  private final Map<Bucket, Entry> entries = new ConcurrentHashMap<>();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;
  private long newestHour;

  /**
   * Creates a ledger that is not written yet.
   *
   * @param application names the instance, for the eye
   */
  public PeriodicLedger(Stage stage, String application, KafkaSettings kafka, Topics topics) {
    this(stage, application, topics.ledger().name(), producer(kafka));
  }

  PeriodicLedger(Stage stage, String application, String topic, Producer<byte[], byte[]> producer) {
    this.stage = stage;
    this.application = application;
    this.topic = topic;
    this.producer = producer;
    thread = Thread.ofPlatform().daemon().name("ledger-" + stage.text()).unstarted(this::run);
  }

  private static Producer<byte[], byte[]> producer(KafkaSettings kafka) {
    return new KafkaProducer<>(
        kafka.client(
            Map.of(
                "client.id",
                "hogflare-ledger",
                "acks",
                "all",
                "compression.type",
                "lz4",
                "buffer.memory",
                4L * 1024 * 1024,
                "max.block.ms",
                1_000)),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  private record Bucket(String token, long hour) {}

  private static final class Entry {
    private final String writer;
    private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();
    private volatile long written;

    private Entry(String writer) {
      this.writer = writer;
    }
  }

  /** Begins to write. */
  public void start() {
    thread.start();
  }

  /**
   * Counts something that happened to events of a project.
   *
   * @param at when they arrived at the gateway, in microseconds since the epoch
   * @param name what happened
   */
  public void add(String token, long at, String name, long count) {
    Bucket bucket = new Bucket(token, LedgerEntry.hourOf(at));
    Entry entry = entries.get(bucket);
    if (entry == null) {
      if (entries.size() >= MOST_BUCKETS && !token.isEmpty()) {
        add("", at, OTHER + name, count);
        return;
      }
      entry =
          entries.computeIfAbsent(bucket, b -> new Entry(run + "." + buckets.getAndIncrement()));
    }
    entry.counts.computeIfAbsent(name, n -> new LongAdder()).add(count);
  }

  /** Whether anything was counted for a project in an hour. */
  public boolean knows(String token, long at) {
    return entries.containsKey(new Bucket(token, LedgerEntry.hourOf(at)));
  }

  private void run() {
    try {
      while (!closing.await(INTERVAL.toMillis(), TimeUnit.MILLISECONDS)) {
        write();
      }
    } catch (InterruptedException e) {
      LOG.warn("The ledger's thread was interrupted and writes no more", e);
    }
  }

  /** Sends the totals that changed since they were last sent; those of a failure go again. */
  synchronized void write() {
    for (Bucket bucket : entries.keySet()) {
      newestHour = Math.max(newestHour, bucket.hour());
    }
    for (Map.Entry<Bucket, Entry> each : entries.entrySet()) {
      Bucket bucket = each.getKey();
      Entry entry = each.getValue();
      Map<String, Long> counts = new HashMap<>();
      entry.counts.forEach((name, count) -> counts.put(name, count.sum()));
      long sum = counts.values().stream().mapToLong(Long::longValue).sum();
      if (sum != entry.written) {
        if (!send(bucket, entry, counts, sum)) {
          return; // The others would wait for Kafka as long, and in vain.
        }
      } else if (bucket.hour() < newestHour - 1) {
        // A later event of that hour begins an entry with another writer's name.
        entries.remove(bucket);
      }
    }
  }

  private boolean send(Bucket bucket, Entry entry, Map<String, Long> counts, long sum) {
    LedgerEntry record =
        new LedgerEntry(
            stage, application, entry.writer, bucket.token(), bucket.hour(), counts, Map.of());
    try {
      entry.written = sum;
      Future<RecordMetadata> sent =
          producer.send(
              new ProducerRecord<>(topic, record.key(), record.value()),
              (metadata, failure) -> {
                if (failure != null) {
                  entry.written = -1;
                }
              });
      return sent.state() != Future.State.FAILED;
    } catch (KafkaException e) {
      entry.written = -1;
      LOG.debug("Kafka does not take the ledger's entries now", e);
      return false;
    }
  }

  /** Writes the totals and returns when Kafka has them or does not answer. */
  public void flush() {
    write();
    producer.flush();
  }

  @Override
  public void close() {
    closing.countDown();
    try {
      // A service may be closed that never started.
      if (thread.isAlive() && !thread.join(CLOSE_TIMEOUT)) {
        LOG.warn("The ledger's thread still waits for Kafka");
      }
      write();
      producer.close(CLOSE_TIMEOUT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (KafkaException e) {
      LOG.warn("The last totals of the ledger were not written: {}", e.getMessage());
    }
  }
}

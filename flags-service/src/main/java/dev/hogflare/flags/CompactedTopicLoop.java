// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import dev.hogflare.contract.Topic;
import dev.hogflare.runtime.KafkaSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a compacted topic of one partition from its beginning, and goes on for ever.
 *
 * <p>It belongs to no consumer group: every instance reads everything.
 */
final class CompactedTopicLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CompactedTopicLoop.class);
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration REST = Duration.ofSeconds(1);
  private static final Duration END_PATIENCE = Duration.ofSeconds(5);

  private final TopicPartition partition;
  private final KafkaSettings kafka;
  private final Consumer<List<Entry>> sink;
  private final Thread thread;
  private final CountDownLatch caughtUp = new CountDownLatch(1);
  private final CountDownLatch closing = new CountDownLatch(1);
  private volatile KafkaConsumer<byte[], byte[]> consumer;
  private volatile String problem;

  /**
   * One record.
   *
   * @param key the key
   * @param value the value, or null if the key is deleted
   */
  record Entry(byte[] key, byte[] value) {}

  /**
   * Creates a reader that is not started yet.
   *
   * @param sink takes what one poll brought, in order; on the reader's own thread
   */
  CompactedTopicLoop(Topic topic, KafkaSettings kafka, Consumer<List<Entry>> sink) {
    this.partition = new TopicPartition(topic.name(), 0);
    this.kafka = kafka;
    this.sink = sink;
    this.thread =
        Thread.ofPlatform().daemon().name("reader of " + topic.name()).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Waits until everything was read that was there at the start; says whether it came to that. */
  boolean awaitCaughtUp(Duration patience) throws InterruptedException {
    return caughtUp.await(patience.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Whether everything was read that was there at the start. */
  boolean isCaughtUp() {
    return caughtUp.getCount() == 0;
  }

  /** Returns what is wrong, as one sentence, or null if nothing is. */
  String problemOrNull() {
    return problem;
  }

  private void run() {
    while (closing.getCount() > 0) {
      try (KafkaConsumer<byte[], byte[]> own =
          new KafkaConsumer<>(
              kafka.client(
                  Map.of(
                      "client.id",
                      "hogflare-" + partition.topic(),
                      "enable.auto.commit",
                      "false",
                      "auto.offset.reset",
                      "earliest",
                      "fetch.max.wait.ms",
                      "100")),
              new ByteArrayDeserializer(),
              new ByteArrayDeserializer())) {
        consumer = own;
        read(own);
      } catch (WakeupException e) {
        return;
      } catch (InterruptException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (RuntimeException e) {
        problem = "The topic " + partition.topic() + " cannot be read (" + e + ").";
        LOG.warn("{} It is tried again.", problem, e);
        if (stopsWithin(REST)) {
          return;
        }
      } finally {
        consumer = null;
      }
    }
  }

  private boolean stopsWithin(Duration time) {
    try {
      return closing.await(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  private void read(KafkaConsumer<byte[], byte[]> own) {
    List<TopicPartition> only = List.of(partition);
    own.assign(only);
    own.seekToBeginning(only);
    long end = own.endOffsets(only, END_PATIENCE).get(partition);
    while (closing.getCount() > 0) {
      if (!isCaughtUp() && own.position(partition, END_PATIENCE) >= end) {
        caughtUp.countDown();
      }
      List<Entry> entries = new ArrayList<>();
      for (ConsumerRecord<byte[], byte[]> record : own.poll(POLL)) {
        entries.add(new Entry(record.key(), record.value()));
      }
      problem = null;
      if (!entries.isEmpty()) {
        sink.accept(entries);
      }
    }
  }

  @Override
  public void close() {
    closing.countDown();
    KafkaConsumer<byte[], byte[]> own = consumer;
    if (own != null) {
      own.wakeup();
    }
    try {
      thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

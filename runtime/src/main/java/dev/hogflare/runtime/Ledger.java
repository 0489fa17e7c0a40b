// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.LedgerCount;
import dev.hogflare.contract.LedgerEntry;
import dev.hogflare.contract.Stage;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.KafkaClientSupplier;

/**
 * Counts what becomes of events in the very transaction that makes it so.
 *
 * <p>A processor counts on its stream thread, in memory. When Kafka Streams commits, the producer
 * of that thread puts the totals that changed into the transaction before its end; when the
 * transaction is aborted, they are forgotten with it. So the ledger says exactly what was
 * committed, whatever is killed in between.
 */
public final class Ledger {
  private final String topic;
  private final ThreadLocal<LedgerPage> pages;

  private Ledger() {
    topic = "";
    pages = null;
  }

  /** Returns a ledger in which nothing is counted. */
  public static Ledger none() {
    return new Ledger();
  }

  /**
   * Creates a ledger.
   *
   * @param application the application id
   * @param topic the ledger's topic, which has to exist
   */
  public Ledger(Stage stage, String application, String topic) {
    this.topic = topic;
    pages = ThreadLocal.withInitial(() -> new LedgerPage(stage, application));
  }

  /**
   * Counts something that happened to an event.
   *
   * @param token its project
   * @param arrivedAt when it arrived at the gateway, in microseconds since the epoch
   */
  public void count(String token, long arrivedAt, LedgerCount count) {
    if (pages != null) {
      pages.get().count(token, arrivedAt, count);
    }
  }

  /** Counts an event that became a dead letter. */
  public void deadLetter(String token, long arrivedAt, ErrorCode code) {
    if (pages != null) {
      pages.get().deadLetter(token, arrivedAt, code);
    }
  }

  /**
   * Counts an event that was read from a raw topic, and remembers where.
   *
   * @param redriven whether it was sent again from the dead letters
   * @param source the raw topic
   */
  public void received(
      String token, long arrivedAt, boolean redriven, String source, int partition, long offset) {
    if (pages != null) {
      pages.get().received(token, arrivedAt, redriven, source, partition, offset);
    }
  }

  /** Returns the clients of the Kafka Streams application whose threads count here. */
  KafkaClientSupplier clients() {
    return new Clients();
  }

  /** Makes the clients that Kafka Streams would make, but for the producer. */
  private final class Clients implements KafkaClientSupplier {
    @Override
    public Admin getAdmin(Map<String, Object> config) {
      return Admin.create(config);
    }

    @Override
    public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
      return pages == null
          ? new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())
          : new CountingProducer(config);
    }

    @Override
    public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
      return consumer(config);
    }

    @Override
    public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> config) {
      return consumer(config);
    }

    @Override
    public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> config) {
      return consumer(config);
    }

    private static Consumer<byte[], byte[]> consumer(Map<String, Object> config) {
      return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }
  }

  /** The producer of one stream thread. */
  private final class CountingProducer extends KafkaProducer<byte[], byte[]> {
    CountingProducer(Map<String, Object> config) {
      super(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    /** A thread that gets a new producer has lost what the old one had under way. */
    @Override
    public void initTransactions() {
      pages.get().reset();
      super.initTransactions();
    }

    @Override
    public void sendOffsetsToTransaction(
        Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata group) {
      for (LedgerEntry entry : pages.get().changed()) {
        // A record that is not taken fails the commit that follows.
        var unused = send(new ProducerRecord<>(topic, entry.key(), entry.value()));
      }
      super.sendOffsetsToTransaction(offsets, group);
    }

    @Override
    public void commitTransaction() {
      super.commitTransaction();
      pages.get().turnIfFull();
    }

    @Override
    public void abortTransaction() {
      pages.get().reset();
      super.abortTransaction();
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.Generations;
import dev.hogflare.contract.Topic;
import dev.hogflare.contract.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The topic that says which generations there are.
 *
 * <p>Whoever changes something holds the one transactional id of the topic from before it reads
 * until it has written, so that of two changes at once the earlier one fails and nothing is
 * overwritten unseen. An instance keeps no connection and may be used by any thread.
 */
public final class ControlTopic {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final int MAX_BYTES = 1024 * 1024;

  /** More than there are processes that start for the first time together. */
  private static final int FIRST_ATTEMPTS = 20;

  private final KafkaSettings kafka;
  private final Topic topic;
  private final Duration patience;

  /** Creates the control topic of a deployment; each call waits at most so long for the brokers. */
  public ControlTopic(KafkaSettings kafka, Topics topics, Duration patience) {
    this.kafka = kafka;
    this.topic = topics.control();
    this.patience = patience;
  }

  /**
   * Creates the topic if it is missing.
   *
   * @throws IllegalStateException if Kafka does not answer in time
   */
  public void ensure(int replicationFactor) {
    new TopicProvisioner(kafka, patience).ensure(List.of(topic), 1, replicationFactor);
  }

  /**
   * Returns all generations; the topic must exist.
   *
   * @throws IllegalStateException if Kafka does not answer in time
   * @throws dev.hogflare.contract.MalformedRecordException if a record is no generation
   */
  public Generations read() {
    TopicPartition partition = new TopicPartition(topic.name(), 0);
    long deadline = System.nanoTime() + patience.toNanos();
    try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition), patience).get(partition);
      Map<String, byte[]> latest = new TreeMap<>();
      while (consumer.position(partition, patience) < end) {
        if (System.nanoTime() > deadline) {
          throw unanswered(null);
        }
        consumer.poll(POLL).forEach(record -> keep(latest, record));
      }
      return generations(latest);
    } catch (KafkaException e) {
      throw unanswered(e);
    }
  }

  /** Begins to watch; the topic must exist. */
  public Watch watch() {
    return new Watch(consumer(), new TopicPartition(topic.name(), 0));
  }

  /** Follows the topic over one connection; used by one thread. */
  public static final class Watch implements AutoCloseable {
    private final KafkaConsumer<byte[], byte[]> consumer;
    private final Map<String, byte[]> latest = new TreeMap<>();

    private Watch(KafkaConsumer<byte[], byte[]> consumer, TopicPartition partition) {
      this.consumer = consumer;
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
    }

    /**
     * Returns the generations if anything was said about them since the last call, or nothing when
     * the time is over.
     *
     * @throws KafkaException if the brokers refuse
     */
    public Optional<Generations> next(Duration time) {
      ConsumerRecords<byte[], byte[]> records = consumer.poll(time);
      if (records.isEmpty()) {
        return Optional.empty();
      }
      records.forEach(record -> keep(latest, record));
      return Optional.of(generations(latest));
    }

    /** Lets a call of {@link #next} by another thread return at once. */
    public void wakeUp() {
      consumer.wakeup();
    }

    @Override
    public void close() {
      consumer.close();
    }
  }

  private static Generations generations(Map<String, byte[]> latest) {
    return new Generations(latest.values().stream().map(GenerationRecord::read).toList());
  }

  private static void keep(Map<String, byte[]> latest, ConsumerRecord<byte[], byte[]> record) {
    String key = record.key() == null ? null : new String(record.key(), StandardCharsets.UTF_8);
    if (!GenerationRecord.isKey(key)) {
      return;
    }
    if (record.value() == null) {
      latest.remove(key);
    } else {
      latest.put(key, record.value());
    }
  }

  /**
   * Writes records if the generations are still those that were read.
   *
   * @param expected what {@link #read} returned when the change was decided
   * @return the generations afterwards
   * @throws ConcurrentChangeException if they are others by now; nothing was written
   * @throws IllegalStateException if Kafka does not answer in time
   */
  public Generations write(Generations expected, List<GenerationRecord> changes) {
    try (KafkaProducer<byte[], byte[]> producer = producer()) {
      producer.initTransactions();
      Generations present = read();
      if (!present.equals(expected)) {
        throw new ConcurrentChangeException(null);
      }
      producer.beginTransaction();
      for (GenerationRecord change : changes) {
        // Committing reports what became of it.
        var unused =
            producer.send(
                new ProducerRecord<>(
                    topic.name(),
                    0,
                    change.key().getBytes(StandardCharsets.UTF_8),
                    change.toJson()));
      }
      producer.commitTransaction();
    } catch (ProducerFencedException | InvalidProducerEpochException | InvalidTxnStateException e) {
      // The transaction was aborted by another writer's beginning; which of the three it is
      // depends on the request that was under way.
      throw new ConcurrentChangeException(e);
    } catch (KafkaException e) {
      throw unanswered(e);
    }
    return read();
  }

  /**
   * Notes which code version the first generation is of, where nothing is said about any yet: at
   * the first start of a deployment.
   *
   * @return the generations afterwards
   * @throws ConcurrentChangeException if other processes broke in on every try
   * @throws IllegalStateException if Kafka does not answer in time
   */
  public Generations noteFirst() {
    ConcurrentChangeException last = null;
    for (int attempt = 0; attempt < FIRST_ATTEMPTS; attempt++) {
      Generations known = read();
      if (known.isNoted()) {
        return known;
      }
      try {
        return write(known, List.of(GenerationRecord.first()));
      } catch (ConcurrentChangeException e) {
        // Another process starts for the first time, too, and may be broken in on itself.
        last = e;
      }
    }
    throw last;
  }

  private KafkaConsumer<byte[], byte[]> consumer() {
    Map<String, Object> own = common();
    own.put("isolation.level", "read_committed");
    own.put("auto.offset.reset", "earliest");
    own.put("enable.auto.commit", false);
    return new KafkaConsumer<>(
        kafka.client(own), new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private KafkaProducer<byte[], byte[]> producer() {
    Map<String, Object> own = common();
    own.put("transactional.id", topic.name());
    own.put("max.block.ms", (int) patience.toMillis());
    own.put("delivery.timeout.ms", (int) patience.toMillis());
    own.put("linger.ms", 0);
    own.put("max.request.size", MAX_BYTES);
    return new KafkaProducer<>(
        kafka.client(own), new ByteArraySerializer(), new ByteArraySerializer());
  }

  private Map<String, Object> common() {
    Map<String, Object> own = new HashMap<>();
    own.put("client.id", "hogflare-control");
    own.put("default.api.timeout.ms", (int) patience.toMillis());
    own.put("request.timeout.ms", (int) patience.toMillis());
    return own;
  }

  private IllegalStateException unanswered(KafkaException cause) {
    return new IllegalStateException(
        "The topic "
            + topic.name()
            + " at "
            + kafka.bootstrapServers()
            + " did not answer"
            + (cause == null ? "" : " (" + cause.getMessage() + ")")
            + "; check that the brokers run.",
        cause);
  }
}

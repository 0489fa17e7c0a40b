// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import dev.hogflare.contract.FlagRecordKey;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.KafkaSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Reads and changes the flags that a cluster keeps on its topic, for the command line. */
public final class FlagStore {
  private static final int PATIENCE_SECONDS = 10;
  private static final Duration PATIENCE = Duration.ofSeconds(PATIENCE_SECONDS);

  private final KafkaSettings kafka;
  private final TopicPartition partition;

  /** Creates a store on the topics of a deployment, which must exist. */
  public FlagStore(KafkaSettings kafka, Topics topics) {
    this.kafka = kafka;
    this.partition = new TopicPartition(topics.flags().name(), 0);
  }

  /**
   * Returns all records, in the order in which they were first stored.
   *
   * @throws IllegalStateException if Kafka does not answer
   */
  public Map<FlagRecordKey, byte[]> all() {
    Map<FlagRecordKey, byte[]> all = new LinkedHashMap<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            kafka.client(
                Map.of(
                    "client.id",
                    "hogflare-flags-command",
                    "enable.auto.commit",
                    "false",
                    "default.api.timeout.ms",
                    Integer.toString(PATIENCE_SECONDS * 1_000))),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (consumer.position(partition) < end) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(200))) {
          FlagRecordKey key = FlagRecordKey.fromBytes(record.key());
          if (record.value() == null) {
            all.remove(key);
          } else {
            all.put(key, record.value());
          }
        }
        if (System.nanoTime() > deadline) {
          throw unanswered(null);
        }
      }
    } catch (KafkaException e) {
      throw unanswered(e);
    }
    return all;
  }

  /**
   * Stores records; a null value deletes its key.
   *
   * @throws IllegalStateException if Kafka does not acknowledge
   */
  public void put(Map<FlagRecordKey, byte[]> records) {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            kafka.client(
                Map.of(
                    "client.id",
                    "hogflare-flags-command",
                    "acks",
                    "all",
                    "enable.idempotence",
                    "true",
                    "max.block.ms",
                    Integer.toString(PATIENCE_SECONDS * 1_000))),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      records.forEach(
          (key, value) ->
              sent.add(
                  producer.send(new ProducerRecord<>(partition.topic(), 0, key.toBytes(), value))));
      for (Future<RecordMetadata> one : sent) {
        one.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      }
    } catch (KafkaException | ExecutionException | TimeoutException e) {
      throw unanswered(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unanswered(e);
    }
  }

  private IllegalStateException unanswered(Exception cause) {
    return new IllegalStateException(
        "Kafka did not answer for the topic "
            + partition.topic()
            + (cause == null ? "" : " (" + cause + ")")
            + "; check that the brokers run.",
        cause);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import dev.hogflare.runtime.KafkaSettings;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads single records of which the place is known. */
final class RecordFetch implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final KafkaConsumer<byte[], byte[]> consumer;

  RecordFetch(KafkaSettings kafka) {
    Map<String, Object> own = new HashMap<>();
    own.put("isolation.level", "read_committed");
    own.put("client.id", "hogflare-rebuild-fetch");
    own.put("max.poll.records", 1);
    consumer =
        new KafkaConsumer<>(
            kafka.client(own), new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** Returns the record that stands at a place, unless it was compacted away since. */
  Optional<ConsumerRecord<byte[], byte[]>> find(String topic, Place placeOrNull) {
    if (placeOrNull == null) {
      return Optional.empty();
    }
    TopicPartition partition = new TopicPartition(topic, placeOrNull.partition());
    consumer.assign(List.of(partition));
    consumer.seek(partition, placeOrNull.offset());
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < until) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
        return record.offset() == placeOrNull.offset() && record.value() != null
            ? Optional.of(record)
            : Optional.empty();
      }
    }
    return Optional.empty();
  }

  @Override
  public void close() {
    consumer.close(CloseOptions.timeout(Duration.ofSeconds(1)));
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads what stands on a topic. */
final class TopicLog {
  private static final Duration POLL = Duration.ofMillis(200);

  private final String bootstrapServers;

  TopicLog(String bootstrapServers) {
    this.bootstrapServers = bootstrapServers;
  }

  /**
   * A record with the reason for which it died.
   *
   * @param record the record
   * @param reason what its headers say
   */
  record Dead(ConsumerRecord<byte[], byte[]> record, DeadLetter reason) {}

  /** Returns all committed records of a topic, those of one partition in their order. */
  List<ConsumerRecord<byte[], byte[]>> all(Topic topic) {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "isolation.level",
                "read_committed",
                "auto.offset.reset",
                "earliest"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic.name()).stream()
              .map(p -> new TopicPartition(p.topic(), p.partition()))
              .toList();
      consumer.assign(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      long deadline = System.nanoTime() + Await.PATIENCE.toNanos();
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        if (System.nanoTime() > deadline) {
          throw new AssertionError("The topic " + topic.name() + " cannot be read to its end.");
        }
        consumer.poll(POLL).forEach(records::add);
      }
    }
    return records;
  }

  /** Returns the sum of the ends of all partitions of a topic, transaction markers included. */
  long ends(Topic topic) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrapServers, "isolation.level", "read_committed"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      return consumer
          .endOffsets(
              consumer.partitionsFor(topic.name()).stream()
                  .map(p -> new TopicPartition(p.topic(), p.partition()))
                  .toList())
          .values()
          .stream()
          .mapToLong(Long::longValue)
          .sum();
    }
  }

  /**
   * Returns the records of a project on a topic whose keys are those of actors, without the
   * commands among raw events.
   */
  List<ConsumerRecord<byte[], byte[]>> ofProject(Topic topic, String projectKey) {
    return all(topic).stream()
        .filter(record -> !RawCommand.isCommand(record.headers()))
        .filter(record -> actor(record).token().equals(projectKey))
        .toList();
  }

  /** Returns the dead letters of a project. */
  List<Dead> dead(Topic deadLetters, String projectKey) {
    return ofProject(deadLetters, projectKey).stream()
        .map(record -> new Dead(record, DeadLetter.read(record.headers())))
        .toList();
  }

  /** Returns whose record this is. */
  static ActorKey actor(ConsumerRecord<byte[], byte[]> record) {
    return ActorKey.fromBytes(record.key());
  }
}

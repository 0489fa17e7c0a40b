// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.operations;

import dev.hogflare.runtime.KafkaSettings;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads the committed records of a topic up to where it ends when the reading begins.
 *
 * <p>Belongs to no consumer group and leaves nothing behind.
 */
final class TopicReader {
  private static final Duration POLL = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final KafkaSettings kafka;

  TopicReader(KafkaSettings kafka) {
    this.kafka = kafka;
  }

  /**
   * A stretch of a partition.
   *
   * @param first the first offset that is read
   * @param last the last one
   */
  record Range(long first, long last) {
    /** Returns the shortest stretch that holds both. */
    Range and(Range other) {
      return new Range(Math.min(first, other.first), Math.max(last, other.last));
    }
  }

  /** Reads a whole topic; one that does not exist is empty. */
  void all(String topic, Consumer<ConsumerRecord<byte[], byte[]>> visitor) {
    since(topic, Long.MIN_VALUE, visitor);
  }

  /**
   * Reads what was written to a topic since a time.
   *
   * @param since in milliseconds since the epoch
   */
  void since(String topic, long since, Consumer<ConsumerRecord<byte[], byte[]>> visitor) {
    try (KafkaConsumer<byte[], byte[]> consumer = open()) {
      List<TopicPartition> partitions = partitions(consumer, topic);
      if (partitions.isEmpty()) {
        return;
      }
      consumer.assign(partitions);
      Map<TopicPartition, Long> ends = new HashMap<>(consumer.endOffsets(partitions));
      consumer.seekToBeginning(partitions);
      if (since > 0) {
        Map<TopicPartition, Long> times = new HashMap<>();
        partitions.forEach(partition -> times.put(partition, since));
        Map<TopicPartition, OffsetAndTimestamp> starts = consumer.offsetsForTimes(times);
        for (TopicPartition partition : partitions) {
          OffsetAndTimestamp start = starts.get(partition);
          consumer.seek(partition, start == null ? ends.get(partition) : start.offset());
        }
      }
      read(consumer, ends, visitor);
    }
  }

  /**
   * Returns where the records of a stretch of time stand.
   *
   * @param from in milliseconds since the epoch
   * @param until the first millisecond behind it
   */
  Map<Integer, Range> between(String topic, long from, long until) {
    try (KafkaConsumer<byte[], byte[]> consumer = open()) {
      List<TopicPartition> partitions = partitions(consumer, topic);
      if (partitions.isEmpty()) {
        return Map.of();
      }
      Map<TopicPartition, Long> begins = new HashMap<>();
      Map<TopicPartition, Long> limits = new HashMap<>();
      partitions.forEach(partition -> begins.put(partition, Math.max(0, from)));
      partitions.forEach(partition -> limits.put(partition, Math.max(0, until)));
      Map<TopicPartition, OffsetAndTimestamp> first = consumer.offsetsForTimes(begins);
      Map<TopicPartition, OffsetAndTimestamp> behind = consumer.offsetsForTimes(limits);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      Map<Integer, Range> ranges = new HashMap<>();
      for (TopicPartition partition : partitions) {
        OffsetAndTimestamp start = first.get(partition);
        OffsetAndTimestamp end = behind.get(partition);
        long last = (end == null ? ends.get(partition) : end.offset()) - 1;
        if (start != null && start.offset() <= last) {
          ranges.put(partition.partition(), new Range(start.offset(), last));
        }
      }
      return ranges;
    }
  }

  /** Reads stretches of some partitions of a topic, as far as they are still kept. */
  void ranges(
      String topic, Map<Integer, Range> ranges, Consumer<ConsumerRecord<byte[], byte[]>> visitor) {
    try (KafkaConsumer<byte[], byte[]> consumer = open()) {
      List<TopicPartition> partitions =
          partitions(consumer, topic).stream()
              .filter(partition -> ranges.containsKey(partition.partition()))
              .toList();
      if (partitions.isEmpty()) {
        return;
      }
      consumer.assign(partitions);
      Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
      Map<TopicPartition, Long> ends = new HashMap<>(consumer.endOffsets(partitions));
      for (TopicPartition partition : partitions) {
        Range range = ranges.get(partition.partition());
        ends.merge(partition, range.last() + 1, Math::min);
        consumer.seek(partition, Math.max(begins.get(partition), range.first()));
      }
      read(
          consumer,
          ends,
          record -> {
            if (record.offset() <= ranges.get(record.partition()).last()) {
              visitor.accept(record);
            }
          });
    }
  }

  /** Returns the names of all topics. */
  Set<String> topics() {
    try (KafkaConsumer<byte[], byte[]> consumer = open()) {
      return new TreeSet<>(consumer.listTopics(PATIENCE).keySet());
    }
  }

  private static List<TopicPartition> partitions(
      KafkaConsumer<byte[], byte[]> consumer, String topic) {
    List<PartitionInfo> known = consumer.listTopics(PATIENCE).get(topic);
    return known == null
        ? List.of()
        : known.stream().map(p -> new TopicPartition(topic, p.partition())).toList();
  }

  private static void read(
      KafkaConsumer<byte[], byte[]> consumer,
      Map<TopicPartition, Long> ends,
      Consumer<ConsumerRecord<byte[], byte[]>> visitor) {
    Set<TopicPartition> open = new HashSet<>(ends.keySet());
    open.removeIf(partition -> consumer.position(partition) >= ends.get(partition));
    consumer.pause(ends.keySet().stream().filter(partition -> !open.contains(partition)).toList());
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!open.isEmpty()) {
      int count = 0;
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        count++;
        if (record.offset() < ends.get(new TopicPartition(record.topic(), record.partition()))) {
          visitor.accept(record);
        }
      }
      boolean moved =
          open.removeIf(
              partition -> {
                boolean done = consumer.position(partition) >= ends.get(partition);
                if (done) {
                  consumer.pause(List.of(partition));
                }
                return done;
              });
      if (count > 0 || moved) {
        deadline = System.nanoTime() + PATIENCE.toNanos();
      } else if (System.nanoTime() > deadline) {
        throw new OperationFailedException(
            "Kafka stopped answering while " + open + " was read; check that its brokers run.");
      }
    }
  }

  private KafkaConsumer<byte[], byte[]> open() {
    return new KafkaConsumer<>(
        kafka.client(
            Map.of(
                "client.id",
                "hogflare-operations",
                "isolation.level",
                "read_committed",
                "auto.offset.reset",
                "earliest",
                "enable.auto.commit",
                false,
                "max.poll.records",
                2_000)),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }
}

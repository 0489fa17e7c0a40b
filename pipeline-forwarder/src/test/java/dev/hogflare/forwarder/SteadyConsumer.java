// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetCommitCallback;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;

/**
 * Kafka's mock consumer with what a test of a running loop needs besides: a poll that waits a
 * little when there is nothing, lost partitions, and commits that can be seen after a close and
 * fail on request.
 */
final class SteadyConsumer extends MockConsumer<byte[], byte[]> {
  private final String topic;
  private final Map<Integer, Long> committed = new ConcurrentHashMap<>();
  private final List<String> setBacks = new ArrayList<>();
  private volatile ConsumerRebalanceListener listener;
  private volatile KafkaException commitError;

  SteadyConsumer(String topic) {
    super("earliest");
    this.topic = topic;
  }

  @Override
  public void subscribe(Collection<String> topics, ConsumerRebalanceListener rebalanceListener) {
    listener = rebalanceListener;
    super.subscribe(topics, rebalanceListener);
  }

  /** Hands partitions out at the next poll, empty and from offset 0. */
  void assign(int... partitions) {
    List<TopicPartition> all = new ArrayList<>();
    for (int partition : partitions) {
      all.add(new TopicPartition(topic, partition));
    }
    schedulePollTask(
        () -> {
          for (TopicPartition partition : all) {
            updateBeginningOffsets(Map.of(partition, 0L));
            updateEndOffsets(Map.of(partition, 0L));
          }
          rebalance(all);
        });
  }

  /** Takes a partition away at the next poll, too late for anything to be done. */
  void lose(int partition) {
    schedulePollTask(
        () -> {
          List<TopicPartition> left = new ArrayList<>(assignment());
          TopicPartition lost = new TopicPartition(topic, partition);
          left.remove(lost);
          listener.onPartitionsLost(List.of(lost));
          rebalance(left);
        });
  }

  /** Adds records to an assigned partition at the next poll. */
  void records(List<ConsumerRecord<byte[], byte[]>> records) {
    schedulePollTask(
        () -> {
          for (ConsumerRecord<byte[], byte[]> record : records) {
            addRecord(record);
            updateEndOffsets(
                Map.of(new TopicPartition(topic, record.partition()), record.offset() + 1));
          }
        });
  }

  /** Lets commits fail until told otherwise by null. */
  void failCommits(KafkaException error) {
    commitError = error;
  }

  /** Returns the committed position of a partition, or -1. */
  long committed(int partition) {
    return committed.getOrDefault(partition, -1L);
  }

  /** Returns the commits that set a position back. */
  synchronized List<String> setBacks() {
    return List.copyOf(setBacks);
  }

  @Override
  public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    ConsumerRecords<byte[], byte[]> records = super.poll(timeout);
    while (records.isEmpty() && System.nanoTime() - deadline < 0) {
      try {
        wait(1); // Lets go of the monitor, as a real poll would of the processor.
      } catch (InterruptedException e) {
        throw new InterruptException(e);
      }
      records = super.poll(timeout);
    }
    return records;
  }

  @Override
  public synchronized void commitAsync(
      Map<TopicPartition, OffsetAndMetadata> offsets, OffsetCommitCallback callback) {
    if (commitError != null) {
      if (callback == null) {
        throw commitError; // The synchronous commit comes here too.
      }
      callback.onComplete(offsets, commitError);
      return;
    }
    offsets.forEach(
        (partition, position) -> {
          if (!assignment().contains(partition)) {
            setBacks.add(partition + " is not ours");
          }
          Long before = committed.put(partition.partition(), position.offset());
          if (before != null && before > position.offset()) {
            setBacks.add(partition + " from " + before + " to " + position.offset());
          }
        });
    super.commitAsync(offsets, callback);
  }
}

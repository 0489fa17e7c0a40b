// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import dev.hogflare.runtime.KafkaSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Reads topics that stand for tables, committed records only, from the beginning and then on from
 * where it was.
 *
 * <p>The partitions are shared by two lanes that read at once; the records of one partition come in
 * order.
 */
final class ChangelogReader implements AutoCloseable {
  private static final int LANES = 2;
  private static final Duration POLL = Duration.ofMillis(100);

  private final List<Lane> lanes = new ArrayList<>();
  private final ExecutorService threads = Executors.newFixedThreadPool(LANES);
  private final AtomicLong read = new AtomicLong();

  /** A consumer with its share of the partitions; used by one thread at a time. */
  private record Lane(
      KafkaConsumer<byte[], byte[]> consumer,
      List<TopicPartition> partitions,
      Map<TopicPartition, Consumer<ConsumerRecord<byte[], byte[]>>> readers) {}

  /**
   * Creates a reader that has read nothing yet.
   *
   * @param readers what takes the records of each partition; may be called by two threads at once,
   *     for different partitions
   */
  ChangelogReader(
      KafkaSettings kafka, Map<TopicPartition, Consumer<ConsumerRecord<byte[], byte[]>>> readers) {
    Map<String, Object> own = new HashMap<>();
    own.put("isolation.level", "read_committed");
    own.put("client.id", "hogflare-rebuild-reader");
    own.put("max.poll.records", 5_000);
    own.put("max.partition.fetch.bytes", 2 * 1024 * 1024);
    own.put("fetch.max.bytes", 16 * 1024 * 1024);
    own.put("auto.offset.reset", "earliest");
    for (int lane = 0; lane < LANES; lane++) {
      lanes.add(
          new Lane(
              new KafkaConsumer<>(
                  kafka.client(own), new ByteArrayDeserializer(), new ByteArrayDeserializer()),
              new ArrayList<>(),
              new HashMap<>()));
    }
    int next = 0;
    for (TopicPartition partition :
        readers.keySet().stream()
            .sorted(
                java.util.Comparator.comparing(TopicPartition::topic)
                    .thenComparing(TopicPartition::partition))
            .toList()) {
      Lane lane = lanes.get(next++ % LANES);
      lane.partitions().add(partition);
      lane.readers().put(partition, readers.get(partition));
    }
    for (Lane lane : lanes) {
      lane.consumer().assign(lane.partitions());
      lane.consumer().seekToBeginning(lane.partitions());
    }
  }

  /** Returns how many records were read. */
  long read() {
    return read.get();
  }

  /**
   * Returns when everything before the given ends was read; a little more may have been.
   *
   * @param deadline by {@link System#nanoTime}
   * @throws RebuildException if the records do not come in time
   */
  void readTo(Map<TopicPartition, Long> ends, long deadline) {
    List<Future<?>> running = new ArrayList<>();
    for (Lane lane : lanes) {
      running.add(threads.submit(() -> readTo(lane, ends, deadline)));
    }
    for (Future<?> future : running) {
      try {
        future.get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof RuntimeException cause) {
          throw cause;
        }
        throw new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new RebuildException("Interrupted while reading state.", e);
      }
    }
  }

  private void readTo(Lane lane, Map<TopicPartition, Long> ends, long deadline) {
    List<TopicPartition> left = new ArrayList<>(lane.partitions());
    while (true) {
      left.removeIf(
          partition -> lane.consumer().position(partition) >= ends.getOrDefault(partition, 0L));
      if (left.isEmpty()) {
        return;
      }
      var records = lane.consumer().poll(POLL);
      for (TopicPartition partition : records.partitions()) {
        Consumer<ConsumerRecord<byte[], byte[]>> reader = lane.readers().get(partition);
        records.records(partition).forEach(reader);
      }
      read.addAndGet(records.count());
      if (records.isEmpty() && System.nanoTime() >= deadline) {
        throw new RebuildException(
            "The records of " + left.get(0) + " do not come; a transaction may be open there.");
      }
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
    lanes.forEach(
        lane ->
            lane.consumer()
                .close(
                    org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(1))));
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import dev.hogflare.runtime.KafkaSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Waits until generations have passed what the raw topics hold now, with all that follows from it.
 *
 * <p>A processor has passed a topic's end when its group has committed it. An event's messages to
 * other partitions are waited for as well: after the raw topics the mail that is there then, then
 * what that led to, until nothing new came or so many hops are done as no history needs in
 * practice; the same for events on their way to groups.
 */
final class Checkpoint {
  private static final int MAIL_HOPS = 8;

  /** An event visits each of its groups; there are at most five columns of them. */
  private static final int GROUP_HOPS = 6;

  private static final Duration POLL = Duration.ofMillis(20);

  /** After so long without progress it is looked up whether what is left is a record at all. */
  private static final Duration STALL = Duration.ofMillis(500);

  private final KafkaSettings kafka;
  private final BrokerView broker;
  private final List<StateTopics> generations;

  Checkpoint(KafkaSettings kafka, BrokerView broker, List<StateTopics> generations) {
    this.kafka = kafka;
    this.broker = broker;
    this.generations = List.copyOf(generations);
  }

  /**
   * Returns the ends of the raw topics of the moment of the call, when all generations have passed
   * them.
   *
   * @param deadline by {@link System#nanoTime}
   * @throws RebuildException if one has not by then
   */
  Map<TopicPartition, Long> pass(long deadline) {
    Map<TopicPartition, Long> raw =
        new TreeMap<>(
            java.util.Comparator.comparing(TopicPartition::topic)
                .thenComparing(TopicPartition::partition));
    List<TopicPartition> partitions = broker.partitions(generations.get(0).raw());
    raw.putAll(broker.ends(partitions));
    for (StateTopics generation : generations) {
      awaitPassed(generation, generation.personApplication(), raw, deadline);
    }
    drain(
        generations.stream().map(of -> new Loop(of, of.personApplication(), of.mail())).toList(),
        MAIL_HOPS,
        deadline);
    drain(
        generations.stream()
            .flatMap(
                of ->
                    of.groupApplication().stream()
                        .map(groups -> new Loop(of, groups, of.topics().groupEvents().name())))
            .toList(),
        GROUP_HOPS,
        deadline);
    return raw;
  }

  /** A topic that a processor both reads and writes. */
  private record Loop(StateTopics generation, String group, String topic) {}

  /** Waits for such topics of all generations, hop by hop. */
  private void drain(List<Loop> loops, int hops, long deadline) {
    Map<Loop, Map<TopicPartition, Long>> ends = new HashMap<>();
    List<Loop> left = new ArrayList<>(loops);
    for (int hop = 0; hop < hops && !left.isEmpty(); hop++) {
      List<Loop> moved = new ArrayList<>();
      for (Loop loop : left) {
        Map<TopicPartition, Long> next =
            awaitStable(broker.partitions(List.of(loop.topic())), deadline);
        if (!next.equals(ends.put(loop, next))) {
          moved.add(loop);
        }
      }
      for (Loop loop : moved) {
        awaitPassed(loop.generation(), loop.group(), ends.get(loop), deadline);
      }
      left = moved;
    }
  }

  /** Returns an end that includes all that was written before the call, with nothing open. */
  private Map<TopicPartition, Long> awaitStable(List<TopicPartition> partitions, long deadline) {
    Map<TopicPartition, Long> written = broker.ends(partitions);
    while (true) {
      Map<TopicPartition, Long> stable = broker.stableEnds(partitions);
      if (written.entrySet().stream().allMatch(end -> stable.get(end.getKey()) >= end.getValue())) {
        return stable;
      }
      if (System.nanoTime() >= deadline) {
        throw new RebuildException(
            "A transaction on "
                + partitions.get(0).topic()
                + " stays open; see whether its processor runs, and try again.");
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  private void awaitPassed(
      StateTopics generation, String group, Map<TopicPartition, Long> ends, long deadline) {
    Map<TopicPartition, Long> before = Map.of();
    Map<TopicPartition, Long> beginnings = broker.beginnings(ends.keySet());
    long progressAt = System.nanoTime();
    while (true) {
      Map<TopicPartition, Long> waiting = waiting(group, ends, beginnings);
      if (waiting.isEmpty()) {
        return;
      }
      long now = System.nanoTime();
      if (!waiting.equals(before)) {
        before = waiting;
        progressAt = now;
      } else if (now - progressAt > STALL.toNanos()) {
        if (!holdRecords(waiting, ends)) {
          return;
        }
        progressAt = now;
      }
      if (now >= deadline) {
        throw new RebuildException(behind(generation, group, waiting, ends));
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  private static String behind(
      StateTopics generation,
      String group,
      Map<TopicPartition, Long> waiting,
      Map<TopicPartition, Long> ends) {
    long left =
        waiting.entrySet().stream().mapToLong(e -> ends.get(e.getKey()) - e.getValue()).sum();
    TopicPartition first = waiting.keySet().iterator().next();
    return "The generation "
        + generation.generation()
        + " is not as far as "
        + first.topic()
        + ": "
        + group
        + " has about "
        + left
        + " records to go and the patience is over; 'hogflare rebuild status' shows whether it"
        + " moves, --patience waits longer.";
  }

  /** Returns where a group stands on the partitions whose given ends it has not committed. */
  private Map<TopicPartition, Long> waiting(
      String group, Map<TopicPartition, Long> ends, Map<TopicPartition, Long> beginnings) {
    Map<TopicPartition, Long> committed = broker.committed(group);
    Map<TopicPartition, Long> waiting = new HashMap<>();
    ends.forEach(
        (partition, end) -> {
          long at = Math.max(committed.getOrDefault(partition, 0L), beginnings.get(partition));
          if (at < end) {
            waiting.put(partition, at);
          }
        });
    return waiting;
  }

  /** Whether there are records, and not only the markers of transactions, before the ends. */
  private boolean holdRecords(Map<TopicPartition, Long> from, Map<TopicPartition, Long> ends) {
    Map<String, Object> own = new HashMap<>();
    own.put("isolation.level", "read_committed");
    own.put("client.id", "hogflare-rebuild-probe");
    own.put("max.poll.records", 1);
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            kafka.client(own), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      Collection<TopicPartition> left = new ArrayList<>(from.keySet());
      consumer.assign(left);
      from.forEach(consumer::seek);
      long until = System.nanoTime() + Duration.ofSeconds(5).toNanos();
      while (System.nanoTime() < until) {
        ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
        for (var record : records) {
          TopicPartition partition = new TopicPartition(record.topic(), record.partition());
          if (record.offset() < ends.get(partition)) {
            return true;
          }
        }
        left.removeIf(partition -> consumer.position(partition) >= ends.get(partition));
        if (left.isEmpty()) {
          return false;
        }
      }
      return true;
    }
  }
}

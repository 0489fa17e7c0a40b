// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import dev.hogflare.contract.Generation;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.GenerationRecord.Cut;
import dev.hogflare.contract.Generations;
import dev.hogflare.contract.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Measures on Kafka how far generations are. */
public final class ProgressSurvey implements AutoCloseable {
  /** So many offsets can be looked at one by one. */
  private static final int FEW = 100;

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(100);

  private final Deployment deployment;
  private final GenerationAdmin admin;

  /** Connects to a deployment. */
  public ProgressSurvey(Deployment deployment) {
    this.deployment = deployment;
    this.admin = new GenerationAdmin(deployment.kafka());
  }

  /** Returns all generations; those of a deployment without a control topic are the first alone. */
  public Generations generations() {
    return admin.topics().contains(deployment.topics().control().name())
        ? deployment.control().read()
        : new Generations(List.of());
  }

  /**
   * Returns how far a generation is.
   *
   * @param cut the markers that concern it, if there are any
   * @throws RebuildException if Kafka does not answer
   */
  public GenerationStatus measure(GenerationRecord record, Optional<Cut> cut) {
    Generation generation = record.generation();
    String persons = deployment.topics().personApplication(generation);
    String groups = deployment.topics().groupApplication(record.setup().groups());
    Topics own = record.topics(deployment.topics());
    Set<String> existing = admin.topics();
    Map<String, List<Long>> begins = admin.begins(deployment.raw(), deployment.partitions());
    Map<String, List<Long>> ends = admin.ends(deployment.raw(), deployment.partitions());
    Map<TopicPartition, Long> committed = admin.committed(persons);
    List<GenerationStatus.Position> positions = new ArrayList<>();
    for (String topic : deployment.raw()) {
      for (int p = 0; p < deployment.partitions(); p++) {
        long begin = begins.get(topic).get(p);
        positions.add(
            new GenerationStatus.Position(
                topic,
                p,
                begin,
                Math.max(begin, committed.getOrDefault(new TopicPartition(topic, p), 0L)),
                ends.get(topic).get(p),
                mark(cut, topic, p)));
      }
    }
    return new GenerationStatus(
        record,
        admin.members(persons),
        admin.members(groups),
        positions,
        waiting(existing, own.mail(persons).name(), committed),
        waiting(existing, own.groupEvents().name(), admin.committed(groups)));
  }

  private static OptionalLong mark(Optional<Cut> cut, String topic, int partition) {
    return cut.map(c -> c.marks().get(topic))
        .map(of -> OptionalLong.of(of.get(partition)))
        .orElse(OptionalLong.empty());
  }

  private long waiting(
      Collection<String> existing, String topic, Map<TopicPartition, Long> committed) {
    if (!existing.contains(topic)) {
      return 0;
    }
    List<Long> ends = admin.stableEnds(List.of(topic), deployment.partitions()).get(topic);
    List<Long> begins = admin.begins(List.of(topic), deployment.partitions()).get(topic);
    Map<TopicPartition, Long> from = new HashMap<>();
    Map<TopicPartition, Long> to = new HashMap<>();
    long waiting = 0;
    for (int p = 0; p < ends.size(); p++) {
      TopicPartition partition = new TopicPartition(topic, p);
      long at = Math.max(begins.get(p), committed.getOrDefault(partition, 0L));
      // What is behind a committed record is a transaction's marker; a record that waits has one
      // behind it.
      long behind = Math.max(0, ends.get(p) - at - 1);
      if (behind > 0) {
        from.put(partition, at);
        to.put(partition, ends.get(p));
      }
      waiting += behind;
    }
    // A transaction that was given up leaves offsets that no reader ever gets to see.
    return waiting > 0 && waiting <= FEW ? count(from, to) : waiting;
  }

  /** Counts the committed records between offsets. */
  private long count(Map<TopicPartition, Long> from, Map<TopicPartition, Long> to) {
    Map<String, Object> own = new HashMap<>();
    own.put("client.id", "hogflare-generations");
    own.put("enable.auto.commit", false);
    own.put("isolation.level", "read_committed");
    own.put("auto.offset.reset", "earliest");
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    long count = 0;
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            deployment.kafka().client(own),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.assign(from.keySet());
      from.forEach(consumer::seek);
      while (from.keySet().stream().anyMatch(p -> consumer.position(p) < to.get(p))) {
        if (System.nanoTime() > deadline) {
          throw new RebuildException(
              to.keySet() + " cannot be read to the end; check that the brokers run, then repeat.");
        }
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          TopicPartition partition = new TopicPartition(record.topic(), record.partition());
          count += record.offset() < to.get(partition) ? 1 : 0;
        }
      }
    }
    return count;
  }

  @Override
  public void close() {
    admin.close();
  }
}

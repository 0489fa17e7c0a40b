// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import dev.hogflare.contract.Generation;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.Topic;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.TopicProvisioner;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Copies a deployment's raw topics into those of a new deployment with another partition count.
 *
 * <p>The new deployment has another prefix and shares nothing with the old one but the cluster. Its
 * first processors build all state from the copies and write rows only for what comes behind them,
 * because the old deployment has written the others. Flags that are stored, and by which ids they
 * hash persons, follow from no event and go along. What was deleted with a person does not, so that
 * nothing of it is left when the old topics are deleted. The gateway must not write meanwhile. The
 * control topic of the new deployment is written last: without it a copy is not complete, and is
 * begun anew.
 */
public final class Repartition {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final int READ_AHEAD = 5_000;
  private static final long REPORT_EVERY = 50_000;

  private final KafkaSettings kafka;
  private final Topics from;
  private final Topics to;
  private final Duration dedupWindow;
  private final Consumer<String> progress;

  /**
   * What was done.
   *
   * @param copied records of each new topic
   * @param left markers of cutovers that stayed behind
   * @param unclaimed events whose claim is not in the log any more
   * @param forgotten records of deleted persons that stayed behind
   */
  public record Report(Map<String, Long> copied, long left, long unclaimed, long forgotten) {}

  /**
   * Creates a copy that has not begun.
   *
   * @param from the topics of the old deployment
   * @param to those of the new one
   * @param dedupWindow for how long the processors remember an event's uuid
   * @param progress told in a few words what is being done
   */
  public Repartition(
      KafkaSettings kafka,
      Topics from,
      Topics to,
      Duration dedupWindow,
      Consumer<String> progress) {
    this.kafka = kafka;
    this.from = from;
    this.to = to;
    this.dedupWindow = dedupWindow;
    this.progress = progress;
  }

  /**
   * Copies.
   *
   * @param live the old deployment's live generation, which must have worked everything off, so
   *     that no row is missing
   * @param partitions the count of the new topics
   * @param replicationFactor their replicas
   * @param now in microseconds since the epoch
   * @throws RebuildException if the new deployment is there already, the old one is not at rest, or
   *     Kafka does not answer
   */
  public Report run(StateTopics live, int partitions, int replicationFactor, long now) {
    try (BrokerView broker = new BrokerView(kafka)) {
      Set<String> existing =
          new HashSet<>(broker.ask(admin -> admin.listTopics().names(), "list its topics"));
      if (existing.contains(to.control().name())) {
        throw new RebuildException(
            "There is a deployment already whose topics begin like "
                + to.eventsRaw().name()
                + "; choose another prefix with --to-prefix, or delete its topics.");
      }
      requireEmptyLane(broker, existing);
      progress.accept("waiting for the processors to reach the end of the raw topics");
      Map<TopicPartition, Long> ends =
          new Checkpoint(kafka, broker, List.of(live)).pass(System.nanoTime() + PATIENCE.toNanos());
      removeBrokenOff(broker, existing);
      new TopicProvisioner(kafka, PATIENCE)
          .ensure(List.of(to.eventsRaw(), to.recordingsRaw()), partitions, replicationFactor);
      Map<String, Long> copied = new TreeMap<>();
      Map<String, List<Long>> openFrom = new TreeMap<>();
      long left = 0;
      long unclaimed = 0;
      long forgotten = 0;
      DeletedIds deleted = deletedIds(of(from.eventsRaw(), ends));
      // Events first: the copies are read in the order of their writing, and what is written later
      // decides up to when repeats are known.
      for (Map.Entry<Topic, Topic> topic :
          List.of(
              Map.entry(from.eventsRaw(), to.eventsRaw()),
              Map.entry(from.recordingsRaw(), to.recordingsRaw()))) {
        String target = topic.getValue().name();
        Map<TopicPartition, Long> sourceEnds = of(topic.getKey(), ends);
        RawCopy copy =
            new RawCopy(
                sourceEnds.size(),
                partitions,
                deleted,
                topic.getKey().equals(from.eventsRaw())
                    ? deleted::leavesOut
                    : deleted::leavesOutByTime);
        copy(broker, copy, topic.getKey().name(), target, sourceEnds);
        List<Long> targetEnds = new ArrayList<>();
        for (int p = 0; p < partitions; p++) {
          targetEnds.add(copy.ends().get(p));
        }
        requireEnds(broker, target, targetEnds);
        openFrom.put(target, targetEnds);
        copied.put(target, targetEnds.stream().mapToLong(Long::longValue).sum());
        left += copy.left();
        unclaimed += copy.unclaimed();
        forgotten += copy.forgotten();
      }
      copyFlags(broker, existing, replicationFactor, copied);
      if (!broker.ends(ends.keySet()).equals(ends)) {
        throw new RebuildException(
            "Events were written to "
                + from.eventsRaw().name()
                + " while it was copied; stop the gateway, and begin again.");
      }
      open(partitions, replicationFactor, openFrom, now);
      return new Report(copied, left, unclaimed, forgotten);
    }
  }

  /** What waits there would stay behind: only a gateway moves it to the raw events. */
  private void requireEmptyLane(BrokerView broker, Set<String> existing) {
    String lane = from.historicalRaw().name();
    if (!existing.contains(lane)) {
      return;
    }
    Map<TopicPartition, Long> moved = broker.committed(from.historicalLane());
    long waiting = 0;
    List<TopicPartition> partitions = broker.partitions(List.of(lane));
    Map<TopicPartition, Long> beginnings = broker.beginnings(partitions);
    for (Map.Entry<TopicPartition, Long> end : broker.ends(partitions).entrySet()) {
      // What the log has forgotten was moved, even if the group of the gateways was deleted since.
      long reached = Math.max(beginnings.get(end.getKey()), moved.getOrDefault(end.getKey(), 0L));
      waiting += Math.max(0, end.getValue() - reached);
    }
    if (waiting > 0) {
      throw new RebuildException(
          waiting
              + " events of historical batches wait on "
              + lane
              + " and would stay behind; start the gateway again until none does, then begin again.");
    }
  }

  /** Copies what flags-services keep, as far as there ever was one. */
  private void copyFlags(
      BrokerView broker, Set<String> existing, int replicationFactor, Map<String, Long> copied) {
    for (Map.Entry<Topic, Topic> topic :
        Map.of(from.flags(), to.flags(), from.flagStickyIds(), to.flagStickyIds()).entrySet()) {
      String source = topic.getKey().name();
      if (!existing.contains(source)) {
        continue;
      }
      progress.accept("copying " + source);
      new TopicProvisioner(kafka, PATIENCE).ensure(List.of(topic.getValue()), 1, replicationFactor);
      List<TopicPartition> partition = List.of(new TopicPartition(source, 0));
      Map<TopicPartition, Long> ends = broker.stableEnds(partition);
      copied.put(
          topic.getValue().name(),
          new CompactedCopy(this::consumer, this::producer)
              .run(source, topic.getValue().name(), ends.get(partition.get(0))));
      if (!broker.stableEnds(partition).equals(ends)) {
        throw new RebuildException(
            "The topic "
                + source
                + " was written to while it was copied; stop the flags-services, and begin again.");
      }
    }
  }

  private void removeBrokenOff(BrokerView broker, Set<String> existing) {
    List<String> broken =
        List.of(to.eventsRaw().name(), to.recordingsRaw().name()).stream()
            .filter(existing::contains)
            .toList();
    if (broken.isEmpty()) {
      return;
    }
    progress.accept("removing a copy that was broken off");
    broker.ask(admin -> admin.deleteTopics(broken).all(), "delete " + broken);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (broker.ask((Admin admin) -> admin.listTopics().names(), "list its topics").stream()
        .anyMatch(broken::contains)) {
      if (System.nanoTime() >= deadline) {
        throw new RebuildException("Kafka did not delete " + broken + "; try again.");
      }
      java.util.concurrent.locks.LockSupport.parkNanos(POLL.toNanos());
    }
  }

  private static void requireEnds(BrokerView broker, String topic, List<Long> expected) {
    List<TopicPartition> partitions = new ArrayList<>();
    for (int p = 0; p < expected.size(); p++) {
      partitions.add(new TopicPartition(topic, p));
    }
    Map<TopicPartition, Long> found = broker.ends(partitions);
    for (TopicPartition partition : partitions) {
      if (!found.get(partition).equals(expected.get(partition.partition()))) {
        throw new RebuildException(
            "The partition "
                + partition
                + " ends at "
                + found.get(partition)
                + " and not at "
                + expected.get(partition.partition())
                + "; somebody else writes to it. Stop that, and begin again.");
      }
    }
  }

  /** Lets the processors of the new deployment write rows for what comes behind the copies. */
  private void open(
      int partitions, int replicationFactor, Map<String, List<Long>> openFrom, long now) {
    Generation second = new Generation(2);
    GenerationRecord live =
        new GenerationRecord(
            second,
            GenerationRecord.State.LIVE,
            new GenerationRecord.Setup(
                second,
                false,
                GenerationRecord.Setup.BEGINNING,
                now,
                GenerationRecord.CODE_VERSION,
                openFrom),
            Optional.empty());
    Deployment deployment = new Deployment(kafka, to, partitions, false);
    deployment.control().ensure(replicationFactor);
    deployment
        .control()
        .write(
            deployment.control().read(),
            List.of(GenerationRecord.first().in(GenerationRecord.State.DROPPED), live));
  }

  private static Map<TopicPartition, Long> of(Topic topic, Map<TopicPartition, Long> allEnds) {
    Map<TopicPartition, Long> ends = new HashMap<>(allEnds);
    ends.keySet().removeIf(partition -> !partition.topic().equals(topic.name()));
    return ends;
  }

  /** Looks in a raw topic for what it deletes. */
  private DeletedIds deletedIds(Map<TopicPartition, Long> ends) {
    progress.accept("looking for deleted persons");
    DeletedIds deleted = new DeletedIds(dedupWindow);
    read(ends, deleted::find);
    if (!deleted.isEmpty()) {
      read(ends, deleted::findClaims);
      read(ends, deleted::findNamed);
    }
    return deleted;
  }

  private void read(
      Map<TopicPartition, Long> ends, Consumer<ConsumerRecord<byte[], byte[]>> reader) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumer()) {
      consumer.assign(ends.keySet());
      consumer.seekToBeginning(ends.keySet());
      while (ends.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        consumer.poll(POLL).forEach(reader);
      }
    }
  }

  private void copy(
      BrokerView broker,
      RawCopy copy,
      String source,
      String target,
      Map<TopicPartition, Long> ends) {
    long total = 0;
    Map<TopicPartition, Long> beginnings = broker.beginnings(ends.keySet());
    for (Map.Entry<TopicPartition, Long> end : ends.entrySet()) {
      total += end.getValue() - beginnings.get(end.getKey());
    }
    AtomicReference<Exception> failure = new AtomicReference<>();
    try (KafkaConsumer<byte[], byte[]> consumer = consumer();
        KafkaProducer<byte[], byte[]> producer = producer()) {
      consumer.assign(ends.keySet());
      consumer.seekToBeginning(ends.keySet());
      Set<TopicPartition> open = new HashSet<>(ends.keySet());
      long done = 0;
      while (true) {
        open.removeIf(
            partition -> {
              boolean ended = consumer.position(partition) >= ends.get(partition);
              if (ended) {
                copy.end(partition.partition());
                consumer.pause(List.of(partition));
              }
              return ended;
            });
        for (TopicPartition partition : open) {
          if (copy.waiting(partition.partition()) > READ_AHEAD) {
            consumer.pause(List.of(partition));
          } else {
            consumer.resume(List.of(partition));
          }
        }
        if (!open.isEmpty()) {
          for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
            copy.add(record);
          }
        }
        Optional<RawCopy.Copy> next = copy.next();
        while (next.isPresent()) {
          send(producer, target, next.get(), failure);
          if (++done % REPORT_EVERY == 0) {
            progress.accept("copying " + source + ": " + done + " of " + total);
          }
          next = copy.next();
        }
        require(failure);
        if (open.isEmpty()) {
          producer.flush();
          require(failure);
          return;
        }
      }
    }
  }

  private static void send(
      KafkaProducer<byte[], byte[]> producer,
      String target,
      RawCopy.Copy copy,
      AtomicReference<Exception> failure) {
    var unused =
        producer.send(
            new ProducerRecord<>(
                target, copy.partition(), null, copy.key(), copy.value(), copy.headers()),
            (metadata, e) -> {
              if (e != null) {
                failure.compareAndSet(null, e);
              } else if (metadata.offset() != copy.offset()) {
                failure.compareAndSet(
                    null,
                    new RebuildException(
                        "A copy went to the offset "
                            + metadata.offset()
                            + " of "
                            + target
                            + " and not to "
                            + copy.offset()
                            + ": somebody else writes there. Stop that, and begin again."));
              }
            });
  }

  private static void require(AtomicReference<Exception> failure) {
    if (failure.get() instanceof RebuildException known) {
      throw known;
    }
    if (failure.get() != null) {
      throw new RebuildException(
          "A record could not be copied (" + failure.get() + "); begin again.", failure.get());
    }
  }

  private KafkaConsumer<byte[], byte[]> consumer() {
    return new KafkaConsumer<>(
        kafka.client(
            Map.of(
                "client.id",
                "hogflare-repartition",
                "isolation.level",
                "read_committed",
                "auto.offset.reset",
                "earliest",
                "max.poll.records",
                2_000)),
        new ByteArrayDeserializer(),
        new ByteArrayDeserializer());
  }

  private KafkaProducer<byte[], byte[]> producer() {
    return new KafkaProducer<>(
        kafka.client(
            Map.of(
                "client.id",
                "hogflare-repartition",
                "acks",
                "all",
                "enable.idempotence",
                true,
                "compression.type",
                "lz4",
                "linger.ms",
                5,
                "batch.size",
                131_072,
                "max.request.size",
                Topics.MAX_RECORD_BYTES)),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }
}

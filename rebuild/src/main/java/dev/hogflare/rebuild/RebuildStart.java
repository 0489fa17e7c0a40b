// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import dev.hogflare.contract.Generation;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.GenerationRecord.Setup;
import dev.hogflare.contract.GenerationRecord.State;
import dev.hogflare.contract.Generations;
import dev.hogflare.contract.Rfc3339;
import dev.hogflare.contract.Topic;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.ControlTopic;
import dev.hogflare.runtime.TopicProvisioner;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Begins a generation. */
public final class RebuildStart {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(200);

  /**
   * How much of the past a generation without a predecessor writes once more: rows that were still
   * on their way between partitions when the old one stopped.
   */
  static final Duration OVERLAP = Duration.ofMinutes(1);

  private final Deployment deployment;

  /** Creates a start for a deployment. */
  public RebuildStart(Deployment deployment) {
    this.deployment = deployment;
  }

  /**
   * What is wanted.
   *
   * @param from where in history to begin, or empty for its beginning
   * @param personsOnly whether the groups stay those of the live generation
   * @param shadow whether all rows go to topics of their own
   * @param takeover whether the live generation is lost, so that this one is live at once
   * @param allowTruncated whether it may be that the beginning of history is gone
   */
  public record Wish(
      Optional<Instant> from,
      boolean personsOnly,
      boolean shadow,
      boolean takeover,
      boolean allowTruncated) {}

  /**
   * Begins the next generation; processors have to be run for it.
   *
   * @param now the time to note down
   * @throws RebuildException if it cannot begin; nothing has changed that matters then
   * @throws dev.hogflare.runtime.ConcurrentChangeException if another command was faster
   */
  public GenerationRecord begin(Wish wish, Instant now) {
    try (GenerationAdmin admin = new GenerationAdmin(deployment.kafka())) {
      int replicas = admin.replicas(deployment.topics().eventsRaw().name());
      ControlTopic control = deployment.control();
      control.ensure(replicas);
      Generations all = control.read();
      requireIdle(all);
      GenerationRecord live = all.live();
      if (wish.takeover()) {
        requireLost(admin, live);
      }
      if (wish.from().isEmpty() && !wish.allowTruncated()) {
        requireWholeHistory(admin);
      }
      Generation next = all.next();
      Setup setup =
          new Setup(
              wish.personsOnly() ? live.setup().groups() : next,
              wish.shadow(),
              wish.from().map(Instant::toString).orElse(Setup.BEGINNING),
              Math.multiplyExact(now.toEpochMilli(), 1_000),
              GenerationRecord.CODE_VERSION,
              wish.takeover() ? openFrom(admin, live) : Map.of());
      GenerationRecord record =
          new GenerationRecord(
              next, wish.takeover() ? State.LIVE : State.REBUILDING, setup, Optional.empty());
      new TopicProvisioner(deployment.kafka(), PATIENCE)
          .ensure(topicsOf(record), deployment.partitions(), replicas);
      wish.from()
          .ifPresent(
              from ->
                  admin.setCommitted(
                      deployment.topics().personApplication(next),
                      admin.at(deployment.raw(), deployment.partitions(), from.toEpochMilli())));
      control.write(
          all, wish.takeover() ? List.of(record, live.in(State.RETIRED)) : List.of(record));
      return record;
    }
  }

  /** Returns the topics that a generation reads and writes, which must all exist. */
  private Set<Topic> topicsOf(GenerationRecord record) {
    Topics own = record.topics(deployment.topics());
    Set<Topic> topics = new LinkedHashSet<>(own.all());
    topics.add(own.mail(deployment.topics().personApplication(record.generation())));
    return topics;
  }

  private static void requireIdle(Generations all) {
    all.underWay()
        .ifPresent(
            running -> {
              throw new RebuildException(
                  "A rebuild is under way already: "
                      + running.generation()
                      + (running.state() == State.CUTTING
                          ? " is taking over; finish that with 'hogflare rebuild cutover'."
                          : "; see 'hogflare rebuild status', or give it up with 'hogflare rebuild"
                              + " abort'."));
            });
    all.retiring()
        .ifPresent(
            retiring -> {
              throw new RebuildException(
                  "The generation "
                      + retiring.generation()
                      + " still finishes its work; 'hogflare rebuild cutover' waits for it.");
            });
  }

  private void requireLost(GenerationAdmin admin, GenerationRecord live) {
    String group = deployment.topics().personApplication(live.generation());
    int members = admin.members(group);
    if (members > 0 && !deployment.resting()) {
      throw new RebuildException(
          "The live generation "
              + live.generation()
              + " is not lost: "
              + members
              + " member(s) of "
              + group
              + " run. Stop them first, or rebuild beside them without --takeover.");
    }
    if (admin.committed(group).isEmpty()) {
      throw new RebuildException(
          "The consumer group "
              + group
              + " has no offsets, so that nobody knows which rows are written already; rebuild"
              + " with --shadow into topics of its own.");
    }
  }

  /**
   * Returns where the rows of a lost generation's successor begin: a while before the place up to
   * which the lost one had read, because what it had read last may not have become rows yet.
   */
  private Map<String, List<Long>> openFrom(GenerationAdmin admin, GenerationRecord live) {
    Map<TopicPartition, Long> committed =
        admin.committed(deployment.topics().personApplication(live.generation()));
    Map<String, List<Long>> begins = admin.begins(deployment.raw(), deployment.partitions());
    Map<TopicPartition, Long> last = new HashMap<>();
    begins.forEach(
        (topic, of) -> {
          for (int p = 0; p < of.size(); p++) {
            TopicPartition partition = new TopicPartition(topic, p);
            long offset = committed.getOrDefault(partition, 0L);
            if (offset > of.get(p)) {
              last.put(partition, offset - 1);
            }
          }
        });
    Map<TopicPartition, Long> times = timesOf(last);
    Map<String, List<Long>> from = new TreeMap<>();
    for (String topic : deployment.raw()) {
      List<Long> offsets = new ArrayList<>();
      for (int p = 0; p < deployment.partitions(); p++) {
        TopicPartition partition = new TopicPartition(topic, p);
        long read = committed.getOrDefault(partition, 0L);
        Long time = times.get(partition);
        long at =
            time == null
                ? read
                : admin
                    .at(List.of(topic), deployment.partitions(), time - OVERLAP.toMillis())
                    .get(topic)
                    .get(p);
        offsets.add(Math.min(at, read));
      }
      from.put(topic, offsets);
    }
    return from;
  }

  private void requireWholeHistory(GenerationAdmin admin) {
    String raw = deployment.topics().eventsRaw().name();
    List<Long> begins = admin.begins(List.of(raw), deployment.partitions()).get(raw);
    Map<TopicPartition, Long> cut = new HashMap<>();
    for (int p = 0; p < begins.size(); p++) {
      if (begins.get(p) > 0) {
        cut.put(new TopicPartition(raw, p), begins.get(p));
      }
    }
    if (cut.isEmpty()) {
      return;
    }
    long ends =
        admin.ends(List.of(raw), deployment.partitions()).get(raw).stream()
            .mapToLong(Long::longValue)
            .sum();
    long left = ends - begins.stream().mapToLong(Long::longValue).sum();
    String since =
        timesOf(cut).values().stream()
            .max(Long::compare)
            .map(millis -> Rfc3339.format(Math.multiplyExact(millis, 1_000)))
            .orElse("now");
    throw new RebuildException(
        "The beginning of "
            + raw
            + " was deleted by retention: persons can be rebuilt from "
            + since
            + " on, from the "
            + left
            + " records that are left. --allow-truncated does so; what happened before is lost"
            + " to the new generation.");
  }

  /** Returns the append times of records, in milliseconds; of those that are still there. */
  private Map<TopicPartition, Long> timesOf(Map<TopicPartition, Long> offsets) {
    Map<String, Object> own = new HashMap<>();
    own.put("client.id", "hogflare-generations");
    own.put("enable.auto.commit", false);
    own.put("max.poll.records", 1);
    own.put("auto.offset.reset", "earliest");
    Map<TopicPartition, Long> times = new HashMap<>();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            deployment.kafka().client(own),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      for (Map.Entry<TopicPartition, Long> entry : offsets.entrySet()) {
        List<TopicPartition> only = List.of(entry.getKey());
        long end = consumer.endOffsets(only).get(entry.getKey());
        if (entry.getValue() >= end) {
          continue;
        }
        consumer.assign(only);
        consumer.seek(entry.getKey(), entry.getValue());
        while (!times.containsKey(entry.getKey())) {
          if (System.nanoTime() > deadline) {
            throw new RebuildException(
                entry.getKey() + " cannot be read; check that the brokers run, then repeat.");
          }
          for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
            times.put(entry.getKey(), record.timestamp());
          }
        }
      }
    }
    return times;
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import dev.hogflare.contract.GroupKey;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.group.StoredGroup;
import dev.hogflare.person.StoredActor;
import dev.hogflare.runtime.KafkaSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Compares the state of two generations on Kafka while both go on working.
 *
 * <p>Persons are compared by their UUID with all that is known of them, distinct ids by the person
 * that their links end in, groups byte for byte. The overrides that the live generation wrote are
 * compared with its own links, because a muted one writes none.
 */
public final class Verification {
  private static final int MAX_WATCHED = 100_000;
  private static final Duration ROUND_PATIENCE = Duration.ofSeconds(30);

  /** A difference has to stand still for seconds, in which the brokers are not kept busy. */
  private static final Duration BETWEEN_ROUNDS = Duration.ofMillis(100);

  private final KafkaSettings kafka;
  private final StateTopics live;
  private final StateTopics other;
  private final Consumer<String> progress;
  private final Comparison comparison = new Comparison(MAX_WATCHED);

  /**
   * Creates a comparison that has not begun.
   *
   * @param progress told in a few words what is being done
   */
  public Verification(
      KafkaSettings kafka, StateTopics live, StateTopics other, Consumer<String> progress) {
    this.kafka = kafka;
    this.live = live;
    this.other = other;
    this.progress = progress;
  }

  /**
   * Compares, once.
   *
   * @param patience how long to wait for a generation that is behind, and for what keeps changing
   * @param limit how many differences are described
   * @throws RebuildException if a generation does not come far enough in time, or its state cannot
   *     be read
   */
  public VerificationReport run(Duration patience, int limit) {
    long began = System.nanoTime();
    long deadline = began + patience.toNanos();
    try (BrokerView broker = new BrokerView(kafka)) {
      Checkpoint checkpoint = new Checkpoint(kafka, broker, List.of(live, other));
      progress.accept("waiting for both generations to reach the end of the raw topics");
      Map<TopicPartition, Long> raw = checkpoint.pass(deadline);
      var readers = readers(broker);
      try (ChangelogReader changelogs = new ChangelogReader(kafka, readers)) {
        progress.accept("reading the state of both generations");
        changelogs.readTo(broker.ends(readers.keySet()), within(deadline));
        progress.accept("comparing");
        comparison.begin();
        while (true) {
          while (!comparison.isSettled() && System.nanoTime() < deadline) {
            progress.accept("following " + comparison.undecided().size() + " that differ");
            long round = System.nanoTime();
            checkpoint.pass(within(deadline));
            changelogs.readTo(broker.ends(readers.keySet()), within(deadline));
            comparison.endRound(round);
            LockSupport.parkNanos(BETWEEN_ROUNDS.toNanos());
          }
          boolean again =
              comparison.unwatched() > 0
                  && comparison.differences().isEmpty()
                  && System.nanoTime() < deadline;
          if (!again) {
            break;
          }
          comparison.begin();
        }
        return report(raw, changelogs.read(), limit, Duration.ofNanos(System.nanoTime() - began));
      }
    }
  }

  /** A round that has begun is brought to its end. */
  private static long within(long deadline) {
    return Math.max(deadline, System.nanoTime() + ROUND_PATIENCE.toNanos());
  }

  private Map<TopicPartition, Consumer<ConsumerRecord<byte[], byte[]>>> readers(BrokerView broker) {
    Map<TopicPartition, Consumer<ConsumerRecord<byte[], byte[]>>> readers = new HashMap<>();
    put(readers, broker, live.actors(), comparison.live().persons::apply);
    put(readers, broker, other.actors(), comparison.other().persons::apply);
    if (comparesGroups()) {
      put(readers, broker, live.groups().orElseThrow(), comparison.live().groups::apply);
      put(readers, broker, other.groups().orElseThrow(), comparison.other().groups::apply);
    }
    if (live.overrides()) {
      put(
          readers,
          broker,
          live.topics().personOverrides().name(),
          comparison.live().overrides::apply);
    }
    return readers;
  }

  private boolean comparesGroups() {
    return live.groups().isPresent()
        && other.groups().isPresent()
        && !live.groups().equals(other.groups());
  }

  /** Takes one record of a table. */
  private interface Table {
    void apply(byte[] key, byte[] value, Place place);
  }

  private static void put(
      Map<TopicPartition, Consumer<ConsumerRecord<byte[], byte[]>>> readers,
      BrokerView broker,
      String topic,
      Table table) {
    for (TopicPartition partition : broker.partitions(List.of(topic))) {
      readers.put(
          partition,
          record -> {
            try {
              table.apply(
                  record.key(), record.value(), new Place(record.partition(), record.offset()));
            } catch (MalformedRecordException e) {
              throw new RebuildException(
                  "The record "
                      + record.topic()
                      + "-"
                      + record.partition()
                      + "@"
                      + record.offset()
                      + " cannot be read: "
                      + e.getMessage()
                      + " That state is damaged; rebuild it.",
                  e);
            }
          });
    }
  }

  private VerificationReport report(
      Map<TopicPartition, Long> raw, long records, int limit, Duration took) {
    List<Comparison.Subject> subjects = new ArrayList<>(comparison.differences());
    List<Comparison.Subject> undecided = comparison.undecided();
    subjects.addAll(undecided);
    List<Difference> differences = new ArrayList<>();
    if (!subjects.isEmpty()) {
      progress.accept("looking up what differs");
      try (RecordFetch fetch = new RecordFetch(kafka)) {
        subjects.stream()
            .limit(limit)
            .forEach(subject -> differences.add(describe(fetch, subject)));
      }
    }
    Map<String, List<Long>> ends = new TreeMap<>();
    raw.forEach(
        (partition, end) ->
            ends.computeIfAbsent(partition.topic(), topic -> new ArrayList<>()).add(end));
    Comparison.Counts counts = comparison.counts();
    return new VerificationReport(
        live.generation(),
        other.generation(),
        counts.persons(),
        counts.ids(),
        counts.groups(),
        counts.overrides(),
        comparison.differences().size(),
        comparison.unwatched() > 0,
        undecided.size(),
        List.copyOf(differences),
        ends,
        records,
        took);
  }

  private Difference describe(RecordFetch fetch, Comparison.Subject subject) {
    return switch (subject.kind()) {
      case PERSON -> person(fetch, subject);
      case ID -> id(fetch, subject);
      case GROUP -> group(fetch, subject);
      case OVERRIDE -> override(fetch, subject);
    };
  }

  private Difference person(RecordFetch fetch, Comparison.Subject subject) {
    var one =
        fetch.find(
            live.actors(), comparison.live().persons.homeOrNull(subject.high(), subject.low()));
    var two =
        fetch.find(
            other.actors(), comparison.other().persons.homeOrNull(subject.high(), subject.low()));
    return new Difference(
        "person",
        one.or(() -> two).map(record -> StoredActor.Key.of(record.key()).token()).orElse(""),
        new UUID(subject.high(), subject.low()).toString(),
        one.map(Verification::personFields).orElse(Map.of()),
        two.map(Verification::personFields).orElse(Map.of()));
  }

  private static Map<String, String> personFields(ConsumerRecord<byte[], byte[]> record) {
    Map<String, String> fields = new LinkedHashMap<>();
    if (StoredActor.read(record.value()) instanceof StoredActor.Root root) {
      fields.putAll(StoredActor.fields(root.content()));
    }
    return fields;
  }

  private Difference id(RecordFetch fetch, Comparison.Subject subject) {
    var one =
        fetch.find(
            live.actors(), comparison.live().persons.placeOrNull(subject.high(), subject.low()));
    var two =
        fetch.find(
            other.actors(), comparison.other().persons.placeOrNull(subject.high(), subject.low()));
    return actorDifference(
        "id",
        one.or(() -> two).map(ConsumerRecord::key),
        Map.of("leads to", leadsTo(comparison.live().persons, subject)),
        Map.of("leads to", leadsTo(comparison.other().persons, subject)));
  }

  private static Difference actorDifference(
      String kind,
      java.util.Optional<byte[]> key,
      Map<String, String> left,
      Map<String, String> right) {
    java.util.Optional<StoredActor.Key> actor = key.map(StoredActor.Key::of);
    return new Difference(
        kind,
        actor.map(StoredActor.Key::token).orElse(""),
        actor.map(StoredActor.Key::text).orElse("a distinct id that changed meanwhile"),
        left,
        right);
  }

  private static String leadsTo(PersonIndex persons, Comparison.Subject id) {
    long[] person = new long[2];
    if (persons.resolve(id.high(), id.low(), person, new long[4])) {
      return new UUID(person[0], person[1]).toString();
    }
    if (person[1] == PersonIndex.WAITING) {
      return "an answer that it waits for";
    }
    return person[1] == PersonIndex.ABSENT ? "nothing, it was never seen" : "no person";
  }

  private Difference group(RecordFetch fetch, Comparison.Subject subject) {
    var one =
        fetch.find(
            live.groups().orElseThrow(),
            comparison.live().groups.placeOrNull(subject.high(), subject.low()));
    var two =
        fetch.find(
            other.groups().orElseThrow(),
            comparison.other().groups.placeOrNull(subject.high(), subject.low()));
    java.util.Optional<GroupKey> key =
        one.or(() -> two).map(record -> GroupKey.fromBytes(record.key()));
    return new Difference(
        "group",
        key.map(GroupKey::token).orElse(""),
        key.map(k -> k.type() + " " + k.key()).orElse("a group that changed meanwhile"),
        one.map(record -> StoredGroup.fields(record.value())).orElse(Map.of()),
        two.map(record -> StoredGroup.fields(record.value())).orElse(Map.of()));
  }

  private Difference override(RecordFetch fetch, Comparison.Subject subject) {
    var record =
        fetch.find(
            live.topics().personOverrides().name(),
            comparison.live().overrides.place(subject.high(), subject.low()));
    return actorDifference(
        "override",
        record.map(ConsumerRecord::key),
        Map.of("leads to", leadsTo(comparison.live().persons, subject)),
        Map.of(
            "leads to",
            record.map(r -> OverrideIndex.person(r.value()).toString()).orElse("something else")));
  }
}

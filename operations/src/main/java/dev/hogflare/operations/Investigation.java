// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.operations;

import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.GroupedEvent;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Stage;
import dev.hogflare.contract.Topics;
import dev.hogflare.contract.Uuids;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Follows every event of the accounts that do not balance over the topics to the sink.
 *
 * <p>Reads the hours in question only, and holds some hundred bytes for each of their events.
 */
final class Investigation {
  /** Clocks of gateways and brokers may differ, and a request may wait for its acknowledgement. */
  private static final long BEFORE_MILLIS = 10 * 60_000;

  private static final long AFTER_MILLIS = 60 * 60_000;

  /** Offsets within which two places are shown as one stretch. */
  private static final long NEAR = 100;

  private final TopicReader reader;
  private final Topics topics;

  Investigation(TopicReader reader, Topics topics) {
    this.reader = reader;
    this.topics = topics;
  }

  /** The place of a record. */
  private record Place(String topic, int partition, long offset) implements Comparable<Place> {
    private static final Comparator<Place> ORDER =
        Comparator.comparing(Place::topic)
            .thenComparingInt(Place::partition)
            .thenComparingLong(Place::offset);

    static Place of(ConsumerRecord<byte[], byte[]> record) {
      return new Place(record.topic(), record.partition(), record.offset());
    }

    static Place of(DeadLetter.Source source) {
      return new Place(source.topic(), source.partition(), source.offset());
    }

    @Override
    public int compareTo(Place other) {
      return ORDER.compare(this, other);
    }
  }

  /** Where an event was seen. */
  private static final class Trace {
    private final List<Place> raw = new ArrayList<>(1);
    private final List<Place> grouped = new ArrayList<>(0);
    private final List<Place> rows = new ArrayList<>(1);
    private boolean inSink;

    /** The recording of which it is a further part, or null. */
    private UUID partOf;
  }

  Reconciliation.Verdict of(Reconciliation.Books books, Optional<SinkRows> sink) {
    Map<Bucket, Map<UUID, Trace>> traces = new TreeMap<>();
    books
        .accounts()
        .forEach(
            (bucket, account) -> {
              if (account.missing() > 0 || account.doubled() > 0) {
                traces.put(bucket, new HashMap<>());
              }
            });
    if (traces.isEmpty()) {
      return new Reconciliation.Verdict(List.of(), Map.of());
    }
    Map<Bucket, List<Place>> unreadable = new HashMap<>();
    readRaw(topics.eventsRaw().name(), books, traces, unreadable);
    readRaw(topics.recordingsRaw().name(), books, traces, unreadable);
    readRows(traces);
    traces.values().forEach(Investigation::findOriginsOfParts);
    Set<Place> dead = readDeadLetters();
    traces.forEach(
        (bucket, events) -> {
          if (sink.isPresent()) {
            sink.get()
                .uuids(bucket)
                .forEach(uuid -> events.computeIfAbsent(uuid, u -> new Trace()).inSink = true);
          } else {
            events.values().forEach(trace -> trace.inSink = !trace.rows.isEmpty());
          }
        });
    List<Finding> findings = new ArrayList<>();
    Map<Bucket, Long> repeated = new TreeMap<>();
    traces.forEach(
        (bucket, events) -> {
          Judgement judgement = new Judgement(bucket, books.accounts().get(bucket), dead);
          events.forEach(judgement::take);
          unreadable.getOrDefault(bucket, List.of()).forEach(judgement::takeUnreadable);
          findings.addAll(judgement.findings());
          if (judgement.repeated > 0) {
            repeated.put(bucket, judgement.repeated);
          }
        });
    return new Reconciliation.Verdict(findings, repeated);
  }

  private void readRaw(
      String topic,
      Reconciliation.Books books,
      Map<Bucket, Map<UUID, Trace>> traces,
      Map<Bucket, List<Place>> unreadable) {
    Map<Integer, TopicReader.Range> ranges = new HashMap<>();
    for (Bucket bucket : traces.keySet()) {
      reader
          .between(topic, bucket.beginMillis() - BEFORE_MILLIS, bucket.endMillis() + AFTER_MILLIS)
          .forEach((partition, range) -> ranges.merge(partition, range, TopicReader.Range::and));
      // An event that was sent again later has its old hour, and stands elsewhere.
      books
          .raw()
          .getOrDefault(bucket, Map.of())
          .forEach(
              (place, offsets) -> {
                if (place.topic().equals(topic)) {
                  ranges.merge(
                      place.partition(),
                      new TopicReader.Range(offsets.first(), offsets.last()),
                      TopicReader.Range::and);
                }
              });
    }
    reader.ranges(
        topic,
        ranges,
        record -> {
          Bucket bucket = Reconciliation.bucketByHeaders(record);
          Map<UUID, Trace> events = traces.get(bucket);
          if (events == null || RawCommand.isCommand(record.headers())) {
            return;
          }
          try {
            UUID uuid = RawEvent.read(record.key(), record.value(), record.headers()).uuid();
            events.computeIfAbsent(uuid, u -> new Trace()).raw.add(Place.of(record));
          } catch (MalformedRecordException e) {
            unreadable.computeIfAbsent(bucket, b -> new ArrayList<>()).add(Place.of(record));
          }
        });
  }

  private void readRows(Map<Bucket, Map<UUID, Trace>> traces) {
    long since =
        traces.keySet().stream().mapToLong(Bucket::beginMillis).min().orElseThrow() - BEFORE_MILLIS;
    reader.since(
        topics.events().name(),
        since,
        record -> RowFacts.of(record.value()).ifPresent(facts -> noteRow(record, facts, traces)));
    reader.since(
        topics.recordings().name(),
        since,
        record ->
            RowFacts.ofRecording(record.value())
                .ifPresent(facts -> noteRow(record, facts, traces)));
    String grouped = new Topics("").groupEvents().name();
    for (String topic : reader.topics()) {
      // Each generation has a topic of its own.
      if (topic.startsWith(topics.groupEvents().name()) && topic.contains(grouped)) {
        reader.since(topic, since, record -> noteGrouped(record, traces));
      }
    }
  }

  private static void noteRow(
      ConsumerRecord<byte[], byte[]> record, RowFacts facts, Map<Bucket, Map<UUID, Trace>> traces) {
    Map<UUID, Trace> events = traces.get(facts.bucket());
    if (events == null) {
      return;
    }
    events.computeIfAbsent(facts.uuid(), u -> new Trace()).rows.add(Place.of(record));
    for (int part = 1; part < facts.parts(); part++) {
      UUID uuid = Uuids.recordingPart(facts.uuid(), part);
      events.computeIfAbsent(uuid, u -> new Trace()).partOf = facts.uuid();
    }
  }

  /** A further part of a recording stands on the raw topic under the recording's own uuid. */
  private static void findOriginsOfParts(Map<UUID, Trace> events) {
    events
        .values()
        .forEach(
            trace -> {
              if (trace.partOf != null && events.containsKey(trace.partOf)) {
                trace.raw.addAll(events.get(trace.partOf).raw);
              }
            });
  }

  private static void noteGrouped(
      ConsumerRecord<byte[], byte[]> record, Map<Bucket, Map<UUID, Trace>> traces) {
    Map<UUID, Trace> events = traces.get(Reconciliation.bucketByHeaders(record));
    if (events == null) {
      return;
    }
    try {
      GroupedEvent event = GroupedEvent.read(record.value(), record.headers());
      RowFacts.of(event.row())
          .ifPresent(
              facts ->
                  events
                      .computeIfAbsent(facts.uuid(), u -> new Trace())
                      .grouped
                      .add(Place.of(record)));
    } catch (MalformedRecordException e) {
      // It stands among the dead letters under its place.
      return;
    }
  }

  private Set<Place> readDeadLetters() {
    Set<Place> dead = new HashSet<>();
    reader.all(
        topics.deadLetters().name(),
        record ->
            Reconciliation.reason(record)
                .filter(reason -> reason.stage() != Stage.GATEWAY && reason.source() != null)
                .ifPresent(reason -> dead.add(Place.of(reason.source()))));
    return dead;
  }

  /** Decides about the events of one bucket. */
  private static final class Judgement {
    private final Bucket bucket;
    private final Account account;
    private final Set<Place> dead;
    private final Map<Finding.Kind, Map<Place, UUID>> places = new TreeMap<>();
    private long unplaced;
    private UUID unplacedExample;
    private long repeated;

    private Judgement(Bucket bucket, Account account, Set<Place> dead) {
      this.bucket = bucket;
      this.account = account;
      this.dead = dead;
    }

    void take(UUID uuid, Trace trace) {
      if (trace.rows.size() > 1) {
        long more = trace.rows.size() - 1L;
        // The same uuid again after the time for which repeats are known gives a second row.
        long again = Math.min(more, Math.max(0, trace.raw.size() - 1L));
        repeated += again;
        for (int i = 0; i < more - again; i++) {
          note(Finding.Kind.DOUBLED, trace.rows.get(trace.rows.size() - 1 - i), uuid);
        }
      }
      if (trace.raw.isEmpty()) {
        // The raw topics keep everything longer than the others do.
        if (!trace.rows.isEmpty()) {
          note(Finding.Kind.UNKNOWN, trace.rows.getFirst(), uuid);
        } else if (trace.inSink) {
          unplaced++;
          unplacedExample = uuid;
        }
        return;
      }
      if (trace.inSink) {
        return;
      }
      if (anyDead(trace.rows) || anyDead(trace.grouped) || anyDead(trace.raw)) {
        return;
      }
      if (!trace.rows.isEmpty()) {
        note(Finding.Kind.LOST_BEFORE_SINK, trace.rows.getFirst(), uuid);
      } else if (!trace.grouped.isEmpty()) {
        note(Finding.Kind.LOST_AT_GROUPS, trace.grouped.getLast(), uuid);
      } else if (!trace.raw.isEmpty()) {
        note(Finding.Kind.LOST_BEFORE_ROWS, trace.raw.getFirst(), uuid);
      }
    }

    /** A record that cannot be read has no uuid of its own, and must be a dead letter. */
    void takeUnreadable(Place place) {
      if (!dead.contains(place)) {
        note(Finding.Kind.LOST_BEFORE_ROWS, place, new UUID(0, 0));
      }
    }

    private boolean anyDead(List<Place> candidates) {
      return candidates.stream().anyMatch(dead::contains);
    }

    private void note(Finding.Kind kind, Place place, UUID uuid) {
      places.computeIfAbsent(kind, k -> new TreeMap<>()).put(place, uuid);
    }

    List<Finding> findings() {
      List<Finding> all = new ArrayList<>();
      long erased = account.erased();
      long lost = 0;
      long doubled = unplaced;
      for (Map.Entry<Finding.Kind, Map<Place, UUID>> kind : places.entrySet()) {
        long count = kind.getValue().size();
        if (kind.getKey() == Finding.Kind.LOST_BEFORE_ROWS && count <= account.filtered()) {
          // Events that a transformation dropped leave no trace, and are not told apart either.
          continue;
        }
        if (kind.getKey().missing() && count <= erased) {
          // Erased rows are gone from the sink alone, and no longer told apart.
          erased -= count;
          continue;
        }
        if (kind.getKey().missing()) {
          lost += count;
        } else {
          doubled += count;
        }
        all.addAll(stretches(kind.getKey(), kind.getValue()));
      }
      if (unplaced > 0) {
        all.add(
            new Finding(
                bucket,
                Finding.Kind.UNKNOWN,
                unplaced,
                Optional.empty(),
                Optional.of(unplacedExample)));
      }
      long unexplained = account.missing() - lost - repeated;
      if (unexplained > 0) {
        all.add(unplaced(Finding.Kind.UNACCOUNTED, unexplained));
      }
      long tooMany = account.doubled() - doubled;
      if (tooMany > 0) {
        all.add(unplaced(Finding.Kind.OVERCOUNTED, tooMany));
      }
      return all;
    }

    private Finding unplaced(Finding.Kind kind, long count) {
      return new Finding(bucket, kind, count, Optional.empty(), Optional.empty());
    }

    private List<Finding> stretches(Finding.Kind kind, Map<Place, UUID> found) {
      List<Finding> all = new ArrayList<>();
      Place first = null;
      Place last = null;
      UUID example = null;
      long count = 0;
      for (Map.Entry<Place, UUID> each : found.entrySet()) {
        Place place = each.getKey();
        if (last != null && !follows(last, place)) {
          all.add(finding(kind, count, first, last, example));
          first = null;
        }
        if (first == null) {
          first = place;
          example = each.getValue();
          count = 0;
        }
        last = place;
        count++;
      }
      all.add(finding(kind, count, first, last, example));
      return all;
    }

    /** Other projects' records and transaction markers stand in between. */
    private static boolean follows(Place last, Place next) {
      return next.topic().equals(last.topic())
          && next.partition() == last.partition()
          && next.offset() - last.offset() <= NEAR;
    }

    private Finding finding(Finding.Kind kind, long count, Place first, Place last, UUID example) {
      return new Finding(
          bucket,
          kind,
          count,
          Optional.of(
              new Finding.Stretch(first.topic(), first.partition(), first.offset(), last.offset())),
          Optional.of(example));
    }
  }
}

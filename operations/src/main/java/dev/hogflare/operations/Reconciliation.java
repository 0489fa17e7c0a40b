// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.operations;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.LedgerCount;
import dev.hogflare.contract.LedgerEntry;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.RedriveMark;
import dev.hogflare.contract.Stage;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.KafkaSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Compares what the stages counted with one another and with what the sink holds, by project and
 * hour.
 *
 * <p>The counts of the processors are exact, because each is part of the transaction that it
 * counts. Those of the gateways may lack the last second before a kill, so that they can show a
 * loss and cannot hide one.
 */
public final class Reconciliation {
  private final Topics topics;
  private final TopicReader reader;
  private final Investigation investigation;

  /** Creates the comparison of a deployment. */
  public Reconciliation(KafkaSettings kafka, Topics topics) {
    this.topics = topics;
    reader = new TopicReader(kafka);
    investigation = new Investigation(reader, topics);
  }

  /**
   * The hours that are compared.
   *
   * @param from the first hour since the epoch
   * @param to the hour behind the last
   */
  public record Hours(long from, long to) {
    /** All hours. */
    public static final Hours ALL = new Hours(Long.MIN_VALUE, Long.MAX_VALUE);

    boolean contain(Bucket bucket) {
      return bucket.hour() >= from && bucket.hour() < to;
    }
  }

  /**
   * The accounts of a moment.
   *
   * @param accounts what was counted, by project and hour
   * @param beforeLedger rows in the sink of hours before anything was counted
   * @param applications the ids of the processors that counted, by stage
   * @param lostMail pieces of mail that became dead letters
   * @param raw where the events of a bucket stand on the raw topics
   */
  public record Books(
      Map<Bucket, Account> accounts,
      long beforeLedger,
      Map<Stage, Set<String>> applications,
      long lostMail,
      Map<Bucket, Map<LedgerEntry.Place, LedgerEntry.Offsets>> raw) {
    /** Whether every account balances. */
    public boolean balanced() {
      return accounts.values().stream().allMatch(a -> a.missing() == 0 && a.doubled() == 0);
    }
  }

  /**
   * What an investigation came to.
   *
   * @param findings what is missing or doubled, and where
   * @param repeated rows of events that their clients sent again after the time for which repeats
   *     are known; the sink's queries show each uuid once
   */
  public record Verdict(List<Finding> findings, Map<Bucket, Long> repeated) {
    /** Returns how many events are missing. */
    public long missing() {
      return count(true);
    }

    /** Returns how many rows there are too many. */
    public long doubled() {
      return count(false);
    }

    private long count(boolean missing) {
      return findings.stream()
          .filter(finding -> finding.kind().missing() == missing)
          .mapToLong(Finding::count)
          .sum();
    }
  }

  /**
   * Reads what was counted, and asks the sink what it holds.
   *
   * @param sink the sink, or nothing if it cannot be asked; then it counts as holding all rows that
   *     were written
   */
  public Books books(Hours hours, Optional<SinkRows> sink) {
    Map<Bucket, Map<Stage, Map<String, Long>>> counts = new HashMap<>();
    Map<Bucket, Map<LedgerEntry.Place, LedgerEntry.Offsets>> raw = new HashMap<>();
    Map<Stage, Set<String>> applications = new TreeMap<>();
    Map<Letter.Id, RedriveMark> marks = new HashMap<>();
    long[] firstHour = {Long.MAX_VALUE};
    // A compacted topic may still hold older totals of a writer; the last of each is the one.
    Map<EntryKey, LedgerEntry> latest = new HashMap<>();
    reader.all(
        topics.ledger().name(),
        record -> {
          RedriveMark.read(record.key(), record.value())
              .ifPresent(mark -> marks.put(new Letter.Id(mark.partition(), mark.offset()), mark));
          LedgerEntry.read(record.key(), record.value())
              .ifPresent(
                  entry -> {
                    firstHour[0] = Math.min(firstHour[0], entry.hour());
                    applications
                        .computeIfAbsent(entry.stage(), s -> new TreeSet<>())
                        .add(entry.application());
                    Bucket bucket = new Bucket(entry.token(), entry.hour());
                    if (hours.contain(bucket)) {
                      latest.put(new EntryKey(entry.stage(), entry.writer(), bucket), entry);
                    }
                  });
        });
    latest.forEach(
        (key, entry) -> {
          Map<String, Long> sums =
              counts
                  .computeIfAbsent(key.bucket(), b -> new HashMap<>())
                  .computeIfAbsent(key.stage(), s -> new HashMap<>());
          entry.counts().forEach((name, count) -> sums.merge(name, count, Long::sum));
          Map<LedgerEntry.Place, LedgerEntry.Offsets> places =
              raw.computeIfAbsent(key.bucket(), b -> new HashMap<>());
          entry
              .raw()
              .forEach((place, offsets) -> places.merge(place, offsets, LedgerEntry.Offsets::and));
        });
    Letters letters = letters(marks);
    Map<Bucket, SinkRows.Held> held = sink.map(SinkRows::held).orElse(Map.of());
    Map<Bucket, Long> erased = sink.map(SinkRows::erased).orElse(Map.of());
    Set<Bucket> buckets = new TreeSet<>(counts.keySet());
    long before = 0;
    for (Map.Entry<Bucket, SinkRows.Held> each : held.entrySet()) {
      if (each.getKey().hour() < firstHour[0]) {
        before += hours.contain(each.getKey()) ? each.getValue().distinct() : 0;
      } else if (hours.contain(each.getKey())) {
        buckets.add(each.getKey());
      }
    }
    Map<Bucket, Account> accounts = new TreeMap<>();
    long lostMail = 0;
    for (Bucket bucket : buckets) {
      Map<Stage, Map<String, Long>> byStage = counts.getOrDefault(bucket, Map.of());
      accounts.put(bucket, account(bucket, byStage, letters, held, erased, sink.isPresent()));
      lostMail += count(byStage.get(Stage.PERSON), LedgerCount.LOST_MAIL);
    }
    return new Books(accounts, before, applications, lostMail, raw);
  }

  private record EntryKey(Stage stage, String writer, Bucket bucket) {}

  /** The letters that change what the counts mean. */
  private record Letters(Map<Bucket, Long> groupRedriven, Map<Bucket, Long> forwarderDead) {}

  private static Account account(
      Bucket bucket,
      Map<Stage, Map<String, Long>> byStage,
      Letters letters,
      Map<Bucket, SinkRows.Held> held,
      Map<Bucket, Long> erased,
      boolean sinkKnown) {
    Map<String, Long> person = byStage.get(Stage.PERSON);
    Map<String, Long> group = byStage.get(Stage.GROUP);
    Map<String, Long> gateway = byStage.getOrDefault(Stage.GATEWAY, Map.of());
    long forwarderDead = letters.forwarderDead().getOrDefault(bucket, 0L);
    long written = count(person, LedgerCount.ROWS) + count(group, LedgerCount.ROWS) - forwarderDead;
    SinkRows.Held inSink =
        sinkKnown
            ? held.getOrDefault(bucket, new SinkRows.Held(0, 0))
            : new SinkRows.Held(written, written);
    return new Account(
        count(person, LedgerCount.RECEIVED),
        count(person, LedgerCount.REDRIVEN),
        count(person, LedgerCount.ROWS),
        count(person, LedgerCount.SPLIT),
        count(person, LedgerCount.GROUPED),
        count(person, LedgerCount.DUPLICATES),
        count(person, LedgerCount.FILTERED),
        deadLetters(person),
        count(group, LedgerCount.ROWS),
        deadLetters(group),
        letters.groupRedriven().getOrDefault(bucket, 0L),
        forwarderDead,
        inSink.distinct(),
        inSink.all() - inSink.distinct(),
        erased.getOrDefault(bucket, 0L),
        gateway.getOrDefault("stored", 0L),
        gateway);
  }

  private static long count(Map<String, Long> counts, LedgerCount what) {
    return counts == null ? 0 : counts.getOrDefault(what.text(), 0L);
  }

  private static long deadLetters(Map<String, Long> counts) {
    return counts == null
        ? 0
        : counts.entrySet().stream()
            .filter(count -> LedgerCount.isDeadLetters(count.getKey()))
            .mapToLong(Map.Entry::getValue)
            .sum();
  }

  /** Reads the dead letters of the stages whose letters do not pass the raw topic again. */
  private Letters letters(Map<Letter.Id, RedriveMark> marks) {
    Map<Bucket, Long> groupRedriven = new HashMap<>();
    Map<DeadLetter.Source, Optional<Bucket>> dead = new HashMap<>();
    Set<DeadLetter.Source> sentAgain = new HashSet<>();
    reader.all(
        topics.deadLetters().name(),
        record -> {
          Optional<DeadLetter> reason = reason(record);
          if (reason.isEmpty() || reason.get().source() == null) {
            return;
          }
          boolean redriven = marks.containsKey(new Letter.Id(record.partition(), record.offset()));
          if (reason.get().stage() == Stage.GROUP && redriven) {
            groupRedriven.merge(bucketByHeaders(record), 1L, Long::sum);
          }
          DeadLetter.Source source = reason.get().source();
          if (reason.get().stage() == Stage.FORWARDER
              && (source.topic().equals(topics.events().name())
                  || source.topic().equals(topics.recordings().name()))) {
            // Written again if the forwarder was killed before it committed.
            dead.put(source, RowFacts.of(record.value()).map(RowFacts::bucket));
            if (redriven) {
              sentAgain.add(source);
            }
          }
        });
    Map<Bucket, Long> forwarderDead = new HashMap<>();
    dead.forEach(
        (source, bucket) -> {
          if (!sentAgain.contains(source)) {
            bucket
                .or(() -> bucketAt(source))
                .ifPresent(known -> forwarderDead.merge(known, 1L, Long::sum));
          }
        });
    return new Letters(groupRedriven, forwarderDead);
  }

  /** A letter without its value, or whose row cannot be read, says where the row still is. */
  private Optional<Bucket> bucketAt(DeadLetter.Source source) {
    List<Bucket> found = new ArrayList<>();
    reader.ranges(
        source.topic(),
        Map.of(source.partition(), new TopicReader.Range(source.offset(), source.offset())),
        record -> RowFacts.of(record.value()).ifPresent(facts -> found.add(facts.bucket())));
    return found.stream().findFirst();
  }

  static Optional<DeadLetter> reason(ConsumerRecord<byte[], byte[]> record) {
    try {
      return Optional.of(DeadLetter.read(record.headers()));
    } catch (MalformedRecordException e) {
      // Not ours to count; 'dlq list' shows it with question marks.
      return Optional.empty();
    }
  }

  /** Returns the bucket under which a processor counts a record that may be damaged. */
  static Bucket bucketByHeaders(ConsumerRecord<byte[], byte[]> record) {
    return new Bucket(
        ActorKey.tokenOf(record.key()),
        LedgerEntry.hourOf(RawEvent.arrivedAt(record.headers(), record.timestamp() * 1_000)));
  }

  /**
   * Finds what is missing or doubled in the accounts that do not balance, from the topics and the
   * sink.
   */
  public Verdict investigate(Books books, Optional<SinkRows> sink) {
    return investigation.of(books, sink);
  }
}

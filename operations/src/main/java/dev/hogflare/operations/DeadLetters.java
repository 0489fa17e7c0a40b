// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.operations;

import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.RedriveMark;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.TopicProvisioner;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The dead letters of a deployment: what there is, and the way back.
 *
 * <p>A letter is sent back at most once. What is sent and the mark that it was sent are one Kafka
 * transaction, and of two redrives at the same time the later one ends the earlier.
 */
public final class DeadLetters {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int LETTERS_A_TRANSACTION = 200;

  private final KafkaSettings kafka;
  private final Topics topics;
  private final TopicReader reader;
  private final InstantSource clock;

  /** Creates a view of a deployment's dead letters. */
  public DeadLetters(KafkaSettings kafka, Topics topics, InstantSource clock) {
    this.kafka = kafka;
    this.topics = topics;
    this.clock = clock;
    reader = new TopicReader(kafka);
  }

  /**
   * A kind of letters.
   *
   * @param stage the stage that gave up
   * @param code the kind of failure
   * @param token the project, empty if it is not known
   */
  public record Kind(String stage, String code, String token) implements Comparable<Kind> {
    private static final Comparator<Kind> ORDER =
        Comparator.comparing(Kind::stage).thenComparing(Kind::code).thenComparing(Kind::token);

    @Override
    public int compareTo(Kind other) {
      return ORDER.compare(this, other);
    }
  }

  /**
   * How many there are of a kind.
   *
   * @param letters all of them
   * @param redriven those that were sent back
   * @param latest when the last one was written, in milliseconds since the epoch
   */
  public record Count(long letters, long redriven, long latest) {
    private Count and(Count other) {
      return new Count(
          letters + other.letters, redriven + other.redriven, Math.max(latest, other.latest));
    }
  }

  /**
   * What there is.
   *
   * @param kinds the counts of each kind
   * @param newest the newest letters, the newest first
   */
  public record Survey(Map<Kind, Count> kinds, List<Letter> newest) {}

  /**
   * What a redrive did.
   *
   * @param sent the letters sent to each topic
   * @param already those that were sent before
   * @param refused those that stay, by the reason
   */
  public record Outcome(
      Map<String, Long> sent, long already, Map<String, List<Letter.Id>> refused) {}

  /**
   * Counts the letters that are meant.
   *
   * @param newest how many of them are returned
   */
  public Survey survey(LetterFilter filter, int newest) {
    Map<Kind, Count> kinds = new TreeMap<>();
    Comparator<Letter> byAge = Comparator.comparingLong(Letter::time).thenComparing(Letter::id);
    PriorityQueue<Letter> latest = new PriorityQueue<>(byAge);
    read(
        filter,
        marks(),
        letter -> {
          kinds.merge(
              new Kind(letter.stage(), letter.code(), letter.token()),
              new Count(1, letter.redriven().isPresent() ? 1 : 0, letter.time()),
              Count::and);
          latest.add(letter);
          if (latest.size() > newest) {
            latest.remove();
          }
        });
    return new Survey(kinds, latest.stream().sorted(byAge.reversed()).toList());
  }

  /** Returns a letter, if there is one at this place. */
  public Optional<Letter> find(Letter.Id id) {
    Letter[] found = new Letter[1];
    read(LetterFilter.ALL.withId(id), marks(), letter -> found[0] = letter);
    return Optional.ofNullable(found[0]);
  }

  /**
   * Sends letters back to where they belong, each at most once.
   *
   * @param token the project of those that have none
   * @param distinctId the distinct id of those that have none
   * @param dryRun whether to say only what would be done
   * @throws OperationFailedException if Kafka does not take them; those of the last transaction are
   *     then unsent
   */
  public Outcome redrive(
      LetterFilter filter, Optional<String> token, Optional<String> distinctId, boolean dryRun) {
    RedriveRules rules = new RedriveRules(topics, reader.topics(), token, distinctId);
    if (dryRun) {
      Tally tally = new Tally(rules);
      read(filter, marks(), letter -> tally.take(letter, (l, send) -> {}));
      return tally.outcome();
    }
    new TopicProvisioner(kafka, PATIENCE).ensure(List.of(topics.ledger()), 1, replicas());
    try (KafkaProducer<byte[], byte[]> producer = producer()) {
      // Ends what another redrive has under way, so that the marks are complete.
      producer.initTransactions();
      Tally tally = new Tally(rules);
      Transaction transaction = new Transaction(producer);
      read(filter, marks(), letter -> tally.take(letter, transaction::add));
      transaction.commit();
      return tally.outcome();
    } catch (ProducerFencedException e) {
      throw new OperationFailedException(
          "Another redrive began meanwhile and took over; see 'dlq list' for what was sent.", e);
    } catch (KafkaException e) {
      throw new OperationFailedException(
          "Kafka did not take all letters ("
              + e.getMessage()
              + "); give the command again, which sends the rest.",
          e);
    }
  }

  /** A cluster with its own default creates the topic as it creates any other. */
  private static int replicas() {
    return -1;
  }

  private KafkaProducer<byte[], byte[]> producer() {
    return new KafkaProducer<>(
        kafka.client(
            Map.of(
                "client.id",
                "hogflare-redrive",
                "transactional.id",
                topics.deadLetters().name() + ".redrive",
                "compression.type",
                "lz4",
                "max.request.size",
                Topics.MAX_RECORD_BYTES,
                "max.block.ms",
                PATIENCE.toMillis())),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  private void read(
      LetterFilter filter, Map<Letter.Id, RedriveMark> marks, Consumer<Letter> visitor) {
    Consumer<ConsumerRecord<byte[], byte[]>> each =
        record -> {
          Letter letter = letter(record, marks);
          if (filter.matches(letter)) {
            visitor.accept(letter);
          }
        };
    String topic = topics.deadLetters().name();
    if (filter.id().isPresent()) {
      Letter.Id id = filter.id().get();
      reader.ranges(
          topic, Map.of(id.partition(), new TopicReader.Range(id.offset(), id.offset())), each);
    } else {
      reader.since(topic, filter.since().orElse(Long.MIN_VALUE), each);
    }
  }

  private static Letter letter(
      ConsumerRecord<byte[], byte[]> record, Map<Letter.Id, RedriveMark> marks) {
    Letter.Id id = new Letter.Id(record.partition(), record.offset());
    return new Letter(
        id,
        record.timestamp(),
        record.key(),
        record.value(),
        record.headers(),
        reason(record),
        Optional.ofNullable(marks.get(id)));
  }

  private static Optional<DeadLetter> reason(ConsumerRecord<byte[], byte[]> record) {
    try {
      return Optional.of(DeadLetter.read(record.headers()));
    } catch (MalformedRecordException e) {
      // Shown with question marks: whoever reads the list must see that it is there.
      return Optional.empty();
    }
  }

  private Map<Letter.Id, RedriveMark> marks() {
    Map<Letter.Id, RedriveMark> marks = new HashMap<>();
    reader.all(
        topics.ledger().name(),
        record ->
            RedriveMark.read(record.key(), record.value())
                .ifPresent(
                    mark -> marks.put(new Letter.Id(mark.partition(), mark.offset()), mark)));
    return marks;
  }

  /** Sends a letter on its way. */
  private interface Sender {
    void send(Letter letter, RedriveRules.Decision.Send where);
  }

  /** Counts what becomes of letters. */
  private static final class Tally {
    private final RedriveRules rules;
    private final Map<String, Long> sent = new TreeMap<>();
    private final Map<String, List<Letter.Id>> refused = new TreeMap<>();
    private long already;

    private Tally(RedriveRules rules) {
      this.rules = rules;
    }

    void take(Letter letter, Sender sender) {
      if (letter.redriven().isPresent()) {
        already++;
        return;
      }
      switch (rules.decide(letter)) {
        case RedriveRules.Decision.Send send -> {
          sender.send(letter, send);
          sent.merge(send.topic(), 1L, Long::sum);
        }
        case RedriveRules.Decision.Refuse refuse ->
            refused.computeIfAbsent(refuse.reason(), r -> new ArrayList<>()).add(letter.id());
      }
    }

    Outcome outcome() {
      return new Outcome(sent, already, refused);
    }
  }

  /** Sends letters with their marks, some hundred in one transaction. */
  private final class Transaction {
    private final KafkaProducer<byte[], byte[]> producer;
    private int letters;

    private Transaction(KafkaProducer<byte[], byte[]> producer) {
      this.producer = producer;
    }

    void add(Letter letter, RedriveRules.Decision.Send where) {
      if (letters == 0) {
        producer.beginTransaction();
      }
      RedriveMark mark =
          new RedriveMark(
              letter.id().partition(), letter.id().offset(), clock.millis(), where.topic());
      mark.writeHeaders(where.headers());
      send(new ProducerRecord<>(where.topic(), null, where.key(), where.value(), where.headers()));
      send(new ProducerRecord<>(topics.ledger().name(), mark.key(), mark.value()));
      letters++;
      if (letters == LETTERS_A_TRANSACTION) {
        commit();
      }
    }

    /** A record that is not taken fails the commit. */
    private void send(ProducerRecord<byte[], byte[]> record) {
      var unused = producer.send(record);
    }

    void commit() {
      if (letters > 0) {
        producer.commitTransaction();
        letters = 0;
      }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.StickyIdKey;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.KafkaSettings;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Deletes a person: writes into the log of each of its distinct ids that everything up to there is
 * deleted.
 *
 * <p>The log says it, so that every rebuild does it again. An id may join the person while that is
 * written; so, where a processor runs, the person is looked up again until none of its ids is left.
 */
public final class PersonDeletion {
  /** More rounds than ids join a person one after the other within seconds. */
  private static final int MAX_ROUNDS = 10;

  private static final Duration READ_PATIENCE = Duration.ofSeconds(60);

  private final KafkaSettings kafka;
  private final Topics topics;
  private final StateTopics live;

  /**
   * What was done.
   *
   * @param persons the UUIDs of the persons that were found
   * @param distinctIds the distinct ids into whose logs a deletion was written
   * @param stickyIds what was removed of the ids by which flags hash the person
   * @param done whether the person-processor has carried it out, and no id of the person is left
   */
  public record Report(
      Set<UUID> persons, SortedSet<String> distinctIds, int stickyIds, boolean done) {}

  /**
   * Creates a deletion that was not done yet.
   *
   * @param topics the topics of the deployment
   * @param live its live generation
   */
  public PersonDeletion(KafkaSettings kafka, Topics topics, StateTopics live) {
    this.kafka = kafka;
    this.topics = topics;
    this.live = live;
  }

  /**
   * Deletes the person of a distinct id, and whoever that id has led to before.
   *
   * @param requestedAt when it was asked for, in microseconds since the epoch
   * @param patience how long to wait for the person-processor each time; nothing if none runs
   * @throws RebuildException if Kafka does not answer; given again, the deletion is completed
   */
  public Report run(String token, String distinctId, long requestedAt, Duration patience) {
    try (BrokerView broker = new BrokerView(kafka)) {
      PersonSearch search = new PersonSearch(kafka, broker, live);
      boolean current = hasPassed(broker, patience);
      PersonSearch.Outcome before = search.find(token, Set.of(distinctId));
      Set<UUID> persons = new HashSet<>();
      SortedSet<String> next = new TreeSet<>(Set.of(distinctId));
      for (Collection<PersonSearch.Found> found : List.of(before.present(), before.past())) {
        add(found, persons, next);
      }
      SortedSet<String> deleted = new TreeSet<>();
      boolean done = false;
      for (int round = 0; round < MAX_ROUNDS && !done; round++) {
        write(token, next, requestedAt);
        deleted.addAll(next);
        current = current && hasPassed(broker, patience);
        if (!current) {
          break;
        }
        next = new TreeSet<>();
        add(search.find(token, deleted).past(), persons, next);
        done = next.isEmpty();
      }
      return new Report(persons, deleted, removeStickyIds(broker, token, deleted), done);
    }
  }

  private static void add(
      Collection<PersonSearch.Found> found, Set<UUID> persons, Set<String> distinctIds) {
    for (PersonSearch.Found person : found) {
      if (!person.distinctIds().isEmpty()) {
        persons.add(person.id());
        distinctIds.addAll(person.distinctIds());
      }
    }
  }

  /** Whether the person-processor has taken everything that is in the raw topics now. */
  private boolean hasPassed(BrokerView broker, Duration patience) {
    if (patience.isZero()) {
      return false;
    }
    try {
      return !new Checkpoint(kafka, broker, List.of(live))
          .pass(System.nanoTime() + patience.toNanos())
          .isEmpty();
    } catch (RebuildException e) {
      // Behind or not running: what was written is carried out when it is there.
      return false;
    }
  }

  private void write(String token, Collection<String> distinctIds, long requestedAt) {
    RawCommand.DeletePerson delete = new RawCommand.DeletePerson(requestedAt);
    send(
        distinctIds.stream()
            .map(
                id -> {
                  RecordHeaders headers = new RecordHeaders();
                  delete.writeHeader(headers);
                  return new ProducerRecord<>(
                      topics.eventsRaw().name(),
                      null,
                      new ActorKey(token, id).toBytes(),
                      delete.toJson(),
                      headers);
                })
            .toList());
  }

  /** Removes by which ids flags hash the person, which stand on a topic of their own. */
  private int removeStickyIds(BrokerView broker, String token, Set<String> distinctIds) {
    String topic = topics.flagStickyIds().name();
    if (!broker.ask(admin -> admin.listTopics().names(), "list its topics").contains(topic)) {
      return 0;
    }
    Map<StickyIdKey, Boolean> sticky = new HashMap<>();
    Map<TopicPartition, Consumer<ConsumerRecord<byte[], byte[]>>> readers = new HashMap<>();
    for (TopicPartition partition : broker.partitions(List.of(topic))) {
      readers.put(
          partition,
          record -> {
            StickyIdKey key = keyOrNull(record.key());
            if (key != null
                && key.token().equals(token)
                && distinctIds.contains(key.distinctId())) {
              synchronized (sticky) {
                sticky.put(key, record.value() != null);
              }
            }
          });
    }
    try (ChangelogReader reader = new ChangelogReader(kafka, readers)) {
      reader.readTo(
          broker.stableEnds(readers.keySet()), System.nanoTime() + READ_PATIENCE.toNanos());
    }
    sticky.values().removeIf(there -> !there);
    send(
        sticky.keySet().stream()
            .map(key -> new ProducerRecord<byte[], byte[]>(topic, key.toBytes(), null))
            .toList());
    return sticky.size();
  }

  private static StickyIdKey keyOrNull(byte[] key) {
    try {
      return StickyIdKey.fromBytes(key);
    } catch (MalformedRecordException e) {
      return null;
    }
  }

  private void send(List<ProducerRecord<byte[], byte[]>> records) {
    try (KafkaProducer<byte[], byte[]> producer = producer()) {
      List<Future<RecordMetadata>> sent = records.stream().map(producer::send).toList();
      for (Future<RecordMetadata> one : sent) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw unwritten(e.getCause());
    } catch (KafkaException e) {
      throw unwritten(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unwritten(e);
    }
  }

  private static RebuildException unwritten(Throwable cause) {
    return new RebuildException(
        "Not every deletion could be written (" + cause + "); give the command again.", cause);
  }

  private KafkaProducer<byte[], byte[]> producer() {
    return new KafkaProducer<>(
        kafka.client(
            Map.of(
                "client.id", "hogflare-person-delete", "acks", "all", "enable.idempotence", true)),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }
}

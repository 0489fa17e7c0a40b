// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.person.StoredActor;
import dev.hogflare.runtime.KafkaSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Utils;

/**
 * Finds in the changelog of a generation's actors which persons distinct ids have led to in all
 * their lives.
 *
 * <p>Reads the partitions of the ids and of those that they lead to, from the beginning, so that it
 * needs no running processor.
 */
final class PersonSearch {
  private static final Duration READ_PATIENCE = Duration.ofSeconds(60);
  private static final int LONGEST_CHAIN = 10_000;

  private final KafkaSettings kafka;
  private final BrokerView broker;
  private final String actors;

  PersonSearch(KafkaSettings kafka, BrokerView broker, StateTopics generation) {
    this.kafka = kafka;
    this.broker = broker;
    actors = generation.actors();
  }

  /**
   * A person that was found.
   *
   * @param id its UUID
   * @param distinctIds those that were not deleted; none if it was deleted
   */
  record Found(UUID id, List<String> distinctIds) {}

  /**
   * What is known of some distinct ids.
   *
   * @param present the persons of their present lives
   * @param past the persons of their lives before, which were deleted
   */
  record Outcome(List<Found> present, List<Found> past) {}

  /**
   * Searches.
   *
   * @throws RebuildException if an id is just being united with another one, or Kafka does not
   *     answer
   */
  Outcome find(String token, Collection<String> distinctIds) {
    Map<String, byte[]> values = new HashMap<>();
    Set<String> read = new HashSet<>();
    Set<String> wanted = new HashSet<>(distinctIds);
    while (!wanted.isEmpty()) {
      read(token, wanted, values);
      read.addAll(wanted);
      wanted.clear();
      for (byte[] value : values.values()) {
        if (StoredActor.read(value) instanceof StoredActor.Link link) {
          String parent = StoredActor.Key.distinctId(link.parent());
          if (!read.contains(parent)) {
            wanted.add(parent);
          }
        }
      }
    }
    List<Found> present = new ArrayList<>();
    List<Found> past = new ArrayList<>();
    for (String id : distinctIds) {
      int now = values.containsKey(id) ? StoredActor.deletions(values.get(id)).size() : 0;
      for (int life = 0; life <= now; life++) {
        String name = new StoredActor.Key(token, id, life).name();
        Found found = follow(name, values);
        if (found != null) {
          (life < now ? past : present).add(found);
        }
      }
    }
    return new Outcome(present, past);
  }

  /** Reads what the changelog last said of all lives of some distinct ids. */
  private void read(String token, Set<String> ids, Map<String, byte[]> values) {
    int count = broker.partitions(List.of(actors)).size();
    Map<TopicPartition, Consumer<ConsumerRecord<byte[], byte[]>>> readers = new HashMap<>();
    for (String id : ids) {
      byte[] key = new ActorKey(token, id).toBytes();
      readers.put(
          new TopicPartition(actors, Utils.toPositive(Utils.murmur2(key)) % count),
          record -> {
            StoredActor.Key of = StoredActor.Key.of(record.key());
            if (of.token().equals(token) && ids.contains(of.distinctId())) {
              synchronized (values) {
                values.put(of.name(), record.value());
              }
            }
          });
    }
    try (ChangelogReader changelog = new ChangelogReader(kafka, readers)) {
      changelog.readTo(
          broker.stableEnds(readers.keySet()), System.nanoTime() + READ_PATIENCE.toNanos());
    }
  }

  private static Found follow(String start, Map<String, byte[]> values) {
    String name = start;
    for (int step = 0; step < LONGEST_CHAIN; step++) {
      byte[] value = values.get(name);
      switch (value == null ? new StoredActor.Nothing() : StoredActor.read(value)) {
        case StoredActor.Nothing nothing -> {
          return null;
        }
        case StoredActor.Root root -> {
          return new Found(root.person(), StoredActor.distinctIds(root.content()));
        }
        case StoredActor.Link link -> name = link.parent();
        case StoredActor.Waiting waiting ->
            throw new RebuildException(
                "A distinct id of the person is just being united with "
                    + StoredActor.Key.distinctId(waiting.target())
                    + "; try again in a moment.");
      }
    }
    throw new RebuildException("The links from " + start + " do not end; rebuild the state.");
  }
}

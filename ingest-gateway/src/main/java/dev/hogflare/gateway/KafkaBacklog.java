// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.Generation;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.KafkaSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says how much waits in the lane of historical batches, and how far those who read live events are
 * behind; and forgets what left the lane. Used by one thread.
 *
 * <p>Readers of live events are the person-processor and the forwarder of rows. Of several
 * generations of a person-processor the one that is furthest counts, partition by partition: that
 * is the live one, while a rebuild catches up. Whoever has never run is not waited for.
 */
final class KafkaBacklog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaBacklog.class);

  /**
   * So many live events may wait in one partition before nothing is added: more than a reader that
   * keeps up has between two commits, and a fraction of a second's work.
   */
  static final long LONG = 2_000;

  private static final Duration INTERVAL = Duration.ofMillis(500);
  private static final Duration SURVEY_INTERVAL = Duration.ofSeconds(30);
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final KafkaSettings kafka;
  private final Topics topics;
  private final Map<TopicPartition, RecordsToDelete> gone = new HashMap<>();
  private Admin admin;
  private Survey survey;
  private long surveyedAt;
  private Seen last;
  private long lookedAt;
  private long forgottenAt = System.nanoTime();
  private boolean forbidden;
  private boolean deletionForbidden;

  KafkaBacklog(KafkaSettings kafka, Topics topics) {
    this.kafka = kafka;
    this.topics = topics;
  }

  /**
   * What waits.
   *
   * @param inLane the events in the lane
   * @param behind the live events that wait in the partition in which most do
   */
  record Seen(long inLane, long behind) {
    /** Whether so many live events wait that nothing may be added to them. */
    boolean isLong() {
      return behind > LONG;
    }
  }

  /** Which topics and groups there are. */
  private record Survey(Map<String, Integer> partitions, Set<String> groups) {}

  /**
   * Returns what waits, not older than half a second.
   *
   * @throws KafkaException if the brokers do not say it in time
   */
  Seen look() throws InterruptedException {
    long now = System.nanoTime();
    if (last != null && now - lookedAt < INTERVAL.toNanos()) {
      return last;
    }
    try {
      if (admin == null) {
        admin = Admin.create(kafka.client(Map.of("client.id", "hogflare-gateway-backlog")));
      }
      if (survey == null || now - surveyedAt >= SURVEY_INTERVAL.toNanos()) {
        survey = survey();
        surveyedAt = now;
      }
      last = seen();
      forget();
    } catch (AuthorizationException e) {
      if (!forbidden) {
        LOG.warn(
            "How far the readers of live events are behind is not told ({}); historical events are"
                + " moved at their pace all the same. Allow the gateway to describe the groups and"
                + " topics of the deployment.",
            e.getMessage());
        forbidden = true;
      }
      last = new Seen(0, 0);
    } catch (KafkaException e) {
      // A topic may be gone.
      survey = null;
      throw e;
    }
    lookedAt = now;
    return last;
  }

  private Survey survey() throws InterruptedException {
    Map<String, Integer> partitions = new HashMap<>();
    List<String> names =
        List.of(topics.historicalRaw().name(), topics.eventsRaw().name(), topics.events().name());
    for (Map.Entry<String, KafkaFuture<TopicDescription>> topic :
        admin.describeTopics(names).topicNameValues().entrySet()) {
      try {
        partitions.put(topic.getKey(), await(topic.getValue()).partitions().size());
      } catch (UnknownTopicOrPartitionException e) {
        LOG.debug("There is no topic {} yet", topic.getKey(), e);
      }
    }
    Set<String> groups = new TreeSet<>();
    await(admin.listGroups().all()).forEach(group -> groups.add(group.groupId()));
    return new Survey(partitions, groups);
  }

  private Seen seen() throws InterruptedException {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    survey
        .partitions()
        .forEach(
            (topic, count) ->
                partitions(topic, count).forEach(p -> latest.put(p, OffsetSpec.latest())));
    Map<TopicPartition, ListOffsetsResultInfo> ends = await(admin.listOffsets(latest).all());
    long inLane = 0;
    long behind = 0;
    List<String> lane = List.of(topics.historicalLane());
    for (long records : waiting(topics.historicalRaw().name(), lane, ends).values()) {
      inLane += records;
    }
    for (long records : waiting(topics.eventsRaw().name(), personProcessors(), ends).values()) {
      behind = Math.max(behind, records);
    }
    for (long records : waiting(topics.events().name(), forwarders(), ends).values()) {
      behind = Math.max(behind, records);
    }
    return new Seen(inLane, behind);
  }

  private List<String> personProcessors() {
    String first = topics.personApplication(Generation.FIRST);
    return survey.groups().stream()
        .filter(group -> group.equals(first) || group.startsWith(first + ".g"))
        .toList();
  }

  private List<String> forwarders() {
    String forwarder = topics.shadowForwarder("events", Generation.FIRST);
    return survey.groups().contains(forwarder) ? List.of(forwarder) : List.of();
  }

  /** Returns how many records of each partition the group that is furthest has not read. */
  private Map<TopicPartition, Long> waiting(
      String topic, List<String> groups, Map<TopicPartition, ListOffsetsResultInfo> ends)
      throws InterruptedException {
    Integer count = survey.partitions().get(topic);
    if (count == null || groups.isEmpty()) {
      return Map.of();
    }
    Map<String, ListConsumerGroupOffsetsSpec> asked = new HashMap<>();
    groups.forEach(group -> asked.put(group, new ListConsumerGroupOffsetsSpec()));
    Map<String, Map<TopicPartition, OffsetAndMetadata>> read =
        await(admin.listConsumerGroupOffsets(asked).all());
    Map<TopicPartition, Long> waiting = new HashMap<>();
    for (TopicPartition partition : partitions(topic, count)) {
      long furthest = 0;
      for (Map<TopicPartition, OffsetAndMetadata> offsets : read.values()) {
        OffsetAndMetadata offset = offsets.get(partition);
        furthest = Math.max(furthest, offset == null ? 0 : offset.offset());
      }
      waiting.put(partition, Math.max(0, ends.get(partition).offset() - furthest));
    }
    return waiting;
  }

  private static List<TopicPartition> partitions(String topic, int count) {
    List<TopicPartition> partitions = new ArrayList<>();
    for (int p = 0; p < count; p++) {
      partitions.add(new TopicPartition(topic, p));
    }
    return partitions;
  }

  /** Remembers what left the lane for good, so that it is deleted there. */
  void moved(Map<TopicPartition, OffsetAndMetadata> offsets) {
    offsets.forEach(
        (partition, offset) -> gone.put(partition, RecordsToDelete.beforeOffset(offset.offset())));
  }

  /** Deletes what left the lane: it is stored among the raw events, and nobody reads it here. */
  private void forget() throws InterruptedException {
    if (gone.isEmpty() || System.nanoTime() - forgottenAt < INTERVAL.toNanos()) {
      return;
    }
    forgottenAt = System.nanoTime();
    try {
      await(admin.deleteRecords(Map.copyOf(gone)).all());
    } catch (AuthorizationException e) {
      if (!deletionForbidden) {
        LOG.warn(
            "What left {} is not deleted there ({}); allow the gateway to delete its records.",
            topics.historicalRaw().name(),
            e.getMessage());
        deletionForbidden = true;
      }
    }
    gone.clear();
  }

  private static <T> T await(KafkaFuture<T> answer) throws InterruptedException {
    try {
      return answer.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof KafkaException cause
          ? cause
          : new KafkaException("Kafka does not say what waits.", e.getCause());
    } catch (TimeoutException e) {
      throw new KafkaException("Kafka does not say what waits within 10 s.", e);
    }
  }

  @Override
  public void close() {
    if (admin != null) {
      admin.close(Duration.ofSeconds(1));
    }
  }
}

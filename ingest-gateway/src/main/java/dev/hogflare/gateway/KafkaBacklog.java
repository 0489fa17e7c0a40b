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
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
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
 * <p>Readers of live events are the person-processor and who stores rows: a forwarder, or a sink
 * into an Iceberg catalog. Of several generations of a person-processor, and of several sinks, the
 * one that is furthest counts, partition by partition: that is the live one, while a rebuild
 * catches up, or after another has taken its place. Whoever has never run is not waited for.
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

  private final Supplier<Admin> admins;
  private final Topics topics;
  private final Map<TopicPartition, RecordsToDelete> gone = new HashMap<>();
  private Admin admin;
  private List<TopicPartition> lane;
  private Survey survey;
  private long surveyedAt = System.nanoTime();
  private Seen last;
  private long lookedAt;
  private long forgottenAt = System.nanoTime();
  private boolean forbidden;
  private boolean deletionFailed;

  KafkaBacklog(KafkaSettings kafka, Topics topics) {
    this(() -> Admin.create(kafka.client(Map.of("client.id", "hogflare-gateway-backlog"))), topics);
  }

  /** Creates a view that asks brokers with a client of its own, made at the first look. */
  KafkaBacklog(Supplier<Admin> admins, Topics topics) {
    this.admins = admins;
    this.topics = topics;
  }

  /**
   * What waits.
   *
   * @param inLane the events in the lane, or NaN if the gateway is not allowed to know it
   * @param behind the live events that wait in the partition in which most do
   */
  record Seen(double inLane, long behind) {
    /** Whether so many live events wait that nothing may be added to them. */
    boolean isLong() {
      return behind > LONG;
    }
  }

  /** Which partitions of live events, and which groups there are. */
  private record Survey(List<TopicPartition> raw, List<TopicPartition> rows, Set<String> groups) {}

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
        admin = admins.get();
      }
      if (now - surveyedAt >= SURVEY_INTERVAL.toNanos()) {
        lane = null;
        survey = null;
        surveyedAt = now;
      }
      last = new Seen(inLane(), behind());
      forget();
    } catch (KafkaException e) {
      // A topic may be gone.
      lane = null;
      survey = null;
      throw e;
    }
    lookedAt = now;
    return last;
  }

  /** Returns what waits in the lane, or NaN if the gateway is not allowed to know it. */
  private double inLane() throws InterruptedException {
    try {
      if (lane == null) {
        lane = describe(topics.historicalRaw().name());
      }
      return waiting(lane, List.of(topics.historicalLane())).stream()
          .mapToLong(Long::longValue)
          .sum();
    } catch (AuthorizationException e) {
      forbidden(e);
      return Double.NaN;
    }
  }

  /** Returns how far the readers are behind, or 0 if the gateway is not allowed to know it. */
  private long behind() throws InterruptedException {
    try {
      if (survey == null) {
        survey = survey();
      }
      List<Long> waiting = new ArrayList<>(waiting(survey.raw(), personProcessors()));
      waiting.addAll(waiting(survey.rows(), sinks()));
      return waiting.stream().mapToLong(Long::longValue).max().orElse(0);
    } catch (AuthorizationException e) {
      forbidden(e);
      return 0;
    }
  }

  private void forbidden(AuthorizationException e) {
    if (!forbidden) {
      LOG.warn(
          "What waits, or how far the readers of live events are behind, is not told ({});"
              + " historical events are moved at their pace all the same. Allow the gateway to"
              + " describe the groups and topics of the deployment.",
          e.getMessage());
      forbidden = true;
    }
  }

  private Survey survey() throws InterruptedException {
    Set<String> groups = new TreeSet<>();
    await(admin.listGroups().all()).forEach(group -> groups.add(group.groupId()));
    return new Survey(
        describe(topics.eventsRaw().name()), describe(topics.events().name()), groups);
  }

  /** Returns the partitions of a topic: none if it is missing. */
  private List<TopicPartition> describe(String topic) throws InterruptedException {
    try {
      return partitions(
          topic,
          await(admin.describeTopics(List.of(topic)).topicNameValues().get(topic))
              .partitions()
              .size());
    } catch (UnknownTopicOrPartitionException e) {
      LOG.debug("There is no topic {} yet", topic, e);
      return List.of();
    }
  }

  private List<String> personProcessors() {
    String first = topics.personApplication(Generation.FIRST);
    return survey.groups().stream()
        .filter(group -> group.equals(first) || group.startsWith(first + ".g"))
        .toList();
  }

  /** Forwarders and sinks into an Iceberg catalog, also those that another one has replaced. */
  private List<String> sinks() {
    String forwarder = topics.shadowForwarder("events", Generation.FIRST);
    String prefix = forwarder.substring(0, forwarder.length() - "forwarder-events".length());
    return survey.groups().stream()
        .filter(
            group ->
                group.equals(forwarder)
                    || group.startsWith(prefix + "iceberg-") && group.endsWith("-events"))
        .toList();
  }

  /** Returns how many records of each partition the group that is furthest has not read. */
  private List<Long> waiting(List<TopicPartition> partitions, List<String> groups)
      throws InterruptedException {
    if (partitions.isEmpty() || groups.isEmpty()) {
      return List.of();
    }
    Map<TopicPartition, ListOffsetsResultInfo> begins = offsets(partitions, OffsetSpec.earliest());
    Map<TopicPartition, ListOffsetsResultInfo> ends = offsets(partitions, OffsetSpec.latest());
    Map<String, ListConsumerGroupOffsetsSpec> asked = new HashMap<>();
    groups.forEach(group -> asked.put(group, new ListConsumerGroupOffsetsSpec()));
    Map<String, Map<TopicPartition, OffsetAndMetadata>> read =
        await(admin.listConsumerGroupOffsets(asked).all());
    List<Long> waiting = new ArrayList<>();
    for (TopicPartition partition : partitions) {
      // What the log has forgotten waits for nobody.
      long furthest = begins.get(partition).offset();
      for (Map<TopicPartition, OffsetAndMetadata> offsets : read.values()) {
        OffsetAndMetadata offset = offsets.get(partition);
        furthest = Math.max(furthest, offset == null ? 0 : offset.offset());
      }
      waiting.add(Math.max(0, ends.get(partition).offset() - furthest));
    }
    return waiting;
  }

  private Map<TopicPartition, ListOffsetsResultInfo> offsets(
      List<TopicPartition> partitions, OffsetSpec which) throws InterruptedException {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    partitions.forEach(partition -> asked.put(partition, which));
    return await(admin.listOffsets(asked).all());
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
    } catch (KafkaException e) {
      // What stays is deleted with what leaves the lane next.
      if (!deletionFailed) {
        LOG.warn(
            "What left {} is not deleted there ({}); allow the gateway to delete its records.",
            topics.historicalRaw().name(),
            e.getMessage());
        deletionFailed = true;
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

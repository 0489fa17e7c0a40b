// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import dev.hogflare.runtime.KafkaSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Asks and changes what of a generation is on Kafka: offsets, topics, consumer groups. */
final class GenerationAdmin implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Admin admin;

  GenerationAdmin(KafkaSettings kafka) {
    Map<String, Object> own = new HashMap<>();
    own.put("client.id", "hogflare-generations");
    own.put("default.api.timeout.ms", (int) PATIENCE.toMillis());
    own.put("request.timeout.ms", (int) PATIENCE.toMillis());
    admin = Admin.create(kafka.client(own));
  }

  /** Returns the names of all topics. */
  Set<String> topics() {
    return await(admin.listTopics().names(), "list its topics");
  }

  /** Returns how many replicas the partitions of a topic have. */
  int replicas(String topic) {
    TopicDescription description =
        await(admin.describeTopics(List.of(topic)).allTopicNames(), "describe " + topic).get(topic);
    return description.partitions().get(0).replicas().size();
  }

  /** Returns the first offsets of topics, by partition. */
  Map<String, List<Long>> begins(Collection<String> topics, int partitions) {
    return byTopic(
        offsets(topics, partitions, OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED));
  }

  /** Returns the offsets behind the last record of topics, by partition. */
  Map<String, List<Long>> ends(Collection<String> topics, int partitions) {
    return byTopic(
        offsets(topics, partitions, OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED));
  }

  /** Returns the offsets up to which no transaction is open, by partition. */
  Map<String, List<Long>> stableEnds(Collection<String> topics, int partitions) {
    return byTopic(offsets(topics, partitions, OffsetSpec.latest(), IsolationLevel.READ_COMMITTED));
  }

  /** Returns the first offsets at or behind a time, or the ends, by partition. */
  Map<String, List<Long>> at(Collection<String> topics, int partitions, long epochMillis) {
    Map<String, List<Long>> ends = ends(topics, partitions);
    Map<String, List<Long>> found =
        byTopic(
            offsets(
                topics,
                partitions,
                OffsetSpec.forTimestamp(epochMillis),
                IsolationLevel.READ_UNCOMMITTED));
    Map<String, List<Long>> at = new TreeMap<>();
    found.forEach(
        (topic, of) -> {
          List<Long> offsets = new ArrayList<>();
          for (int p = 0; p < partitions; p++) {
            // -1: nothing was written since.
            offsets.add(of.get(p) < 0 ? ends.get(topic).get(p) : of.get(p));
          }
          at.put(topic, offsets);
        });
    return at;
  }

  private Map<TopicPartition, ListOffsetsResultInfo> offsets(
      Collection<String> topics, int partitions, OffsetSpec spec, IsolationLevel isolation) {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    for (String topic : topics) {
      for (int p = 0; p < partitions; p++) {
        asked.put(new TopicPartition(topic, p), spec);
      }
    }
    return await(
        admin.listOffsets(asked, new ListOffsetsOptions(isolation)).all(),
        "say how far " + String.join(", ", topics) + " reach");
  }

  private static Map<String, List<Long>> byTopic(
      Map<TopicPartition, ListOffsetsResultInfo> offsets) {
    Map<String, TreeMap<Integer, Long>> sorted = new TreeMap<>();
    offsets.forEach(
        (partition, info) ->
            sorted
                .computeIfAbsent(partition.topic(), topic -> new TreeMap<>())
                .put(partition.partition(), info.offset()));
    Map<String, List<Long>> byTopic = new TreeMap<>();
    sorted.forEach((topic, of) -> byTopic.put(topic, List.copyOf(of.values())));
    return byTopic;
  }

  /** Returns how far a group has come; partitions that it never committed are left out. */
  Map<TopicPartition, Long> committed(String group) {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    await(
            admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata(),
            "say how far " + group + " is")
        .forEach(
            (partition, offset) -> {
              if (offset != null) {
                offsets.put(partition, offset.offset());
              }
            });
    return offsets;
  }

  /** Sets how far a group has come, which must have no members. */
  void setCommitted(String group, Map<String, List<Long>> offsets) {
    Map<TopicPartition, OffsetAndMetadata> wanted = new HashMap<>();
    offsets.forEach(
        (topic, of) -> {
          for (int p = 0; p < of.size(); p++) {
            wanted.put(new TopicPartition(topic, p), new OffsetAndMetadata(of.get(p)));
          }
        });
    await(admin.alterConsumerGroupOffsets(group, wanted).all(), "set the offsets of " + group);
  }

  /** Returns how many members a group has; none if there is no such group. */
  int members(String group) {
    KafkaFuture<ConsumerGroupDescription> answer =
        admin.describeConsumerGroups(List.of(group)).describedGroups().get(group);
    try {
      return answer.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS).members().size();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GroupIdNotFoundException) {
        return 0;
      }
      throw failed("describe " + group, e.getCause());
    } catch (TimeoutException e) {
      throw failed("describe " + group, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed("describe " + group, e);
    }
  }

  /** Removes the members of a group that their processes did not outlive. */
  void removeMembers(String group) {
    await(
        admin
            .removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions())
            .all(),
        "remove the members of " + group);
  }

  /** Returns those of some groups that exist. */
  Set<String> groups(Collection<String> wanted) {
    Set<String> all = new java.util.TreeSet<>();
    await(admin.listGroups().all(), "list its groups").forEach(group -> all.add(group.groupId()));
    all.retainAll(wanted);
    return all;
  }

  /** Deletes topics; those that are gone already are left out. */
  void deleteTopics(Collection<String> topics) {
    admin
        .deleteTopics(topics)
        .topicNameValues()
        .forEach(
            (topic, deleted) ->
                awaitGone(deleted, UnknownTopicOrPartitionException.class, "delete " + topic));
  }

  /** Deletes groups; those that are gone already are left out. */
  void deleteGroups(Collection<String> groups) {
    admin
        .deleteConsumerGroups(groups)
        .deletedGroups()
        .forEach(
            (group, deleted) ->
                awaitGone(deleted, GroupIdNotFoundException.class, "delete the group " + group));
  }

  private static void awaitGone(
      KafkaFuture<Void> deleted, Class<? extends Exception> isGone, String what) {
    try {
      deleted.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (!isGone.isInstance(e.getCause())) {
        throw failed(what, e.getCause());
      }
    } catch (TimeoutException e) {
      throw failed(what, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed(what, e);
    }
  }

  private static <T> T await(KafkaFuture<T> answer, String what) {
    try {
      return answer.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw failed(what, e.getCause());
    } catch (TimeoutException e) {
      throw failed(what, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failed(what, e);
    }
  }

  private static RebuildException failed(String what, Throwable cause) {
    return new RebuildException(
        "Kafka did not " + what + " (" + cause + "); check that the brokers run, then repeat.",
        cause);
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(1));
  }
}

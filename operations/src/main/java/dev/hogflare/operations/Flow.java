// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.operations;

import dev.hogflare.contract.Stage;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.KafkaSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/** Says what is still under way between the gateway and the sink. */
public final class Flow {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final KafkaSettings kafka;
  private final Topics topics;

  /** Creates a view of a deployment. */
  public Flow(KafkaSettings kafka, Topics topics) {
    this.kafka = kafka;
    this.topics = topics;
  }

  /** A topic with the group that reads it. */
  private record Hop(String topic, String group, boolean transactional) {}

  /**
   * Returns the records that wait, by topic, without those topics on which none does.
   *
   * @param applications the ids of the processors that counted anything, by stage; of several that
   *     read the same topic, the one that is furthest counts
   * @throws OperationFailedException if Kafka does not answer
   */
  public Map<String, Long> waiting(Map<Stage, Set<String>> applications) {
    try (Admin admin = Admin.create(kafka.client(Map.of("client.id", "hogflare-operations")))) {
      Set<String> names = await(admin.listTopics().names());
      List<Hop> hops = hops(applications);
      hops.removeIf(hop -> !names.contains(hop.topic()));
      Map<String, Integer> partitions = new HashMap<>();
      await(admin.describeTopics(hops.stream().map(Hop::topic).distinct().toList()).allTopicNames())
          .forEach((name, topic) -> partitions.put(name, topic.partitions().size()));
      Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
      partitions.forEach(
          (topic, count) -> {
            for (int partition = 0; partition < count; partition++) {
              ends.put(new TopicPartition(topic, partition), OffsetSpec.latest());
            }
          });
      Map<TopicPartition, ListOffsetsResultInfo> end =
          await(
              admin.listOffsets(ends, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED)).all());
      Map<String, ListConsumerGroupOffsetsSpec> groups = new HashMap<>();
      hops.forEach(hop -> groups.put(hop.group(), new ListConsumerGroupOffsetsSpec()));
      Map<String, Map<TopicPartition, OffsetAndMetadata>> done =
          await(admin.listConsumerGroupOffsets(groups).all());
      Map<String, Long> waiting = new LinkedHashMap<>();
      for (Hop hop : hops) {
        long behind = 0;
        for (int partition = 0; partition < partitions.get(hop.topic()); partition++) {
          TopicPartition key = new TopicPartition(hop.topic(), partition);
          OffsetAndMetadata committed = done.get(hop.group()).get(key);
          long records =
              Math.max(0, end.get(key).offset() - (committed == null ? 0 : committed.offset()));
          // What stands behind the last committed record is a marker.
          behind += hop.transactional() ? Math.max(0, records - 1) : records;
        }
        waiting.merge(hop.topic(), behind, Math::min);
      }
      waiting.values().removeIf(count -> count == 0);
      return waiting;
    }
  }

  private List<Hop> hops(Map<Stage, Set<String>> applications) {
    List<Hop> hops = new ArrayList<>();
    String prefix = prefix();
    hops.add(new Hop(topics.historicalRaw().name(), topics.historicalLane(), false));
    for (String id : ids(applications, Stage.PERSON, prefix + "person-processor")) {
      hops.add(new Hop(topics.eventsRaw().name(), id, false));
      hops.add(new Hop(topics.recordingsRaw().name(), id, false));
      hops.add(new Hop(topics.mail(id).name(), id, true));
    }
    for (String id : ids(applications, Stage.GROUP, prefix + "group-processor")) {
      // The topic carries the generation that its application carries.
      int generation = id.lastIndexOf(".g");
      String suffix =
          generation >= 0 && id.substring(generation).matches("\\.g\\d+")
              ? id.substring(generation)
              : "";
      hops.add(new Hop(topics.groupEvents().name() + suffix, id, true));
    }
    hops.add(new Hop(topics.events().name(), prefix + "forwarder-events", true));
    hops.add(new Hop(topics.recordings().name(), prefix + "forwarder-recordings", true));
    return hops;
  }

  private static Set<String> ids(
      Map<Stage, Set<String>> applications, Stage stage, String ofTheFirst) {
    Set<String> known = applications.getOrDefault(stage, Set.of());
    return known.isEmpty() ? Set.of(ofTheFirst) : known;
  }

  private String prefix() {
    String events = topics.events().name();
    return events.substring(0, events.length() - new Topics("").events().name().length());
  }

  private static <T> T await(KafkaFuture<T> answer) {
    try {
      return answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw unanswered(e.getCause());
    } catch (TimeoutException e) {
      throw unanswered(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unanswered(e);
    }
  }

  private static OperationFailedException unanswered(Throwable cause) {
    return new OperationFailedException(
        "Kafka did not say what is under way (" + cause + "); check that its brokers run.", cause);
  }
}

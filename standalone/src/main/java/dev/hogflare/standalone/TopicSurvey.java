// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.Topic;
import dev.hogflare.contract.Topics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ReplicaInfo;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

/** Takes stock of the topics of a broker. */
final class TopicSurvey {
  private static final int PATIENCE_SECONDS = 10;

  private TopicSurvey() {}

  /**
   * One topic.
   *
   * @param name its full name
   * @param partitions how many it has
   * @param records the offsets between the beginning and the end of its partitions: a topic that is
   *     written in transactions holds a few records less
   * @param bytes its size on disk
   * @param retention how long it keeps a record
   * @param purpose what it is for
   */
  record Line(
      String name, int partitions, long records, long bytes, String retention, String purpose) {}

  /**
   * Returns our topics in the order in which an event meets them, followed by those of Kafka
   * Streams by name.
   */
  static List<Line> of(String bootstrapServers, Topics topics) {
    Map<String, String> purposes = purposes(topics);
    try (Admin admin =
        Admin.create(
            Map.of(
                "bootstrap.servers",
                bootstrapServers,
                "client.id",
                "hogflare-topics-command",
                "default.api.timeout.ms",
                PATIENCE_SECONDS * 1_000,
                "request.timeout.ms",
                PATIENCE_SECONDS * 1_000))) {
      Collection<String> names = await(admin.listTopics().names());
      Map<String, TopicDescription> described = await(admin.describeTopics(names).allTopicNames());
      Map<String, Long> records = records(admin, described);
      Map<String, Long> bytes = bytes(admin);
      Map<ConfigResource, Config> configs =
          await(
              admin
                  .describeConfigs(
                      names.stream()
                          .map(name -> new ConfigResource(ConfigResource.Type.TOPIC, name))
                          .toList())
                  .all());
      List<Line> lines = new ArrayList<>();
      configs.forEach(
          (resource, config) -> {
            String name = resource.name();
            lines.add(
                new Line(
                    name,
                    described.get(name).partitions().size(),
                    records.getOrDefault(name, 0L),
                    bytes.getOrDefault(name, 0L),
                    Words.retention(
                        config.get("cleanup.policy").value(), config.get("retention.ms").value()),
                    purposes.getOrDefault(name, purposeOfInternal(name))));
          });
      List<String> order = List.copyOf(purposes.keySet());
      lines.sort(
          Comparator.comparingInt(
                  (Line line) ->
                      order.contains(line.name()) ? order.indexOf(line.name()) : order.size())
              .thenComparing(Line::name));
      return lines;
    }
  }

  private static Map<String, Long> records(Admin admin, Map<String, TopicDescription> topics) {
    Map<TopicPartition, OffsetSpec> first = new HashMap<>();
    Map<TopicPartition, OffsetSpec> last = new HashMap<>();
    topics.forEach(
        (name, topic) ->
            topic
                .partitions()
                .forEach(
                    partition -> {
                      TopicPartition key = new TopicPartition(name, partition.partition());
                      first.put(key, OffsetSpec.earliest());
                      last.put(key, OffsetSpec.latest());
                    }));
    Map<String, Long> records = new HashMap<>();
    await(admin.listOffsets(last).all())
        .forEach((key, end) -> records.merge(key.topic(), end.offset(), Long::sum));
    await(admin.listOffsets(first).all())
        .forEach((key, start) -> records.merge(key.topic(), -start.offset(), Long::sum));
    return records;
  }

  private static Map<String, Long> bytes(Admin admin) {
    List<Integer> brokers =
        await(admin.describeCluster().nodes()).stream().map(node -> node.id()).toList();
    Map<String, Long> bytes = new HashMap<>();
    for (Map<String, LogDirDescription> folders :
        await(admin.describeLogDirs(brokers).allDescriptions()).values()) {
      for (LogDirDescription folder : folders.values()) {
        for (Map.Entry<TopicPartition, ReplicaInfo> replica : folder.replicaInfos().entrySet()) {
          bytes.merge(replica.getKey().topic(), replica.getValue().size(), Long::sum);
        }
      }
    }
    return bytes;
  }

  private static Map<String, String> purposes(Topics topics) {
    Map<String, String> purposes = new LinkedHashMap<>();
    put(purposes, topics.eventsRaw(), "every event as sent; all else follows from it");
    put(purposes, topics.recordingsRaw(), "session recordings as sent");
    put(purposes, topics.historicalRaw(), "historical batches, until they are raw events");
    put(purposes, topics.groupEvents(), "events on their way to a group's partition");
    put(purposes, topics.events(), "final event rows");
    put(purposes, topics.recordings(), "rows of session recordings");
    put(purposes, topics.persons(), "person snapshots");
    put(purposes, topics.personOverrides(), "which person earlier rows of a distinct id belong to");
    put(purposes, topics.deadLetters(), "what could not go on, with the reason");
    put(purposes, topics.definitions(), "which events and properties there are, of which types");
    put(purposes, topics.schemaChanges(), "new names and changes of types");
    put(purposes, topics.deliveries(), "what forwarders sent, by minute and partition");
    put(purposes, topics.ledger(), "what each stage counted, by project and hour");
    put(purposes, topics.flags(), "definitions of feature flags");
    put(purposes, topics.flagStickyIds(), "by which id a flag hashes a person");
    put(purposes, topics.control(), "which generations of state there are");
    return purposes;
  }

  private static void put(Map<String, String> purposes, Topic topic, String purpose) {
    purposes.put(topic.name(), purpose);
  }

  private static String purposeOfInternal(String name) {
    if (name.endsWith("-changelog")) {
      return "state of a processor, to restore it from";
    }
    if (name.contains("group.events.g")) {
      return "the same, of another generation";
    }
    if (name.endsWith("-mail")) {
      return "identity mail between partitions";
    }
    if (name.endsWith("-counts")) {
      return "what was counted of names, on its way to the definitions";
    }
    if (name.endsWith("-repartition")) {
      return "records on their way to another partition";
    }
    return "";
  }

  private static <T> T await(KafkaFuture<T> answer) {
    try {
      return answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw unanswered(e.getCause());
    } catch (TimeoutException e) {
      throw unanswered(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unanswered(e);
    }
  }

  private static CommandException unanswered(Throwable cause) {
    return new CommandException(
        CommandException.FAILED,
        "The broker did not answer (" + cause + "); see 'hogflare status'.",
        cause);
  }
}

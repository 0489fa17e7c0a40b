// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import dev.hogflare.contract.Topic;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;

/**
 * Makes sure that topics exist, have the expected partitions, and are served.
 *
 * <p>A producer that floods a topic whose leaders do not serve yet can be left with an unrepairable
 * gap in its sequence numbers, so that a topic counts as ready only when every partition has
 * answered.
 */
public final class TopicProvisioner {
  private static final Duration RETRY = Duration.ofMillis(50);

  private final KafkaSettings kafka;
  private final Duration patience;

  /** Creates a provisioner that waits at most so long for the brokers. */
  public TopicProvisioner(KafkaSettings kafka, Duration patience) {
    this.kafka = kafka;
    this.patience = patience;
  }

  /**
   * Creates the topics that are missing and returns when all are served.
   *
   * @param partitions the count that each of them must have
   * @param replicationFactor the replicas of those that are created
   * @throws UnansweredException if Kafka does not answer in time
   * @throws IllegalStateException if a topic has another partition count
   */
  public void ensure(Collection<Topic> topics, int partitions, int replicationFactor) {
    long deadline = System.nanoTime() + patience.toNanos();
    try (Admin admin = Admin.create(kafka.client(Map.of("client.id", "hogflare-topics")))) {
      List<NewTopic> wanted =
          topics.stream()
              .map(
                  t ->
                      new NewTopic(t.name(), partitions, (short) replicationFactor)
                          .configs(t.settings()))
              .toList();
      Set<String> existing = await(admin.listTopics().names(), deadline, "list its topics");
      List<NewTopic> missing = wanted.stream().filter(t -> !existing.contains(t.name())).toList();
      admin
          .createTopics(missing)
          .values()
          .forEach((name, created) -> awaitCreated(created, name, deadline));
      awaitServed(admin, topics.stream().map(Topic::name).toList(), partitions, deadline);
    }
  }

  private static void awaitCreated(
      org.apache.kafka.common.KafkaFuture<Void> created, String name, long deadline) {
    try {
      created.get(remaining(deadline), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw new IllegalStateException(
            "Kafka refused to create the topic " + name + ": " + e.getCause().getMessage(), e);
      }
    } catch (TimeoutException e) {
      throw unanswered("create the topic " + name, e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static void awaitServed(Admin admin, List<String> names, int partitions, long deadline) {
    while (true) {
      try {
        Map<String, TopicDescription> described =
            admin
                .describeTopics(names)
                .allTopicNames()
                .get(remaining(deadline), TimeUnit.NANOSECONDS);
        described.values().forEach(topic -> requirePartitions(topic, partitions));
        Map<TopicPartition, OffsetSpec> all = new HashMap<>();
        described
            .values()
            .forEach(
                t ->
                    t.partitions()
                        .forEach(
                            p ->
                                all.put(
                                    new TopicPartition(t.name(), p.partition()),
                                    OffsetSpec.latest())));
        admin.listOffsets(all).all().get(remaining(deadline), TimeUnit.NANOSECONDS);
        return;
      } catch (ExecutionException e) {
        if (System.nanoTime() >= deadline) {
          throw unanswered(
              "serve the topics " + names.stream().collect(Collectors.joining(", ")), e.getCause());
        }
        LockSupport.parkNanos(RETRY.toNanos());
      } catch (TimeoutException e) {
        throw unanswered("serve the topics " + names.stream().collect(Collectors.joining(", ")), e);
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
    }
  }

  private static void requirePartitions(TopicDescription topic, int partitions) {
    if (topic.partitions().size() != partitions) {
      throw new IllegalStateException(
          "The topic "
              + topic.name()
              + " has "
              + topic.partitions().size()
              + " partitions and HOGFLARE_PARTITIONS says "
              + partitions
              + "; set it to "
              + topic.partitions().size()
              + ", because keys would move to other partitions than their state, or copy the events"
              + " into topics of another count: 'hogflare rebuild repartition --partitions "
              + partitions
              + "'.");
    }
  }

  private static <T> T await(
      org.apache.kafka.common.KafkaFuture<T> answer, long deadline, String what) {
    try {
      return answer.get(remaining(deadline), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      throw unanswered(what, e.getCause());
    } catch (TimeoutException e) {
      throw unanswered(what, e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  private static long remaining(long deadline) {
    return Math.max(1, deadline - System.nanoTime());
  }

  private static UnansweredException unanswered(String what, Throwable cause) {
    return new UnansweredException(
        "Kafka did not "
            + what
            + " ("
            + cause
            + "); check KAFKA_BOOTSTRAP_SERVERS and that the brokers run.",
        cause);
  }

  /** Says that Kafka does not answer; asking it again later may help. */
  public static final class UnansweredException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    private UnansweredException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  private static IllegalStateException interrupted(InterruptedException cause) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("Interrupted while waiting for Kafka.", cause);
  }
}

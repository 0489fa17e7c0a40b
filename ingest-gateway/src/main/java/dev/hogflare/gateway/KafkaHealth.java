// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.runtime.Health;
import dev.hogflare.runtime.KafkaSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows whether Kafka takes events: from what became of the last sends, and by asking for the
 * topic's leaders every few seconds, so that an idle gateway knows it too.
 */
final class KafkaHealth implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaHealth.class);
  private static final Duration INTERVAL = Duration.ofSeconds(3);
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  /** For so long a failed send outweighs a probe that went well. */
  private static final long MEMORY_NANOS = Duration.ofSeconds(10).toNanos();

  private final KafkaSettings kafka;
  private final String topic;
  private ScheduledExecutorService prober;
  private Admin admin;
  private volatile String probeProblem = "Kafka was not asked yet.";
  private volatile Failure lastFailure;

  /** What went wrong with a send, and when. */
  private record Failure(String message, long at) {}

  KafkaHealth(KafkaSettings kafka, String topic) {
    this.kafka = kafka;
    this.topic = topic;
  }

  /** Asks Kafka once, then goes on asking in the background. */
  void start() {
    admin =
        Admin.create(
            kafka.client(
                Map.of(
                    "client.id",
                    "hogflare-gateway-health",
                    "request.timeout.ms",
                    (int) PATIENCE.toMillis(),
                    "default.api.timeout.ms",
                    (int) PATIENCE.toMillis(),
                    "reconnect.backoff.max.ms",
                    500)));
    probe();
    prober =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("gateway-kafka-health").factory());
    var unused =
        prober.scheduleWithFixedDelay(
            this::probe, INTERVAL.toMillis(), INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Remembers that a record was acknowledged. */
  void succeeded() {
    if (lastFailure != null) {
      lastFailure = null;
    }
  }

  /** Remembers that a record was not acknowledged; the first failure of a row is logged. */
  void failed(Exception e) {
    if (lastFailure == null) {
      LOG.warn("Kafka does not acknowledge events: {}", e.toString());
    }
    lastFailure = new Failure(e.getMessage(), System.nanoTime());
  }

  /** Returns the health as it is known now. */
  Health now() {
    Failure failure = lastFailure;
    if (failure != null && System.nanoTime() - failure.at < MEMORY_NANOS) {
      return Health.down(
          "Kafka does not acknowledge events (" + failure.message + "); check the brokers.");
    }
    String problem = probeProblem;
    return problem == null ? Health.up("Kafka takes events.") : Health.down(problem);
  }

  private void probe() {
    String problem = problemOrNull();
    if (problem != null && probeProblem == null) {
      LOG.warn("{}", problem);
    }
    probeProblem = problem;
  }

  private String problemOrNull() {
    try {
      TopicDescription description =
          admin
              .describeTopics(List.of(topic))
              .allTopicNames()
              .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
              .get(topic);
      long leaderless =
          description.partitions().stream()
              .filter(p -> p.leader() == null || p.leader().isEmpty())
              .count();
      return leaderless == 0
          ? null
          : leaderless + " partitions of " + topic + " have no leader; check the brokers.";
    } catch (ExecutionException e) {
      return "Kafka does not answer (" + e.getCause().getMessage() + "); check the brokers.";
    } catch (TimeoutException e) {
      return "Kafka does not answer within "
          + PATIENCE.toSeconds()
          + " s; check KAFKA_BOOTSTRAP_SERVERS and the brokers.";
    } catch (KafkaException e) {
      return "Kafka cannot be asked (" + e.getMessage() + "); check the KAFKA_ variables.";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "The gateway stops.";
    }
  }

  @Override
  public void close() {
    if (prober != null) {
      prober.shutdownNow();
    }
    if (admin != null) {
      admin.close(Duration.ofSeconds(1));
    }
  }
}

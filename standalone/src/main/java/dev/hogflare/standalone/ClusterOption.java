// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.Topic;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.HostPort;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.Variable;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options by which a command finds the Kafka cluster that it works on. */
final class ClusterOption {
  private static final String BOOTSTRAP = "KAFKA_BOOTSTRAP_SERVERS";
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @Mixin private DataOption data;

  @Option(
      names = "--kafka",
      paramLabel = "<host:port>",
      description =
          "Kafka cluster (default: the broker of the 'up' that runs on the data folder, else"
              + " KAFKA_BOOTSTRAP_SERVERS, else the data folder's broker, started for the time of"
              + " the command).")
  private String kafka;

  /** Returns the data folder that was named. */
  DataFolder folder(Shell shell) {
    return shell.data(data.path());
  }

  /**
   * Opens the cluster: the one that was named, else that of the {@code up} that runs on the data
   * folder, else that of the environment. Without any of them the data folder is locked and its
   * broker started until the cluster is closed.
   *
   * @throws CommandException if there is no such cluster, or it does not answer
   * @throws dev.hogflare.runtime.SettingsException if a variable is malformed
   */
  Cluster open(Shell shell) {
    DataFolder folder = folder(shell);
    Map<String, String> environment = new HashMap<>(shell.environment());
    environment.values().removeIf(String::isBlank);
    if (kafka != null) {
      requireAddress(kafka);
      environment.put(BOOTSTRAP, kafka);
      return remote(environment);
    }
    Optional<RunFile> running = RunFile.ofRunning(folder.runFile());
    if (running.isPresent()) {
      return connect(
          KafkaSettings.plain(running.get().kafka()),
          topics(environment),
          Optional.of(folder),
          false,
          () -> {});
    }
    return environment.containsKey(BOOTSTRAP) ? remote(environment) : offline(folder, environment);
  }

  private static void requireAddress(String text) {
    for (String address : text.split(",", -1)) {
      if (HostPort.parseOrNull(address.trim()) == null) {
        throw new CommandException(
            CommandException.USAGE,
            "--kafka is '" + text + "'; give it host:port, such as 127.0.0.1:9092.");
      }
    }
  }

  private static Cluster remote(Map<String, String> environment) {
    Settings settings = new Settings(environment);
    KafkaSettings kafka = KafkaSettings.from(settings);
    settings.check();
    return connect(kafka, topics(environment), Optional.empty(), false, () -> {});
  }

  private static Cluster offline(DataFolder folder, Map<String, String> environment) {
    Topics topics = topics(environment);
    if (!Files.isDirectory(folder.kafka())) {
      throw new CommandException(
          CommandException.NOT_RUNNING,
          "There is no Kafka to work on: "
              + folder.root()
              + " holds no broker's data and "
              + BOOTSTRAP
              + " is not set; name a data folder with --data, or a cluster with --kafka.");
    }
    AutoCloseable lock = folder.lock();
    EmbeddedBroker broker = new EmbeddedBroker(folder.kafka());
    AutoCloseable both =
        () -> {
          try (lock) {
            broker.close();
          }
        };
    try {
      broker.start();
    } catch (RuntimeException e) {
      throw closing(
          both,
          new CommandException(
              CommandException.FAILED,
              "The broker of " + folder.root() + " did not start: " + e.getMessage(),
              e));
    }
    return connect(
        KafkaSettings.plain(broker.bootstrapServers()), topics, Optional.of(folder), true, both);
  }

  private static Topics topics(Map<String, String> environment) {
    Settings settings = new Settings(environment);
    Topics topics = new Topics(settings.required(Variable.HOGFLARE_TOPIC_PREFIX));
    settings.check();
    return topics;
  }

  private static Cluster connect(
      KafkaSettings kafka,
      Topics topics,
      Optional<DataFolder> folder,
      boolean offline,
      AutoCloseable broker) {
    try {
      return new Cluster(
          kafka, topics, partitions(kafka, topics.eventsRaw()), folder, offline, broker);
    } catch (RuntimeException e) {
      throw closing(broker, e);
    }
  }

  private static int partitions(KafkaSettings kafka, Topic raw) {
    int patience = (int) PATIENCE.toMillis();
    Map<String, Object> own = new HashMap<>();
    own.put("client.id", "hogflare-command");
    own.put("default.api.timeout.ms", patience);
    own.put("request.timeout.ms", patience);
    try (Admin admin = Admin.create(kafka.client(own))) {
      return admin
          .describeTopics(List.of(raw.name()))
          .allTopicNames()
          .get(patience, TimeUnit.MILLISECONDS)
          .get(raw.name())
          .partitions()
          .size();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        throw new CommandException(
            CommandException.FAILED,
            "The Kafka at "
                + kafka.bootstrapServers()
                + " has no topic "
                + raw.name()
                + "; name another cluster with --kafka or another folder with --data, or set"
                + " HOGFLARE_TOPIC_PREFIX to the beginning of its topics' names.",
            e);
      }
      throw unanswered(kafka, e.getCause());
    } catch (TimeoutException e) {
      throw unanswered(kafka, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unanswered(kafka, e);
    } catch (ConfigException e) {
      throw unanswered(kafka, e);
    } catch (org.apache.kafka.common.KafkaException e) {
      throw unanswered(kafka, e.getCause() == null ? e : e.getCause());
    }
  }

  private static CommandException unanswered(KafkaSettings kafka, Throwable cause) {
    String message = cause.getMessage();
    String reason =
        message == null
            ? "within " + PATIENCE.toSeconds() + " s"
            : "(" + message.lines().findFirst().orElse(message) + ")";
    return new CommandException(
        CommandException.FAILED,
        "The Kafka at "
            + kafka.bootstrapServers()
            + " did not answer "
            + reason
            + "; check that it runs, and --kafka or KAFKA_BOOTSTRAP_SERVERS.",
        cause);
  }

  private static RuntimeException closing(AutoCloseable broker, RuntimeException failure) {
    try {
      broker.close();
    } catch (Exception e) {
      failure.addSuppressed(e);
    }
    return failure;
  }
}

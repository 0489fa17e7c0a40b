// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.TopicProvisioner;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class ClusterOptionIT {
  private static final Topics TOPICS = new Topics("hogflare.");

  @TempDir Path directory;

  @Command
  private static final class Probe {
    @Mixin private ClusterOption cluster;
  }

  @Test
  void startsTheBrokerOfAFolderOnWhichNothingRunsAndLocksItMeanwhile() {
    provisionFolder(3);
    try (Cluster cluster = open(Map.of(), "--data", "data")) {
      assertThat(cluster.offline()).isTrue();
      assertThat(cluster.partitions()).isEqualTo(3);
      assertThat(cluster.data()).contains(folder());
      assertThatThrownBy(() -> open(Map.of(), "--data", "data"))
          .isInstanceOf(CommandException.class)
          .hasMessageContaining("is in use");
    }
    open(Map.of(), "--data", "data").close();
  }

  @Test
  void takesTheBrokerOfTheProcessThatRunsOnTheFolder() {
    try (EmbeddedBroker broker = new EmbeddedBroker(folder().kafka())) {
      broker.start();
      provision(broker, 2);
      RunFile.ofThisProcess("g", broker.bootstrapServers(), "", "a").write(folder().runFile());
      Map<String, String> environment = Map.of("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1");
      try (Cluster cluster = open(environment, "--data", "data")) {
        assertThat(cluster.offline()).isFalse();
        assertThat(cluster.kafka().bootstrapServers()).isEqualTo(broker.bootstrapServers());
        assertThat(cluster.partitions()).isEqualTo(2);
      }
    }
  }

  @Test
  void prefersTheClusterThatIsNamedToThatOfTheEnvironment() {
    try (EmbeddedBroker broker = new EmbeddedBroker(directory.resolve("other"))) {
      broker.start();
      provision(broker, 2);
      Map<String, String> environment = Map.of("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1");
      try (Cluster cluster = open(environment, "--kafka", broker.bootstrapServers())) {
        assertThat(cluster.data()).isEmpty();
        assertThat(cluster.partitions()).isEqualTo(2);
      }
      Map<String, String> set = Map.of("KAFKA_BOOTSTRAP_SERVERS", broker.bootstrapServers());
      open(set).close();
      assertThatThrownBy(
              () ->
                  open(Map.of("HOGFLARE_TOPIC_PREFIX", "x."), "--kafka", broker.bootstrapServers()))
          .isInstanceOf(CommandException.class)
          .hasMessageContaining("has no topic x.events.raw")
          .hasMessageContaining("HOGFLARE_TOPIC_PREFIX");
    }
  }

  @Test
  void saysWhatIsMissingInOneSentence() {
    assertThatThrownBy(() -> open(Map.of(), "--data", "nothing"))
        .isInstanceOfSatisfying(
            CommandException.class,
            e -> assertThat(e.status()).isEqualTo(CommandException.NOT_RUNNING))
        .hasMessageContaining("There is no Kafka to work on")
        .hasMessageContaining("--data")
        .hasMessageContaining("--kafka");
    assertThatThrownBy(() -> open(Map.of(), "--kafka", "localhost"))
        .isInstanceOfSatisfying(
            CommandException.class, e -> assertThat(e.status()).isEqualTo(CommandException.USAGE))
        .hasMessageContaining("--kafka is 'localhost'");
    assertThatThrownBy(() -> open(Map.of(), "--kafka", "127.0.0.1:" + Ports.free()))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("did not answer")
        .hasMessageContaining("check that it runs");
  }

  private Cluster open(Map<String, String> environment, String... arguments) {
    Probe probe = new Probe();
    new CommandLine(probe).parseArgs(arguments);
    PrintWriter nowhere = new PrintWriter(new StringWriter());
    return probe.cluster.open(
        new Shell(environment, directory, new Console(nowhere, nowhere, false)));
  }

  private DataFolder folder() {
    return new DataFolder(directory.resolve("data").toAbsolutePath().normalize());
  }

  private void provisionFolder(int partitions) {
    try (EmbeddedBroker broker = new EmbeddedBroker(folder().kafka())) {
      broker.start();
      provision(broker, partitions);
    }
  }

  private static void provision(EmbeddedBroker broker, int partitions) {
    new TopicProvisioner(KafkaSettings.plain(broker.bootstrapServers()), Duration.ofSeconds(30))
        .ensure(List.of(TOPICS.eventsRaw()), partitions, 1);
  }
}

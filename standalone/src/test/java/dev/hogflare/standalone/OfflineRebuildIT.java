// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.TopicProvisioner;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The verbs of {@code rebuild} on a data folder on which nothing runs. */
class OfflineRebuildIT {
  private static final Topics TOPICS = new Topics("hogflare.");

  @TempDir Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void provision() {
    try (EmbeddedBroker broker = new EmbeddedBroker(directory.resolve("data/kafka"))) {
      broker.start();
      new TopicProvisioner(KafkaSettings.plain(broker.bootstrapServers()), Duration.ofSeconds(30))
          .ensure(TOPICS.all(), 2, 1);
    }
  }

  @Test
  void beginsShowsAndGivesUpARebuildOffline() throws Exception {
    assertThat(run("rebuild", "status")).isZero();
    assertThat(out.toString()).containsPattern("g1 +live +the first start +resting");

    assertThat(run("rebuild", "start")).isZero();
    assertThat(out.toString())
        .contains("g2 begins at the beginning of history, muted.")
        .contains("goes on with 'hogflare up'");
    assertThat(run("rebuild", "start")).isEqualTo(1);
    assertThat(err.toString())
        .startsWith("A rebuild is under way already: g2")
        .contains("hogflare rebuild abort")
        .hasLineCount(1);

    assertThat(run("rebuild", "status", "--json")).isZero();
    JsonNode status = new ObjectMapper().readTree(out.toString());
    assertThat(status.get("live").asText()).isEqualTo("g1");
    assertThat(status.at("/generations/1/state").asText()).isEqualTo("rebuilding");
    assertThat(status.at("/generations/1/raw")).hasSize(4);

    assertThat(run("rebuild", "cutover", "--yes")).isEqualTo(3);
    assertThat(err.toString()).startsWith("A cutover needs the processors of both generations");
    assertThat(run("rebuild", "drop", "g2", "--yes")).isEqualTo(1);
    assertThat(err.toString()).startsWith("g2 is being rebuilt");

    Path state = directory.resolve("data/state/hogflare.person-processor.g2");
    Files.createDirectories(state.resolve("0_0"));
    Files.writeString(state.resolve("0_0").resolve("x"), "x");
    assertThat(run("rebuild", "abort", "--yes")).isZero();
    assertThat(out.toString())
        .contains("g2 is given up.")
        .contains("topic   hogflare.group.events.g2")
        .contains("topic   hogflare.person-processor.g2-mail")
        .contains("folder  " + state)
        .contains("g2 is deleted.");
    assertThat(state).doesNotExist();
    assertThat(run("rebuild", "drop", "g2", "--yes")).isZero();
    assertThat(out.toString()).isEqualTo("Nothing is left of g2.\n");
    assertThat(run("rebuild", "abort", "--yes")).isEqualTo(1);
    assertThat(err.toString()).startsWith("No rebuild is under way; g1 is live");
  }

  @Test
  void saysWhatIsWrongWithAWish() {
    assertThat(run("rebuild", "start", "--from", "yesterday")).isEqualTo(2);
    assertThat(err.toString()).startsWith("--from is 'yesterday'; give it beginning, or a time");
    assertThat(run("rebuild", "start", "--shadow", "--takeover")).isEqualTo(2);
    assertThat(err.toString()).startsWith("--shadow and --takeover contradict each other");
    assertThat(run("rebuild", "start", "--shadow", "--only", "persons")).isEqualTo(2);
    assertThat(err.toString()).startsWith("--shadow rebuilds all");
    assertThat(run("rebuild", "start", "--only", "cats")).isEqualTo(2);
    assertThat(err.toString()).contains("--only");
    assertThat(run("rebuild", "drop", "zwei")).isEqualTo(2);
    assertThat(err.toString()).startsWith("'zwei' is no generation");
    assertThat(run("rebuild", "start", "--takeover")).isEqualTo(1);
    assertThat(err.toString())
        .startsWith("The consumer group hogflare.person-processor has no offsets")
        .contains("--shadow");
    assertThat(run("rebuild", "drop", "g1", "--yes")).isEqualTo(1);
    assertThat(err.toString()).startsWith("g1 is live and holds the persons");
  }

  @Test
  void beginsLaterInHistoryAndAsAShadow() {
    assertThat(run("rebuild", "start", "--from", "2026-01-31T00:00:00Z", "--only", "persons"))
        .isZero();
    assertThat(out.toString()).startsWith("g2 begins at 2026-01-31T00:00:00Z, muted.");
    assertThat(run("rebuild", "abort", "--yes")).isZero();
    assertThat(run("rebuild", "start", "--shadow")).isZero();
    assertThat(out.toString())
        .startsWith(
            "g3 begins at the beginning of history, as a shadow whose rows go to"
                + " hogflare.events.g3.");
    assertThat(run("rebuild", "abort", "--yes")).isZero();
    assertThat(out.toString()).contains("hogflare.events.g3", "hogflare.persons.g3");
  }

  private int run(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    Shell shell =
        new Shell(
            Map.of(), directory, new Console(new PrintWriter(out), new PrintWriter(err), false));
    List<String> all = new java.util.ArrayList<>(List.of(arguments));
    all.add("--data");
    all.add("data");
    return Commands.of(shell).execute(all.toArray(String[]::new));
  }
}

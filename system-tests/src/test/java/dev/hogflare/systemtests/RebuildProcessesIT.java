// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.Generation;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.GenerationRecord.State;
import dev.hogflare.contract.Generations;
import dev.hogflare.contract.Topics;
import dev.hogflare.rebuild.Cutover;
import dev.hogflare.rebuild.Deployment;
import dev.hogflare.rebuild.GenerationStatus;
import dev.hogflare.rebuild.ProgressSurvey;
import dev.hogflare.rebuild.RebuildStart;
import dev.hogflare.rebuild.StateTopics;
import dev.hogflare.rebuild.Verification;
import dev.hogflare.rebuild.VerificationReport;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.standalone.load.LoadPlan;
import dev.hogflare.standalone.load.LoadRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Rebuilds by processes that are killed in the middle, and by processes of their own. */
class RebuildProcessesIT {
  private static final long SEED = 20_261_201;
  private static final Topics TOPICS = new Topics("hogflare.");
  private static final Generation G1 = Generation.FIRST;
  private static final Generation G2 = new Generation(2);
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path folder;

  @Tag("long")
  @Test
  void aRebuildThatIsKilledTwiceInTheMiddleGoesOnAndDiffersInNothing() throws Exception {
    StandaloneProcess up = StandaloneProcess.start(folder, Map.of());
    try {
      load(SEED, 20_000).over(up).run();
      CommandLine start = CommandLine.run(folder, "rebuild", "start");
      assertThat(start.status()).as(start.toString()).isZero();
      long before = 0;
      for (int kill = 1; kill <= 2; kill++) {
        GenerationStatus middle = inTheMiddle(before);
        up.kill();
        assertThat(middle.rawWaiting()).as("raw records that wait at kill %d", kill).isPositive();
        before = middle.read();
        up = StandaloneProcess.start(folder, Map.of());
      }
      CommandLine verify = CommandLine.run(folder, "rebuild", "verify", "--patience", "100");
      assertThat(verify.status()).as(verify.toString()).isZero();
      assertThat(verify.out()).startsWith("0 differences in ");
      CommandLine cutover = CommandLine.run(folder, "rebuild", "cutover", "--yes");
      assertThat(cutover.status()).as(cutover.toString()).isZero();
    } finally {
      up.close();
    }
  }

  /** Returns how far the second generation is when it has read more than before. */
  private GenerationStatus inTheMiddle(long before) throws IOException {
    String kafka =
        Json.parse(Files.readString(folder.resolve("run").resolve("up.json")))
            .path("kafka")
            .asText();
    try (ProgressSurvey survey =
        new ProgressSurvey(new Deployment(KafkaSettings.plain(kafka), TOPICS, 4, false))) {
      GenerationRecord record = survey.generations().find(G2).orElseThrow();
      return Await.value(
          () -> survey.measure(record, Optional.empty()), status -> status.read() > before);
    }
  }

  @Test
  void aGenerationOfProcessesOfItsOwnIsVerifiedAndTakesOverUnderLoad() throws Exception {
    try (ChaosCluster cluster = new ChaosCluster(folder.resolve("cluster"), 1, 1, Map.of())) {
      cluster.start();
      Deployment deployment =
          new Deployment(cluster.kafka(), TOPICS, ChaosCluster.PARTITIONS, false);
      load(SEED, 3_000).over(cluster).run();
      RebuildStart.Wish wish = new RebuildStart.Wish(Optional.empty(), false, false, false, false);
      assertThat(new RebuildStart(deployment).begin(wish, Instant.now()).generation())
          .isEqualTo(G2);
      Map<String, String> second = Map.of("HOGFLARE_GENERATION", "2");
      ChaosCluster.Processor persons = cluster.personProcessor(2, second);
      ChaosCluster.Processor groups = cluster.groupProcessor(2, second);
      for (ChaosCluster.Processor each : List.of(persons, groups)) {
        each.node().start();
      }
      cluster.awaitHealth(persons.admin());
      cluster.awaitHealth(groups.admin());
      persons.node().kill();
      persons.node().start();

      LoadRun more = load(SEED + 1, 4_000).over(cluster);
      CompletableFuture<Void> sending = ChaosIT.send(more);
      VerificationReport report = verify(deployment);
      assertThat(report.differences()).as("seed %d", SEED).isEmpty();
      assertThat(report.equal()).isTrue();
      assertThat(report.persons()).isGreaterThan(100);
      try (Cutover cutover = new Cutover(deployment)) {
        cutover.begin(true);
        cutover.mark();
        Await.until(
            "the first generation has finished",
            () -> cutover.advance().stage() == Cutover.Stage.DONE);
      }
      sending.get(3, TimeUnit.MINUTES);
      Generations all = deployment.control().read();
      assertThat(all.live().generation()).isEqualTo(G2);
      assertThat(all.find(G1).orElseThrow().state()).isEqualTo(State.RETIRED);
      assertThat(cluster.differences(120, persons.admin(), groups.admin()))
          .as("seed %d", SEED)
          .isEmpty();

      // Without the variable a restarted process works for the generation that is live now.
      cluster.persons().get(0).stop();
      cluster.persons().get(0).start();
      cluster.awaitHealth();
      load(SEED + 2, 500).over(cluster).run();
      assertThat(cluster.differences(120, cluster.personAdmin(), groups.admin()))
          .as("seed %d", SEED)
          .isEmpty();
    }
  }

  private static VerificationReport verify(Deployment deployment) {
    Generations all = deployment.control().read();
    return new Verification(
            deployment.kafka(),
            StateTopics.of(all.live(), TOPICS),
            StateTopics.of(all.find(G2).orElseThrow(), TOPICS),
            phase -> {})
        .run(PATIENCE, 10);
  }

  /** A load that is not sent yet. */
  private record Load(LoadPlan plan) {
    LoadRun over(StandaloneProcess up) {
      return new LoadRun(plan, up.gateway(), 0, PATIENCE);
    }

    LoadRun over(ChaosCluster cluster) {
      return new LoadRun(plan, cluster.gateway(), 250, PATIENCE);
    }
  }

  private static Load load(long seed, long events) {
    return new Load(new LoadPlan(seed, events, LoadPlan.CLIENTS, LoadPlan.TOKEN, true));
  }
}

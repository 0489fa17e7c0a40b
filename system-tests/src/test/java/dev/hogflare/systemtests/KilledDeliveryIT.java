// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.DeliveryEntry.Counts;
import dev.hogflare.contract.Topics;
import dev.hogflare.operations.DeliveryAccounts;
import dev.hogflare.standalone.load.LoadPlan;
import dev.hogflare.standalone.load.LoadRun;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * The forwarder and the sink that it posts to are killed in turn, under load: no row is lost, and
 * what is delivered twice is twice in the base table alone.
 *
 * <p>What follows when is drawn from a seed, which a failure names; {@code CHAOS_SEED} in the
 * environment repeats it.
 */
class KilledDeliveryIT {
  private static final double RATE = 300;
  private static final int EVENTS_A_KILL = 600;
  private static final int DRAIN_SECONDS = 150;
  private static final List<String> VICTIMS = List.of("pipeline-forwarder", "lakehouse");

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path folder;

  @Test
  void someKillsLoseNothingAndShowNothingTwice() throws Exception {
    run(ChaosIT.seed(4), 4);
  }

  @Tag("long")
  @Test
  void twentyKillsLoseNothingAndShowNothingTwice() throws Exception {
    run(ChaosIT.seed(20), 20);
  }

  private void run(long seed, int kills) throws Exception {
    Random random = new Random(seed);
    List<String> history = new ArrayList<>();
    Topics topics = new Topics("hogflare.");
    try (ChaosCluster cluster =
        new ChaosCluster(folder.resolve("cluster"), 1, 1, Map.of()).withLake()) {
      cluster.start();
      int events = kills * EVENTS_A_KILL;
      LoadRun load =
          new LoadRun(
              new LoadPlan(seed, events, 8, "phc_kills", true),
              cluster.gateway(),
              RATE,
              Duration.ofMinutes(5));
      CompletableFuture<Void> sending = ChaosIT.send(load);
      TopicLog log = new TopicLog(cluster.kafka().bootstrapServers());
      for (int kill = 0; kill < kills; kill++) {
        // At a moment that the load's progress tells, in the middle of what it causes.
        long rows = (long) events * (kill + 1) / (kills + 2) + random.nextInt(50);
        Await.until("enough rows for a kill", () -> log.ends(topics.events()) >= rows);
        ChaosNode victim = cluster.node(VICTIMS.get(kill % VICTIMS.size()));
        victim.kill();
        victim.start();
        history.add(kill + ": " + victim.name() + " at " + rows + " rows");
      }
      sending.get(5, TimeUnit.MINUTES);
      cluster.awaitHealth();

      assertThat(cluster.differences(DRAIN_SECONDS))
          .as("seed %d, after %s", seed, history)
          .isEmpty();
      String counts = "select count(*), count(distinct uuid) from ";
      String shown = cluster.lakeRows(counts + "hogflare_events").getFirst();
      List<String> view = cluster.lakeRows(counts + "events");
      assertThat(view).as("the view shows each row once").containsExactly(shown);
      String[] once = shown.split(" \\| ");
      assertThat(once[0]).isEqualTo(once[1]);
      String base = cluster.lakeRows(counts + "hogflare_events_raw").getFirst();
      assertThat(base.split(" \\| ")[1]).as("uuids of the base table").isEqualTo(once[1]);

      Counts account =
          new DeliveryAccounts(cluster.kafka(), topics)
              .between(0, Long.MAX_VALUE)
              .totals()
              .get("events");
      assertThat(account.acknowledged())
          .as("rows in the account, of %s in the lake", base)
          .isGreaterThanOrEqualTo(Long.parseLong(once[0]));
      assertThat(account.sent()).isGreaterThanOrEqualTo(account.acknowledged());
    }
  }
}

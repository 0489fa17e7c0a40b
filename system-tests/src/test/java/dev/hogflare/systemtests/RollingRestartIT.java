// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.standalone.load.LoadPlan;
import dev.hogflare.standalone.load.LoadRun;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two person-processors are restarted one after the other under load, as a new version is rolled
 * out.
 */
class RollingRestartIT {
  private static final long SEED = ChaosIT.seed(7);

  @TempDir Path folder;

  static Stream<Arguments> ways() {
    return Stream.of(
        Arguments.of("partitions wait for the restart", Map.of("HOGFLARE_ON_STOP", "stay")),
        Arguments.of(
            "a standby takes over",
            Map.of(
                "HOGFLARE_STANDBY_REPLICAS", "1",
                "HOGFLARE_RACK", "zone-a",
                "HOGFLARE_ON_STOP", "leave")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("ways")
  void losesAndDoublesNoRow(String way, Map<String, String> environment) throws Exception {
    try (ChaosCluster cluster = new ChaosCluster(folder.resolve("cluster"), environment)) {
      cluster.start();
      LoadPlan plan = new LoadPlan(SEED, 1_000_000, 8, LoadPlan.TOKEN, true);
      LoadRun load = new LoadRun(plan, cluster.gateway(), 250, Duration.ofMinutes(1));
      CompletableFuture<Void> sending = ChaosIT.send(load);
      Await.until("the load is under way", () -> load.accepted() > 500);
      for (ChaosNode processor : cluster.persons()) {
        assertThat(sending).as("the load goes on").isNotDone();
        processor.stop();
        processor.start();
        cluster.awaitHealth();
      }
      load.finish();
      sending.get(3, TimeUnit.MINUTES);
      assertThat(load.retries()).as("requests that the gateway did not take").isZero();
      List<String> differences = cluster.differences(120);
      assertThat(differences).as("%s, seed %d", way, SEED).isEmpty();
    }
  }
}

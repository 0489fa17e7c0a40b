// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.standalone.load.LoadPlan;
import dev.hogflare.standalone.load.LoadRun;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Processes die, brokers stand still, a disk is full, clocks are wrong, all under load; after each
 * trouble everything that is there is what the raw topic says.
 *
 * <p>What happens, where and when follows from a seed, which a failure names; {@code CHAOS_SEED} in
 * the environment repeats it.
 */
class ChaosIT {
  private static final int EVENTS_OF_A_ROUND = 1_500;
  private static final double RATE = 250;
  private static final int KILLS = 20;
  private static final int DRAIN_SECONDS = 150;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path folder;

  /** One trouble. */
  private enum Trouble {
    KILL,
    BROKER_AWAY,
    BROKER_PAUSED,
    DISK_FULL,
    ZOMBIE
  }

  @Test
  void someKillsUnderLoadLoseNothingAndDoubleNothing() throws Exception {
    run(seed(1), List.of(Trouble.KILL, Trouble.KILL, Trouble.KILL));
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void noTroubleUnderLoadLosesOrDoublesAnything(long seed) throws Exception {
    List<Trouble> troubles = new ArrayList<>(Collections.nCopies(KILLS, Trouble.KILL));
    troubles.addAll(
        List.of(Trouble.BROKER_AWAY, Trouble.BROKER_PAUSED, Trouble.DISK_FULL, Trouble.ZOMBIE));
    Collections.shuffle(troubles, new Random(seed(seed)));
    run(seed(seed), troubles);
  }

  /** Returns the seed that the environment asks for, or the usual one. */
  static long seed(long usual) {
    String asked = System.getenv("CHAOS_SEED");
    return asked == null ? usual : Long.parseLong(asked);
  }

  private void run(long seed, List<Trouble> troubles) throws Exception {
    Random random = new Random(seed);
    List<String> history = new ArrayList<>();
    Deque<ChaosNode> victims = new ArrayDeque<>();
    try (ChaosCluster cluster = new ChaosCluster(folder.resolve("cluster"), Map.of()).withLake()) {
      cluster.start();
      for (int round = 0; round < troubles.size(); round++) {
        String token = "phc_chaos_" + round;
        LoadPlan plan = new LoadPlan(seed * 1_000 + round, EVENTS_OF_A_ROUND, 8, token, true);
        LoadRun load = new LoadRun(plan, cluster.gateway(), RATE, Duration.ofMinutes(3));
        CompletableFuture<Void> sending = send(load);
        waitFor(Duration.ofMillis(1_000 + random.nextInt(3_000)));
        if (victims.isEmpty()) {
          // Everybody's turn comes before anybody's second one.
          List<ChaosNode> all = new ArrayList<>(cluster.all());
          Collections.shuffle(all, random);
          victims.addAll(all);
        }
        history.add(round + ": " + make(troubles.get(round), cluster, victims, random));
        await(sending, seed, history);
        cluster.awaitHealth();
        assertThat(cluster.differences(DRAIN_SECONDS))
            .as("seed %d, after %s", seed, history)
            .isEmpty();
      }
    }
  }

  /** Sends a load in the background. */
  static CompletableFuture<Void> send(LoadRun load) {
    CompletableFuture<Void> sending = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                load.run();
                sending.complete(null);
              } catch (Exception e) {
                sending.completeExceptionally(e);
              }
            });
    return sending;
  }

  private static void await(CompletableFuture<Void> sending, long seed, List<String> history)
      throws InterruptedException, TimeoutException {
    try {
      sending.get(5, TimeUnit.MINUTES);
    } catch (ExecutionException e) {
      throw new AssertionError("The load failed; seed " + seed + ", after " + history, e);
    }
  }

  /** Makes a trouble and ends it; returns what it was. */
  private static String make(
      Trouble trouble, ChaosCluster cluster, Deque<ChaosNode> victims, Random random)
      throws Exception {
    switch (trouble) {
      case KILL -> {
        ChaosNode victim = victims.removeFirst();
        victim.kill();
        int away = random.nextInt(2_000);
        waitFor(Duration.ofMillis(away));
        victim.start();
        return victim.name() + " killed, away for " + away + " ms";
      }
      case BROKER_AWAY -> {
        ChaosNode broker = cluster.brokers().get(random.nextInt(cluster.brokers().size()));
        broker.kill();
        waitFor(Duration.ofSeconds(15));
        broker.start();
        return broker.name() + " away for 15 s";
      }
      case BROKER_PAUSED -> {
        ChaosNode broker = cluster.brokers().get(random.nextInt(cluster.brokers().size()));
        broker.pause();
        waitFor(Duration.ofSeconds(30));
        broker.resume();
        return broker.name() + " paused for 30 s";
      }
      case DISK_FULL -> {
        if (!cluster.hasSmallDisk()) {
          System.out.println(
              "Skipped: a full disk needs root, because a small file system is mounted for it.");
          return "no disk could be mounted that would be full";
        }
        ChaosNode broker = cluster.brokerWithSmallDisk();
        cluster.fillDisk();
        waitFor(Duration.ofSeconds(10));
        boolean survived = broker.isAlive();
        if (survived) {
          broker.kill();
        }
        cluster.emptyDisk();
        broker.start();
        return "the disk of " + broker.name() + " full for 10 s, survived: " + survived;
      }
      case ZOMBIE -> {
        ChaosNode processor = cluster.persons().get(random.nextInt(cluster.persons().size()));
        processor.pause();
        Duration time = ChaosCluster.SESSION_TIMEOUT.plusSeconds(5);
        waitFor(time);
        processor.resume();
        return processor.name() + " paused for " + time.toSeconds() + " s";
      }
    }
    throw new AssertionError(trouble);
  }

  /** Lets a trouble last; nothing is to be waited for but time itself. */
  static void waitFor(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}

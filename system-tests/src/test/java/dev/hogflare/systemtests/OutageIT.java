// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Topic;
import dev.hogflare.contract.Topics;
import dev.hogflare.standalone.load.LoadPlan;
import dev.hogflare.standalone.load.LoadRun;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opentest4j.TestAbortedException;

/** The only broker goes away under load and comes back: whatever was accepted is there once. */
class OutageIT {
  private static final Topics TOPICS = new Topics("hogflare.");
  private static final long SEED = ChaosIT.seed(11);

  /** Several times what the gateway waits for Kafka, and longer than SDKs try by themselves. */
  private static final Duration SHORT = Duration.ofSeconds(15);

  private static final Duration MINUTE = Duration.ofSeconds(60);

  /** What each SDK is at least handed before Kafka goes, while it is away, and after that. */
  private static final int EVENTS_OF_A_PHASE = 60;

  private static final Pattern WAITING = Pattern.compile("([\\d,]+) events wait in the spool");

  /** The SDKs, and the milliseconds between two events; a page may send ten a second. */
  private static final Map<PublishedSdk, Integer> SDKS =
      Map.of(PublishedSdk.NODE, 25, PublishedSdk.JS, 120, PublishedSdk.SERVER, 25);

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path folder;

  /** How the broker is away. */
  private enum Absence {
    KILLED {
      @Override
      void begin(ChaosNode broker) {
        broker.kill();
      }

      @Override
      void end(ChaosNode broker) {
        broker.start();
      }
    },
    /** Connections stay open, and what was sent last may arrive when the broker goes on. */
    STANDS_STILL {
      @Override
      void begin(ChaosNode broker) {
        broker.pause();
      }

      @Override
      void end(ChaosNode broker) {
        broker.resume();
      }
    };

    abstract void begin(ChaosNode broker);

    abstract void end(ChaosNode broker);
  }

  @Test
  void whatSdksAreHandedWhileTheBrokerIsDeadIsInTheLakeOnce() throws Exception {
    outageUnderSdks(Absence.KILLED, SHORT);
  }

  @Tag("long")
  @ParameterizedTest
  @EnumSource(Absence.class)
  void whatSdksAreHandedInAMinuteWithoutKafkaIsInTheLakeOnce(Absence absence) throws Exception {
    outageUnderSdks(absence, MINUTE);
  }

  private void outageUnderSdks(Absence absence, Duration length) throws Exception {
    List<AutoCloseable> open = new ArrayList<>();
    try (ChaosCluster cluster = cluster()) {
      cluster.start();
      List<SdkLoad> loads = startLoads(cluster, open);
      await(loads, 0);
      long begin = System.nanoTime();
      absence.begin(broker(cluster));
      awaitWaiting(cluster, 1);
      // Until the gateway noticed, requests still went straight to Kafka, and failed there.
      long noticed = System.nanoTime();
      List<Integer> before = loads.stream().map(SdkLoad::handed).toList();
      ChaosIT.waitFor(length.minusNanos(System.nanoTime() - begin));
      assertThat(waiting(cluster)).as("events that wait at the end of the outage").isPositive();
      for (int i = 0; i < loads.size(); i++) {
        assertThat(loads.get(i).handed() - before.get(i))
            .as("events of %s while Kafka was away", loads.get(i))
            .isGreaterThan(EVENTS_OF_A_PHASE);
      }
      absence.end(broker(cluster));
      awaitNothingWaits(cluster);
      await(loads, 1);
      for (SdkLoad load : loads) {
        load.stop();
      }
      try (PipelineFixture.LakeReader lake = cluster.lakeReader()) {
        for (SdkLoad load : loads) {
          load.everyEventIsInTheLakeOnce(lake);
        }
      }
      awaitNothingWaits(cluster);
      for (SdkLoad load : loads) {
        load.everyRequestWasAnsweredWithSuccess();
        for (Topic topic : List.of(TOPICS.eventsRaw(), TOPICS.events())) {
          load.noEventIsBeforeAnEarlierOne(cluster.log(), topic, begin, noticed);
        }
      }
    } finally {
      for (AutoCloseable each : open.reversed()) {
        each.close();
      }
    }
  }

  private ChaosCluster cluster() throws Exception {
    Path root = folder.resolve("cluster");
    return new ChaosCluster(
            root, 1, 1, Map.of("HOGFLARE_SPOOL_DIR", root.resolve("spool").toString()))
        .withLake();
  }

  private static ChaosNode broker(ChaosCluster cluster) {
    return cluster.brokers().get(0);
  }

  /** Begins to hand events to every SDK that can run here. */
  private static List<SdkLoad> startLoads(ChaosCluster cluster, List<AutoCloseable> open) {
    List<SdkLoad> loads = new ArrayList<>();
    SDKS.forEach(
        (published, pause) -> {
          try {
            Sdk sdk = published.start();
            open.add(sdk);
            SdkLoad load = new SdkLoad(published, sdk, cluster.gateway(), Duration.ofMillis(pause));
            open.add(load);
            loads.add(load);
          } catch (TestAbortedException e) {
            // It has said what is missing; the others are tested all the same.
            assertThat(published).isNotEqualTo(PublishedSdk.SERVER);
          }
        });
    return loads;
  }

  /** Waits until each SDK was handed so many events more, and had an answer to some of them. */
  private static void await(List<SdkLoad> loads, int phase) {
    for (SdkLoad load : loads) {
      int target = load.handed() + EVENTS_OF_A_PHASE;
      int answers = load.answers() + 1;
      Await.until(
          load + " sends in phase " + phase,
          () -> load.handed() >= target && load.answers() >= answers);
    }
  }

  @Test
  void aGatewayThatIsKilledWhileEventsWaitLosesNoneOfThem() throws Exception {
    String token = "phc_outage_kill";
    try (ChaosCluster cluster = cluster()) {
      cluster.start();
      LoadPlan plan = new LoadPlan(SEED, 1_000_000, 8, token, true);
      LoadRun load = new LoadRun(plan, cluster.gateway(), 120, Duration.ofMinutes(2));
      CompletableFuture<Void> sending = ChaosIT.send(load);
      Await.until("the load is under way", () -> load.accepted() > 500);
      broker(cluster).kill();
      awaitWaiting(cluster, 500);
      long left = waiting(cluster);
      restartGateway(cluster);
      awaitWaiting(cluster, 1);
      assertThat(waiting(cluster)).as("events that the kill left").isGreaterThanOrEqualTo(left);
      awaitWaiting(cluster, left + 200);
      broker(cluster).start();
      TopicLog log = cluster.log();
      long ends = log.ends(TOPICS.eventsRaw());
      Await.until("something is sent", () -> log.ends(TOPICS.eventsRaw()) > ends);
      // What was sent and is not remembered as sent comes twice.
      restartGateway(cluster);
      awaitNothingWaits(cluster);
      load.finish();
      sending.get(3, TimeUnit.MINUTES);
      cluster.awaitHealth();
      assertThat(load.retries()).as("requests that a kill interrupted").isPositive();
      assertThat(cluster.differences(120)).as("seed %d", SEED).isEmpty();
      assertThat(
              log.ofProject(TOPICS.eventsRaw(), token).stream()
                  .map(record -> RawEvent.read(record.key(), record.value(), record.headers()))
                  .map(RawEvent::uuid)
                  .distinct())
          .as("events that were accepted and are on the raw topic, seed %d", SEED)
          .hasSize(Math.toIntExact(load.sent()));
    }
  }

  private static void restartGateway(ChaosCluster cluster) {
    cluster.gatewayNode().kill();
    cluster.gatewayNode().start();
  }

  private static void awaitWaiting(ChaosCluster cluster, long events) {
    Await.until(events + " events wait in the spool", () -> waiting(cluster) >= events);
  }

  private static void awaitNothingWaits(ChaosCluster cluster) {
    Await.until(
        "the gateway is well and nothing waits",
        () ->
            cluster
                .gatewayHealth()
                .map(answer -> answer.json().path("status").asText().equals("ok"))
                .orElse(false));
  }

  /** Returns how many events wait as the gateway tells it whoever asks how it is. */
  private static long waiting(ChaosCluster cluster) {
    Answer answer = cluster.gatewayHealth().orElse(new Answer(0, "{}"));
    Matcher waiting = WAITING.matcher(answer.json().path("warning").asText());
    if (!waiting.find()) {
      return 0;
    }
    assertThat(answer.status()).as("%s", answer).isEqualTo(200);
    assertThat(answer.json().path("status").asText()).isEqualTo("degraded");
    return Long.parseLong(waiting.group(1).replace(",", ""));
  }
}

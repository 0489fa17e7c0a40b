// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.rebuild.Deployment;
import dev.hogflare.standalone.load.LoadPlan;
import dev.hogflare.standalone.load.LoadRun;
import dev.hogflare.systemtests.oracle.Oracle;
import dev.hogflare.systemtests.oracle.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A random load, and everything that came of it against what the raw topic says must come. */
class OracleIT {
  private static final long SEED = ChaosIT.seed(20_261_121);
  private static final int EVENTS = 8_000;
  private static final String PARTITIONS = "16";

  @TempDir Path data;

  @Test
  void everyRowPersonAndGroupIsWhatTheRawTopicSays() throws Exception {
    try (PipelineFixture pipeline =
            PipelineFixture.start(
                data,
                Map.of(
                    "HOGFLARE_PARTITIONS",
                    PARTITIONS,
                    "POSTHOG_GROUP_TYPE_0",
                    "company",
                    "POSTHOG_GROUP_TYPE_1",
                    "team"));
        Lookups lookups = new Lookups(pipeline.adminUri(), pipeline.adminUri())) {
      LoadPlan plan = new LoadPlan(SEED, EVENTS, LoadPlan.CLIENTS, LoadPlan.TOKEN, true);
      LoadRun load = new LoadRun(plan, pipeline.gateway(), 0, Duration.ofSeconds(60));
      try (Asking asking = new Asking(lookups, plan)) {
        load.run();
        assertThat(asking.answers()).as("lookups beside the load").isPositive();
      }

      Drained.await(
          new Deployment(pipeline.kafka(), pipeline.topics(), Integer.parseInt(PARTITIONS), false));
      TopicLog log = pipeline.log();
      Oracle oracle =
          new Oracle(pipeline.topics().eventsRaw().name(), log.all(pipeline.topics().eventsRaw()));
      assertThat(oracle.rowCount() + oracle.repeatCount() + oracle.deadLetters().size())
          .as("every accepted event is on the raw topic")
          .isEqualTo(load.accepted());
      List<String> differences =
          Await.value(() -> differences(pipeline, lookups, oracle), List::isEmpty);
      assertThat(differences).as("seed %d", SEED).isEmpty();
      assertThat(oracle.persons()).hasSizeGreaterThan(EVENTS / 20);
      assertThat(oracle.groups()).hasSizeGreaterThan(10);
    }
  }

  /** Asks for persons all the time, which must hold nothing up. */
  private static final class Asking implements AutoCloseable {
    private final AtomicBoolean enough = new AtomicBoolean();
    private final LongAdder answers = new LongAdder();
    private final List<Thread> threads = new ArrayList<>();

    Asking(Lookups lookups, LoadPlan plan) {
      for (int asker = 0; asker < 2; asker++) {
        threads.add(Thread.ofVirtual().start(() -> ask(lookups, plan)));
      }
    }

    private void ask(Lookups lookups, LoadPlan plan) {
      for (int n = 0; !enough.get(); n++) {
        String id = "user-" + n % plan.clients() + '-' + n % 20;
        if (lookups.person(new ActorKey(plan.token(), id)) != null) {
          answers.increment();
        }
      }
    }

    long answers() {
      return answers.sum();
    }

    @Override
    public void close() {
      enough.set(true);
      try {
        for (Thread thread : threads) {
          thread.join();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Returns the first differences between what an oracle expects and what a pipeline made. */
  static List<String> differences(PipelineFixture pipeline, Lookups lookups, Oracle oracle) {
    TopicLog log = pipeline.log();
    return new Verdict(oracle)
            .rows(log.all(pipeline.topics().events()), log.all(pipeline.topics().personOverrides()))
            .deadLetters(log.all(pipeline.topics().deadLetters()))
            .snapshots(log.all(pipeline.topics().persons()))
            .persons(lookups::person)
            .groups(lookups::group)
            .differences()
            .stream()
            .limit(20)
            .toList();
  }
}

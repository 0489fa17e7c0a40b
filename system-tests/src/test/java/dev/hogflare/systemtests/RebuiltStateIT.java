// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.Topics;
import dev.hogflare.rebuild.StateDigest;
import dev.hogflare.rebuild.StateTopics;
import dev.hogflare.standalone.EmbeddedBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Everything that follows from raw events is thrown away, and comes again as it was. */
class RebuiltStateIT {
  private static final long SEED = 20_261_121;
  private static final int BATCHES = 150;
  private static final String PERSONS = "hogflare.person-processor";
  private static final String GROUPS = "hogflare.group-processor";
  private static final Map<String, String> FLAGS =
      Map.of("HOGFLARE_FEATURE_FLAGS", "[" + StickyUsers.FLAG + "]");
  private static final Topics TOPICS = new Topics("hogflare.");

  @TempDir Path data;
  @TempDir Path dumps;

  @Test
  void theStateOfAllProcessorsIsByteForByteTheSame() throws Exception {
    Path before = dumps.resolve("before");
    Path after = dumps.resolve("after");
    StateDigest.Report first;
    StickyUsers users = new StickyUsers();
    try (PipelineFixture pipeline = PipelineFixture.start(data, FLAGS)) {
      users.askAt(pipeline);
      users.logIn();
      users.addPhones(pipeline);
      users.assertSeeTheSame();
      MergeLoad load = new MergeLoad(SEED);
      int historical = 0;
      for (int i = 0; i < BATCHES; i++) {
        if (i % 3 == 0) {
          historical += load.sendHistorical(pipeline);
        } else {
          load.send(pipeline);
        }
      }
      long imported = historical;
      Await.until(
          "what was imported is among the raw events",
          () -> pipeline.count("hogflare_gateway_historical_moved_total") == imported);
      first = digest(pipeline, before);
    }
    assertThat(first.persons()).isGreaterThan(100);
    assertThat(first.ids()).isGreaterThan(first.persons());
    assertThat(first.groups()).isEqualTo(20);
    deleteWhatFollowsFromEvents();
    StateDigest.Report second;
    try (PipelineFixture pipeline = PipelineFixture.start(data, FLAGS)) {
      second = digest(pipeline, after);
      users.askAt(pipeline);
      users.assertSeeTheSame();
    }
    assertThat(second.rawEnds()).isEqualTo(first.rawEnds());
    assertThat(Files.mismatch(before, after)).as("seed %d", SEED).isEqualTo(-1);
    assertThat(second).isEqualTo(first);
  }

  private StateDigest.Report digest(PipelineFixture pipeline, Path dump) {
    return new StateDigest(
            pipeline.kafka(), StateTopics.of(GenerationRecord.first(), TOPICS), phase -> {})
        .take(Await.PATIENCE.multipliedBy(2), dumps, Optional.of(dump));
  }

  private void deleteWhatFollowsFromEvents() throws Exception {
    deleteFolder(data.resolve("state"));
    try (EmbeddedBroker broker = new EmbeddedBroker(data.resolve("kafka"))) {
      broker.start();
      try (Admin admin =
          Admin.create(Map.<String, Object>of("bootstrap.servers", broker.bootstrapServers()))) {
        // The ids of experience continuity follow from no event, so that nothing could bring them
        // back.
        Set<String> kept =
            Set.of(
                TOPICS.eventsRaw().name(),
                TOPICS.recordingsRaw().name(),
                TOPICS.flagStickyIds().name());
        List<String> derived =
            admin.listTopics().names().get().stream().filter(name -> !kept.contains(name)).toList();
        assertThat(derived)
            .contains(
                PERSONS + "-actors-changelog", GROUPS + "-groups-changelog", PERSONS + "-mail");
        admin.deleteTopics(derived).all().get();
        Await.until(
            "the topics are gone",
            () -> {
              try {
                return admin.listTopics().names().get().equals(kept);
              } catch (ExecutionException | InterruptedException e) {
                throw new AssertionError(e);
              }
            });
        admin.deleteConsumerGroups(List.of(PERSONS, GROUPS)).all().get();
      }
    }
  }

  private static void deleteFolder(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static dev.hogflare.systemtests.Json.event;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.Generation;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.GenerationRecord.State;
import dev.hogflare.contract.Generations;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.Topic;
import dev.hogflare.contract.Topics;
import dev.hogflare.rebuild.Cutover;
import dev.hogflare.rebuild.Deployment;
import dev.hogflare.rebuild.GenerationStatus;
import dev.hogflare.rebuild.ProgressSurvey;
import dev.hogflare.rebuild.RebuildException;
import dev.hogflare.rebuild.RebuildStart;
import dev.hogflare.rebuild.Remains;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.standalone.EmbeddedBroker;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rebuilds beside the live generation of a real pipeline, and cutovers under load. */
class GenerationsIT {
  private static final String TOKEN = "phc_generations";
  private static final int PARTITIONS = 3;
  private static final int BATCH = 40;
  private static final long SEED = 20_261_121L;

  /** 400 events a second: a machine of two slow cores rebuilds beside it. */
  private static final long LOAD_PERIOD_MILLIS = 100;

  private static final Generation G1 = Generation.FIRST;
  private static final Generation G2 = new Generation(2);
  private static final Generation G3 = new Generation(3);
  private static final Map<String, String> ENVIRONMENT =
      Map.of(
          "HOGFLARE_PARTITIONS",
          Integer.toString(PARTITIONS),
          "POSTHOG_GROUP_TYPE_0",
          "company",
          "HOGFLARE_FEATURE_FLAGS",
          "[" + StickyUsers.FLAG + "]");

  @TempDir Path folder;

  private final Random random = new Random(SEED);
  private long events;
  private final ConcurrentLinkedQueue<String> sent = new ConcurrentLinkedQueue<>();

  @Test
  void everyEventHasOneRowOverTwoCutoversUnderLoadAndARestart() throws Exception {
    StickyUsers users = new StickyUsers();
    try (PipelineFixture pipeline = PipelineFixture.start(folder, ENVIRONMENT)) {
      Deployment deployment = deployment(pipeline);
      users.askAt(pipeline);
      users.logIn();
      sendBatches(pipeline, 30);
      takeOverUnderLoad(pipeline, deployment, G1, G2);
      everyEventHasOneRow(pipeline);
      assertThat(pipeline.count("hogflare_person_rows_total", "generation", "1")).isPositive();
      assertThat(pipeline.count("hogflare_person_rows_total", "generation", "2")).isPositive();
      assertThat(pipeline.count("hogflare_group_rows_total", "generation", "2")).isPositive();
      CounterEquations.assertHoldOverGenerations(pipeline);

      users.assertSeeTheSame();
      drop(pipeline, deployment, G1);
      users.assertSeeTheSame();
      sendBatches(pipeline, 5);
      everyEventHasOneRow(pipeline);
      assertThat(pipeline.health()).containsKeys("person-processor", "group-processor");
      assertThat(pipeline.health()).doesNotContainKey("person-processor g1");
    }
    try (PipelineFixture pipeline = PipelineFixture.start(folder, ENVIRONMENT)) {
      Deployment deployment = deployment(pipeline);
      assertThat(generations(deployment).live().generation()).isEqualTo(G2);
      users.askAt(pipeline);
      users.assertSeeTheSame();
      sendBatches(pipeline, 5);
      everyEventHasOneRow(pipeline);
      assertThat(pipeline.count("hogflare_person_rows_total", "generation", "2"))
          .isEqualTo(5L * BATCH);
      takeOverUnderLoad(pipeline, deployment, G2, G3);
      everyEventHasOneRow(pipeline);
      assertThat(generations(deployment).find(G1).orElseThrow().state()).isEqualTo(State.DROPPED);
    }
  }

  @Test
  void aRebuildGoesOnAfterARestartAndItsCutoverCanBeBrokenOffAnywhere() throws Exception {
    try (PipelineFixture pipeline = PipelineFixture.start(folder, ENVIRONMENT)) {
      sendBatches(pipeline, 20);
      begin(deployment(pipeline));
    }
    try (PipelineFixture pipeline = PipelineFixture.start(folder, ENVIRONMENT)) {
      Deployment deployment = deployment(pipeline);
      awaitCaughtUp(deployment, G2);
      try (Cutover first = new Cutover(deployment)) {
        first.begin(false);
      }
      sendBatches(pipeline, 3);
      assertThatThrownBy(() -> Remains.abort(deployment))
          .isInstanceOf(RebuildException.class)
          .hasMessageContaining("is taking over");
    }
    try (PipelineFixture pipeline = PipelineFixture.start(folder, ENVIRONMENT)) {
      Deployment deployment = deployment(pipeline);
      try (Cutover second = new Cutover(deployment)) {
        second.begin(false);
        second.mark();
        second.mark();
      }
      sendBatches(pipeline, 3);
      try (Cutover third = new Cutover(deployment)) {
        finish(third);
        assertThat(third.advance().stage()).isEqualTo(Cutover.Stage.NONE);
      }
      everyEventHasOneRow(pipeline);
      Map<String, List<Long>> marks =
          generations(deployment).find(G2).orElseThrow().cut().orElseThrow().marks();
      assertThat(marks.values()).hasSize(2).allSatisfy(of -> assertThat(of).hasSize(PARTITIONS));
      for (Topic raw : List.of(pipeline.topics().eventsRaw(), pipeline.topics().recordingsRaw())) {
        assertThat(pipeline.log().all(raw).stream().filter(GenerationsIT::isMarker))
            .as("markers in %s", raw.name())
            .hasSize(PARTITIONS);
      }
    }
  }

  @Test
  void whatCannotBeDoneIsRefusedInASentenceAndAnAbortLeavesNothing() throws Exception {
    try (PipelineFixture pipeline = PipelineFixture.start(folder, ENVIRONMENT)) {
      Deployment deployment = deployment(pipeline);
      sendBatches(pipeline, 5);
      assertRefused(() -> Remains.abort(deployment), "No rebuild is under way; g1 is live");
      try (Cutover cutover = new Cutover(deployment)) {
        assertRefused(() -> cutover.begin(false), "No rebuild is under way, and g1 is live");
      }
      assertRefused(
          () -> new RebuildStart(deployment).begin(wish(true), Instant.now()),
          "The live generation g1 is not lost");
      begin(deployment);
      assertRefused(() -> begin(deployment), "A rebuild is under way already: g2");
      assertRefused(() -> Remains.of(deployment, G2), "g2 is being rebuilt");
      assertRefused(() -> Remains.of(deployment, G1), "g1 is live and holds the persons");
      assertRefused(() -> Remains.of(deployment, G3), "There is no generation g3");
      awaitCaughtUp(deployment, G2);

      assertThat(Remains.abort(deployment)).isEqualTo(G2);
      drop(pipeline, deployment, G2);
      sendBatches(pipeline, 5);
      everyEventHasOneRow(pipeline);
      assertThat(begin(deployment).generation()).isEqualTo(G3);
    }
  }

  @Test
  void ofTwoCommandsAtOnceOneWinsAndTheOtherSaysSoInASentence() {
    try (PipelineFixture pipeline = PipelineFixture.start(folder, ENVIRONMENT)) {
      Deployment deployment = deployment(pipeline);
      for (int round = 0; round < 3; round++) {
        Generation next = generations(deployment).next();
        List<String> refusals = atOnce(() -> begin(deployment), () -> begin(deployment));
        assertThat(refusals)
            .singleElement()
            .satisfies(
                refusal ->
                    assertThat(refusal)
                        .containsAnyOf(
                            "Another command changed the generations at the same time; nothing"
                                + " was written.",
                            "A rebuild is under way already: " + next));
        assertThat(generations(deployment).underWay().orElseThrow().generation()).isEqualTo(next);
        assertThat(generations(deployment).next()).isEqualTo(next.next());

        refusals =
            atOnce(
                () -> Remains.abort(deployment),
                () -> {
                  try (Cutover cutover = new Cutover(deployment)) {
                    cutover.begin(true);
                  }
                });
        State state = generations(deployment).find(next).orElseThrow().state();
        assertThat(state).isIn(State.ABORTED, State.CUTTING);
        assertThat(refusals)
            .singleElement()
            .satisfies(
                refusal ->
                    assertThat(refusal)
                        .containsAnyOf(
                            "Another command changed the generations at the same time; nothing"
                                + " was written.",
                            state == State.CUTTING
                                ? next + " is taking over"
                                : "No rebuild is under way"));
        if (state == State.CUTTING) {
          awaitCaughtUp(deployment, next);
          cutOver(deployment);
        }
      }
    }
  }

  /** Begins two commands at the same time; returns what was said by those that were refused. */
  private static List<String> atOnce(Runnable one, Runnable other) {
    CyclicBarrier together = new CyclicBarrier(2);
    List<String> refusals = Collections.synchronizedList(new ArrayList<>());
    try (ExecutorService both = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Runnable command : List.of(one, other)) {
        both.execute(
            () -> {
              try {
                together.await();
                command.run();
              } catch (RuntimeException | InterruptedException | BrokenBarrierException e) {
                refusals.add(e.getMessage());
              }
            });
      }
    }
    return refusals;
  }

  @Test
  void aShadowWritesAllRowsOfHistoryToTopicsOfItsOwn() {
    try (PipelineFixture pipeline = PipelineFixture.start(folder, ENVIRONMENT)) {
      Deployment deployment = deployment(pipeline);
      sendBatches(pipeline, 10);
      everyEventHasOneRow(pipeline);
      GenerationRecord shadow =
          new RebuildStart(deployment)
              .begin(
                  new RebuildStart.Wish(Optional.empty(), false, true, false, false),
                  Instant.now());
      Topic rows = shadow.topics(pipeline.topics()).events();
      assertThat(rows.name()).isEqualTo("hogflare.events.g2");
      awaitRows(pipeline, rows);
      try (Cutover cutover = new Cutover(deployment)) {
        assertRefused(() -> cutover.begin(false), "g2 is a shadow");
      }
      everyEventHasOneRow(pipeline);
      Remains.abort(deployment);
      drop(pipeline, deployment, G2);
      assertThat(topicNames(pipeline))
          .contains("hogflare.events")
          .noneMatch(name -> name.contains(".g2"));
    }
  }

  @Test
  void onlyPersonsAreRebuiltWhileTheGroupsStayWhatTheyAre() throws Exception {
    try (PipelineFixture pipeline = PipelineFixture.start(folder, ENVIRONMENT)) {
      Deployment deployment = deployment(pipeline);
      sendBatches(pipeline, 10);
      new RebuildStart(deployment)
          .begin(new RebuildStart.Wish(Optional.empty(), true, false, false, false), Instant.now());
      awaitCaughtUp(deployment, G2);
      cutOver(deployment);
      Await.until(
          "the old person-processor has stopped",
          () -> !pipeline.health().containsKey("person-processor g1"));
      assertThat(pipeline.health()).containsKeys("person-processor", "group-processor");
      assertThat(pipeline.health()).doesNotContainKey("group-processor g2");
      sendBatches(pipeline, 10);
      everyEventHasOneRow(pipeline);
      assertThat(pipeline.count("hogflare_group_muted_total", "generation", "1")).isZero();
      // The groups of the first one are still worked with.
      Remains remains = Remains.of(deployment, G1);
      assertThat(remains.applications()).containsExactly("hogflare.person-processor");
      assertThat(remains.topics()).doesNotContain("hogflare.group.events");

      takeOverUnderLoad(pipeline, deployment, G2, G3);
      everyEventHasOneRow(pipeline);
      assertThat(pipeline.health()).containsKeys("person-processor", "group-processor");
      assertThat(Remains.of(deployment, G1).topics()).contains("hogflare.group.events");
    }
  }

  @Test
  void aHistoryWhoseBeginningIsGoneIsRefusedAndOneCanBeginLater() throws Exception {
    try (PipelineFixture pipeline = PipelineFixture.start(folder, ENVIRONMENT)) {
      Deployment deployment = deployment(pipeline);
      sendBatches(pipeline, 5);
      everyEventHasOneRow(pipeline);
      long thirdEvent =
          pipeline.log().all(pipeline.topics().eventsRaw()).stream()
              .filter(record -> record.partition() == 0)
              .filter(record -> !RawCommand.isCommand(record.headers()))
              .mapToLong(ConsumerRecord::offset)
              .sorted()
              .skip(2)
              .findFirst()
              .orElseThrow();
      try (Admin admin = Admin.create(pipeline.kafka().client(Map.of()))) {
        admin
            .deleteRecords(
                Map.of(
                    new TopicPartition(pipeline.topics().eventsRaw().name(), 0),
                    RecordsToDelete.beforeOffset(thirdEvent)))
            .all()
            .get();
      }
      assertRefused(
          () -> begin(deployment), "The beginning of hogflare.events.raw was deleted by retention");
      Instant later = Instant.now().plusSeconds(3_600);
      new RebuildStart(deployment)
          .begin(
              new RebuildStart.Wish(Optional.of(later), false, false, false, false), Instant.now());
      awaitCaughtUp(deployment, G2);
      assertThat(pipeline.count("hogflare_person_received_total", "generation", "2")).isZero();
      cutOver(deployment);
      sendBatches(pipeline, 5);
      everyEventHasOneRow(pipeline);

      drop(pipeline, deployment, G1);
      new RebuildStart(deployment)
          .begin(new RebuildStart.Wish(Optional.empty(), false, false, false, true), Instant.now());
      awaitCaughtUp(deployment, G3);
      assertThat(pipeline.count("hogflare_person_muted_total", "generation", "3"))
          .isEqualTo(
              pipeline.log().all(pipeline.topics().eventsRaw()).stream()
                  .filter(record -> !RawCommand.isCommand(record.headers()))
                  .count())
          .isLessThan(sent.size());
    }
  }

  @Test
  void aLostGenerationIsReplacedWithoutALostRow() throws Exception {
    String person;
    try (PipelineFixture pipeline = PipelineFixture.start(folder, ENVIRONMENT)) {
      sendBatches(pipeline, 10);
      pipeline.store(
          "/capture",
          Json.object(
              "api_key",
              TOKEN,
              "event",
              "e",
              "distinct_id",
              "kept",
              "uuid",
              nextUuid(),
              "properties",
              Map.of("$set", Map.of("a", 1))));
      everyEventHasOneRow(pipeline);
      person = pipeline.admin("/persons/" + TOKEN + "/kept").body();
    }
    try (EmbeddedBroker broker = new EmbeddedBroker(folder.resolve("kafka"))) {
      broker.start();
      KafkaSettings kafka = KafkaSettings.plain(broker.bootstrapServers());
      try (Admin admin = Admin.create(kafka.client(Map.of()))) {
        List<String> lost =
            admin.listTopics().names().get().stream()
                .filter(name -> name.contains("-processor-"))
                .toList();
        assertThat(lost).hasSizeGreaterThan(5);
        admin.deleteTopics(lost).all().get();
      }
      Utils.delete(folder.resolve("state").toFile());
      GenerationRecord next =
          new RebuildStart(new Deployment(kafka, new Topics("hogflare."), PARTITIONS, true))
              .begin(wish(true), Instant.now());
      assertThat(next.state()).isEqualTo(State.LIVE);
      assertThat(next.setup().openFrom()).hasSize(2);
    }
    try (PipelineFixture pipeline = PipelineFixture.start(folder, ENVIRONMENT)) {
      Deployment deployment = deployment(pipeline);
      assertThat(generations(deployment).live().generation()).isEqualTo(G2);
      awaitCaughtUp(deployment, G2);
      assertThat(pipeline.admin("/persons/" + TOKEN + "/kept").body()).isEqualTo(person);
      sendBatches(pipeline, 5);
      awaitCaughtUp(deployment, G2);
      // What was written last may be written once more, with the same uuid.
      assertThat(
              Await.value(
                  () -> rows(pipeline, pipeline.topics().events()).keySet(),
                  found -> found.size() == sent.size()))
          .containsExactlyInAnyOrderElementsOf(sent);
      // Its changelogs and mail went with the rest.
      Remains.of(deployment, G1).delete(deployment);
      assertThat(Remains.of(deployment, G1).isEmpty()).isTrue();
    }
  }

  private static boolean isMarker(ConsumerRecord<byte[], byte[]> record) {
    return RawCommand.isCommand(record.headers())
        && RawCommand.read(record.value(), record.headers()) instanceof RawCommand.Cutover;
  }

  private static List<String> topicNames(PipelineFixture pipeline) {
    try (Admin admin = Admin.create(pipeline.kafka().client(Map.of()))) {
      return List.copyOf(admin.listTopics().names().get());
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError("The topics cannot be listed.", e);
    }
  }

  private String nextUuid() {
    String uuid = new UUID(0x0190_0000_0000_7000L, 0x8000_0000_0000_0000L | ++events).toString();
    sent.add(uuid);
    return uuid;
  }

  private static void cutOver(Deployment deployment) {
    try (Cutover cutover = new Cutover(deployment)) {
      cutover.begin(false);
      cutover.mark();
      finish(cutover);
    }
  }

  private static void assertRefused(
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String sentence) {
    assertThatThrownBy(call).isInstanceOf(RebuildException.class).hasMessageContaining(sentence);
  }

  private static Deployment deployment(PipelineFixture pipeline) {
    return new Deployment(pipeline.kafka(), pipeline.topics(), PARTITIONS, false);
  }

  private static RebuildStart.Wish wish(boolean takeover) {
    return new RebuildStart.Wish(Optional.empty(), false, false, takeover, false);
  }

  private static GenerationRecord begin(Deployment deployment) {
    return new RebuildStart(deployment).begin(wish(false), Instant.now());
  }

  private static Generations generations(Deployment deployment) {
    try (ProgressSurvey survey = new ProgressSurvey(deployment)) {
      return survey.generations();
    }
  }

  private void takeOverUnderLoad(
      PipelineFixture pipeline, Deployment deployment, Generation from, Generation to) {
    try (ScheduledExecutorService load = Executors.newSingleThreadScheduledExecutor()) {
      ScheduledFuture<?> sending =
          load.scheduleAtFixedRate(
              () -> sendBatches(pipeline, 1), 0, LOAD_PERIOD_MILLIS, TimeUnit.MILLISECONDS);
      assertThat(begin(deployment).generation()).isEqualTo(to);
      Await.until(
          to + " runs and is near",
          () -> {
            GenerationStatus status = measure(deployment, to);
            return status.isRunning() && status.rawWaiting() < 10L * BATCH;
          });
      cutOver(deployment);
      assertThat(sending.isDone()).as("the load is over").isFalse();
    }
    assertThat(generations(deployment).live().generation()).isEqualTo(to);
    assertThat(generations(deployment).find(from).orElseThrow().state()).isEqualTo(State.RETIRED);
  }

  private static void finish(Cutover cutover) {
    Await.until(
        "the old generation has finished", () -> cutover.advance().stage() == Cutover.Stage.DONE);
  }

  private static GenerationStatus measure(Deployment deployment, Generation generation) {
    try (ProgressSurvey survey = new ProgressSurvey(deployment)) {
      return survey.measure(survey.generations().find(generation).orElseThrow(), Optional.empty());
    }
  }

  private static void awaitCaughtUp(Deployment deployment, Generation generation) {
    Await.until(
        generation + " has caught up",
        () -> {
          GenerationStatus status = measure(deployment, generation);
          return status.isRunning()
              && status.rawWaiting() == 0
              && status.mailWaiting() == 0
              && status.groupsWaiting() == 0;
        });
  }

  private static void drop(PipelineFixture pipeline, Deployment deployment, Generation generation) {
    Await.until(
        "the processors of " + generation + " have stopped",
        () -> Remains.of(deployment, generation).running(deployment).isEmpty());
    Remains remains = Remains.of(deployment, generation);
    assertThat(remains.topics())
        .contains(pipeline.topics().of(generation).groupEvents().name())
        .contains(
            pipeline.topics().personApplication(generation) + "-mail",
            pipeline.topics().personApplication(generation) + "-actors-changelog",
            pipeline.topics().groupApplication(generation) + "-groups-changelog")
        .doesNotContain(pipeline.topics().events().name(), pipeline.topics().eventsRaw().name());
    remains.delete(deployment);
    Await.until(
        "nothing is left of " + generation, () -> Remains.of(deployment, generation).isEmpty());
  }

  /** Sends events with merges, groups and an id that both sides of a merge use. */
  private void sendBatches(PipelineFixture pipeline, int batches) {
    for (int i = 0; i < batches; i++) {
      List<Map<String, Object>> events = new ArrayList<>();
      for (int n = 0; n < BATCH; n++) {
        events.add(randomEvent());
      }
      pipeline.storeBatch(TOKEN, events);
      events.forEach(event -> sent.add((String) event.get("uuid")));
    }
  }

  private synchronized Map<String, Object> randomEvent() {
    int user = random.nextInt(200);
    Map<String, Object> event =
        switch (random.nextInt(6)) {
          case 0 -> event("$identify", "user-" + user, "$anon_distinct_id", "anon-" + user);
          case 1 -> event("$create_alias", "user-" + user, "alias", "alias-" + user);
          case 2 -> event("grouped", "user-" + user, "$groups", Map.of("company", "c" + user % 7));
          case 3 ->
              event(
                  "$groupidentify",
                  "user-" + user,
                  "$group_type",
                  "company",
                  "$group_key",
                  "c" + user % 7,
                  "$group_set",
                  Map.of("n", random.nextInt(1_000)));
          case 4 -> event("seen", "anon-" + user, "$set", Map.of("k", random.nextInt(1_000)));
          default -> event("seen", "user-" + user);
        };
    event = new HashMap<>(event);
    event.put(
        "uuid", new UUID(0x0190_0000_0000_7000L, 0x8000_0000_0000_0000L | ++events).toString());
    return event;
  }

  /** Waits until each event has a row on the topic, then makes sure that none has two. */
  private void everyEventHasOneRow(PipelineFixture pipeline) {
    awaitRows(pipeline, pipeline.topics().events());
  }

  private void awaitRows(PipelineFixture pipeline, Topic topic) {
    Map<String, Integer> expected = new TreeMap<>();
    sent.forEach(uuid -> expected.put(uuid, 1));
    assertThat(expected).hasSameSizeAs(sent);
    assertThat(
            Await.value(
                () -> rows(pipeline, topic),
                found -> found.keySet().containsAll(expected.keySet())))
        .isEqualTo(expected);
  }

  private static Map<String, Integer> rows(PipelineFixture pipeline, Topic topic) {
    Map<String, Integer> rows = new TreeMap<>();
    for (ConsumerRecord<byte[], byte[]> record : pipeline.log().all(topic)) {
      rows.merge(
          Json.parse(new String(record.value(), UTF_8)).get("uuid").asText(), 1, Integer::sum);
    }
    return rows;
  }
}

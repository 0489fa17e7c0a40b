// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.Topic;
import dev.hogflare.contract.Topics;
import dev.hogflare.rebuild.PersonDeletion;
import dev.hogflare.rebuild.StateTopics;
import dev.hogflare.rebuild.Verification;
import dev.hogflare.rebuild.VerificationReport;
import dev.hogflare.standalone.EmbeddedBroker;
import dev.hogflare.standalone.load.LoadPlan;
import dev.hogflare.standalone.load.LoadRun;
import dev.hogflare.systemtests.oracle.Oracle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Persons are deleted while everything goes on, and nothing of them is left where nothing may be.
 */
class DeletionIT {
  private static final long SEED = 20_261_201;
  private static final int EVENTS = 6_000;
  private static final int PARTITIONS = 8;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String PROJECT = "phc_delete";
  private static final String PREFIX = "hogflare.v2.";

  @TempDir Path data;
  @TempDir Path state;

  @Test
  void personsAreDeletedUnderLoadAndEveryRebuildDeletesThemAgain() throws Exception {
    try (PipelineFixture pipeline =
            PipelineFixture.start(
                data,
                Map.of(
                    "HOGFLARE_PARTITIONS",
                    Integer.toString(PARTITIONS),
                    "POSTHOG_GROUP_TYPE_0",
                    "company",
                    "POSTHOG_GROUP_TYPE_1",
                    "team"));
        Lookups lookups = new Lookups(pipeline.adminUri(), pipeline.adminUri())) {
      LoadPlan plan = new LoadPlan(SEED, EVENTS, LoadPlan.CLIENTS, LoadPlan.TOKEN, false);
      LoadRun load = new LoadRun(plan, pipeline.gateway(), 200, Duration.ofSeconds(60));
      CompletableFuture<Void> loading = CompletableFuture.runAsync(() -> run(load));
      Random random = new Random(SEED);
      int duringTheLoad = 0;
      while (!loading.isDone()) {
        delete(pipeline, random);
        duringTheLoad++;
      }
      loading.join();
      assertThat(duringTheLoad).isGreaterThan(5);
      for (int i = 0; i < 10; i++) {
        assertThat(delete(pipeline, random).done()).isTrue();
      }

      TopicLog log = pipeline.log();
      Oracle oracle =
          new Oracle(pipeline.topics().eventsRaw().name(), log.all(pipeline.topics().eventsRaw()));
      List<String> differences =
          Await.value(() -> OracleIT.differences(pipeline, lookups, oracle), List::isEmpty);
      assertThat(differences).as("seed %d", SEED).isEmpty();
      assertThat(oracle.deletedPersons()).hasSizeGreaterThan(10);
      assertThat(oracle.nobodies()).isNotEmpty();
      try (SecondGeneration second = SecondGeneration.start(pipeline, state, PARTITIONS)) {
        VerificationReport report =
            new Verification(
                    pipeline.kafka(),
                    StateTopics.of(GenerationRecord.first(), pipeline.topics()),
                    StateTopics.of(SecondGeneration.RECORD, pipeline.topics()),
                    phase -> {})
                .run(PATIENCE.multipliedBy(2), 10);
        assertThat(report.differences()).as("seed %d", SEED).isEmpty();
        assertThat(report.equal()).isTrue();
        assertThat(second.up()).isTrue();
      }
    }
  }

  private static void run(LoadRun load) {
    try {
      load.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static PersonDeletion.Report delete(PipelineFixture pipeline, Random random) {
    String id = "user-" + random.nextInt(LoadPlan.CLIENTS) + '-' + random.nextInt(20);
    return new PersonDeletion(
            pipeline.kafka(),
            pipeline.topics(),
            StateTopics.of(GenerationRecord.first(), pipeline.topics()))
        .run(LoadPlan.TOKEN, id, System.currentTimeMillis() * 1_000, PATIENCE);
  }

  @Test
  void nothingOfADeletedPersonIsLeftInTheTablesAndInACopyOfTheRawTopic() {
    try (StandaloneProcess up = StandaloneProcess.start(data, Map.of());
        HttpClient http = HttpClient.newHttpClient()) {
      post(
          http,
          up.gateway(),
          event("viewed", "needle-device", Map.of("$set", Map.of("a", "needle-1"))));
      post(
          http,
          up.gateway(),
          event("$identify", "needle-ann", Map.of("$anon_distinct_id", "needle-device")));
      post(http, up.gateway(), event("viewed", "needle-ann", Map.of("from", "needle-2")));
      post(http, up.gateway(), event("viewed", "bob", Map.of("n", 1)));
      post(http, up.gateway(), event("viewed", "carol", Map.of("n", 2)));
      command("rebuild", "start", "--shadow");
      awaitSql("select count(*) from hogflare_events_g2 where api_key = '" + PROJECT + "'", "5");
      awaitSql("select count(*) from hogflare_events where api_key = '" + PROJECT + "'", "5");

      List<String> deleted =
          command("person", "delete", "--token", PROJECT, "--distinct-id", "needle-device");
      assertThat(deleted)
          .contains("deleted distinct id needle-ann", "deleted distinct id needle-device")
          .anyMatch(line -> line.startsWith("deleted person "))
          .noneMatch(line -> line.contains("Give the command"));
      command("person", "delete", "--token", PROJECT, "--distinct-id", "carol");
      for (String table : List.of("hogflare_persons", "hogflare_persons_g2")) {
        awaitSql(
            "select count(distinct person_id) from " + table + " where operation = 'delete'", "2");
      }
      post(http, up.gateway(), event("viewed", "carol", Map.of("n", 3)));
      awaitSql(
          "select count(distinct person_id) from hogflare_events where distinct_id = 'carol'", "2");
      String erase =
          deleted.stream().filter(line -> line.contains("lake erase")).findFirst().orElseThrow();
      command(Arrays.copyOfRange(erase.strip().split(" "), 1, erase.strip().split(" ").length));
      for (String table : List.of("hogflare_events", "hogflare_persons")) {
        for (String generation : List.of("", "_g2")) {
          String sql = "select count(*) from " + table + generation + "_raw";
          assertThat(sql(sql + " t where contains(t::varchar, 'needle')")).isEqualTo("0");
          assertThat(sql(sql)).as("the others are there").isNotEqualTo("0");
        }
      }
      assertThat(up.stop()).isZero();
    }
    assertThat(command("rebuild", "repartition", "--partitions", "4", "--to-prefix", PREFIX))
        .anyMatch(line -> line.endsWith("records of deleted persons were left out"));
    try (EmbeddedBroker broker = new EmbeddedBroker(data.resolve("kafka"))) {
      broker.start();
      TopicLog log = new TopicLog(broker.bootstrapServers());
      assertThat(needles(log, new Topics("hogflare.").eventsRaw())).isGreaterThan(3);
      assertThat(needles(log, new Topics(PREFIX).eventsRaw())).isZero();
      List<String> left =
          log.all(new Topics(PREFIX).eventsRaw()).stream()
              .map(record -> TopicLog.actor(record).distinctId())
              .sorted()
              .toList();
      assertThat(left)
          .as("bob, and carol's deletion and new life")
          .containsExactly("bob", "carol", "carol");
    }
  }

  private static long needles(TopicLog log, Topic topic) {
    return log.all(topic).stream().filter(record -> text(record).contains("needle")).count();
  }

  /** Returns everything that a record holds. */
  private static String text(ConsumerRecord<byte[], byte[]> record) {
    StringBuilder text = new StringBuilder();
    text.append(new String(record.key(), UTF_8)).append(new String(record.value(), UTF_8));
    record.headers().forEach(header -> text.append(new String(header.value(), UTF_8)));
    return text.toString();
  }

  private static Map<String, Object> event(
      String name, String distinctId, Map<String, Object> properties) {
    return Map.of(
        "api_key", PROJECT, "event", name, "distinct_id", distinctId, "properties", properties);
  }

  private static void post(HttpClient http, URI gateway, Map<String, Object> event) {
    try {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(gateway.resolve("/capture/"))
                  .header("content-type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofString(Json.text(event)))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as("%s", answer.body()).isEqualTo(200);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private List<String> command(String... arguments) {
    CommandLine answer = CommandLine.run(data, arguments);
    assertThat(answer.status())
        .as("%s: %s%s", String.join(" ", arguments), answer.out(), answer.err())
        .isZero();
    return answer.lines();
  }

  /** Returns the one value of a query's one row. */
  private String sql(String query) {
    CommandLine answer = CommandLine.run(data, "sql", "--format", "csv", query);
    List<String> lines = new ArrayList<>(answer.lines());
    return lines.size() < 2 ? answer.out() + answer.err() : lines.get(1).strip();
  }

  private void awaitSql(String query, String expected) {
    assertThat(Await.value(() -> sql(query), expected::equals)).as(query).isEqualTo(expected);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.runtime.Health;
import dev.hogflare.runtime.SettingsException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.bridge.SLF4JBridgeHandler;

class LocalPipelineIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path folder;

  /** Helidon logs by java.util.logging. */
  @BeforeAll
  static void sendAllLogsOneWay() {
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
  }

  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void takesTheFirstThreeEventsFromHttpToSqlAndKeepsThemOverARestart() throws Exception {
    try (LocalPipeline pipeline = started(Map.of("PERSON_DEBUG_TOKEN", "let-me-see"))) {
      assertThat(pipeline.health()).hasSize(7).allSatisfy((name, h) -> assertUp(name, h));
      post(pipeline, "/capture", "{'event':'first','distinct_id':'anon'}");
      post(
          pipeline,
          "/capture",
          "{'event':'$identify','distinct_id':'user','properties':{'$anon_distinct_id':'anon'}}");
      post(pipeline, "/capture", "{'event':'second','distinct_id':'user'}");
      await(() -> pipeline.figures().lakeRows() == 6);
      await(() -> pipeline.figures().lag() == 0);
      assertThat(pipeline.figures().eventsIn()).isEqualTo(3);
      assertThat(
              sql(
                  "select count(*), count(distinct person_id), count(distinct distinct_id)"
                      + " from hogflare_events"))
          .endsWith("\r\n3,1,2\r\n");
      HttpResponse<String> person =
          client.send(
              HttpRequest.newBuilder(
                      pipeline.gateway().resolve("/__debug/person/anon?token=phc_test"))
                  .header("x-hogflare-debug-token", "let-me-see")
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(person.statusCode()).as(person.body()).isEqualTo(200);
      assertThat(person.body()).contains("\"canonical_id\":\"user\"");
      writeRunFile(pipeline);
      assertThat(command("status")).contains("Hogflare runs", "events in         3");
      // Three events, and the claim of the one that unites two ids.
      assertThat(command("topics"))
          .containsPattern("(?m)^hogflare\\.events\\.raw +4 +4 +[0-9.]+ k?K?B +unlimited +every");
    }
    assertThat(sql("select count(*) from hogflare_persons")).endsWith("\r\n3\r\n");

    try (LocalPipeline pipeline = started(Map.of())) {
      post(pipeline, "/capture", "{'event':'third','distinct_id':'anon'}");
      await(() -> sql("select count(*) from hogflare_events").endsWith("\r\n4\r\n"));
      assertThat(sql("select count(distinct person_id), count(distinct uuid) from hogflare_events"))
          .endsWith("\r\n1,4\r\n");
    }
  }

  @Test
  void bringsWhatWasTakenIntoTheLakeBeforeItStops() throws Exception {
    try (LocalPipeline pipeline = started(Map.of("HOGFLARE_LAKE_COMMIT_SECONDS", "3600"))) {
      for (int i = 0; i < 100; i++) {
        post(pipeline, "/capture", "{'event':'e','distinct_id':'d" + i % 7 + "'}");
      }
    }
    assertThat(sql("select count(*) from hogflare_events")).endsWith("\r\n100\r\n");
  }

  @Test
  void closesWhatIsStartedWhenItIsClosedDuringTheStart() throws Exception {
    LocalPipeline pipeline = create(Map.of());
    Thread closer = Thread.ofPlatform().unstarted(pipeline::close);
    Throwable[] failure = new Throwable[1];
    Thread starter =
        Thread.ofPlatform()
            .unstarted(
                () -> {
                  try {
                    pipeline.start();
                  } catch (CancellationException e) {
                    failure[0] = e;
                  }
                });
    starter.start();
    await(() -> folder.resolve("kafka/meta.properties").toFile().exists());
    closer.start();
    starter.join(PATIENCE.toMillis());
    closer.join(PATIENCE.toMillis());
    assertThat(failure[0]).isInstanceOf(CancellationException.class);
    try (LocalPipeline again = started(Map.of())) {
      assertThat(again.health()).allSatisfy((name, h) -> assertUp(name, h));
    }
  }

  @Test
  void refusesAMalformedVariableBeforeAnythingIsStarted() {
    assertThatThrownBy(() -> create(Map.of("HOGFLARE_DEDUP_HOURS", "a day")))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("HOGFLARE_DEDUP_HOURS");
    assertThat(folder.resolve("kafka")).doesNotExist();
  }

  private static void assertUp(String name, Health health) {
    assertThat(health.up()).as(name + ": " + health.message()).isTrue();
  }

  private LocalPipeline create(Map<String, String> variables) {
    Map<String, String> environment = new HashMap<>(variables);
    environment.put("APP_ADDR", "127.0.0.1:0");
    environment.putIfAbsent("HOGFLARE_LAKE_COMMIT_SECONDS", "1");
    return LocalPipeline.create(folder, environment);
  }

  private LocalPipeline started(Map<String, String> variables) {
    LocalPipeline pipeline = create(variables);
    pipeline.start();
    return pipeline;
  }

  private void post(LocalPipeline pipeline, String path, String event) throws Exception {
    String body = event.replace('\'', '"').replaceFirst("\\{", "{\"api_key\":\"phc_test\",");
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(pipeline.gateway().resolve(path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  private void writeRunFile(LocalPipeline pipeline) {
    RunFile.ofThisProcess(
            pipeline.gateway().toString(),
            pipeline.bootstrapServers(),
            pipeline.lake().map(URI::toString).orElseThrow(),
            pipeline.admin().toString())
        .write(new DataFolder(folder).runFile());
  }

  private String sql(String query) {
    return command("sql", query, "--format", "csv");
  }

  /** Runs a command that succeeds and returns what it wrote. */
  private String command(String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    Console console = new Console(new PrintWriter(out), new PrintWriter(err), false);
    Shell shell = new Shell(Map.of(), folder, console);
    String[] all = java.util.Arrays.copyOf(words, words.length + 2);
    all[words.length] = "--data";
    all[words.length + 1] = folder.toString();
    int status = Commands.of(shell).execute(all);
    assertThat(status).as(List.of(words) + ": " + err).isZero();
    return out.toString();
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("not within " + PATIENCE).isLessThan(deadline);
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
  }
}

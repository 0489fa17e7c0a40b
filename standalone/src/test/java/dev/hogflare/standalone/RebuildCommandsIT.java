// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** A shadow of a small pipeline is made, compared with it, and dropped, all by commands. */
class RebuildCommandsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int USERS = 20;

  @TempDir Path folder;

  private final HttpClient client = HttpClient.newHttpClient();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void sendAllLogsOneWay() {
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
  }

  @Test
  void aShadowIsComparedByItsStateAndByItsRows() throws Exception {
    Path dump = folder.resolve("state.lines");
    String live;
    try (LocalPipeline pipeline =
        LocalPipeline.create(
            folder, Map.of("APP_ADDR", "127.0.0.1:0", "HOGFLARE_LAKE_COMMIT_SECONDS", "1"))) {
      pipeline.start();
      RunFile.ofThisProcess(
              pipeline.gateway().toString(),
              pipeline.bootstrapServers(),
              pipeline.lake().map(URI::toString).orElseThrow(),
              pipeline.admin().toString())
          .write(new DataFolder(folder).runFile());
      assertThat(run("rebuild", "verify")).isEqualTo(1);
      assertThat(err.toString()).contains("'hogflare rebuild start' begins a rebuild.");
      assertThat(run("rebuild", "diff")).isEqualTo(1);

      send(pipeline);
      await(() -> count("hogflare_events") == 3 * USERS);
      assertThat(run("rebuild", "digest", "--dump", dump.toString())).as("%s", err).isZero();
      live = out.toString();
      assertThat(live)
          .contains(HexFormat.of().formatHex(sha256(dump)))
          .contains("g1: 20 persons, 20 distinct ids, 20 groups");

      assertThat(run("rebuild", "start", "--shadow")).as("%s", err).isZero();
      assertThat(run("rebuild", "verify")).as("%s%s", out, err).isZero();
      assertThat(out.toString())
          .startsWith("0 differences in 20 persons, 20 groups")
          .contains("compared g2 with g1: 20 distinct ids");
      assertThat(run("rebuild", "verify", "--json", "--generation", "g2")).isZero();
      assertThat(out.toString()).contains("\"equal\":true", "\"persons\":20");
      assertThat(run("rebuild", "verify", "--generation", "g1")).isEqualTo(2);
      assertThat(run("rebuild", "verify", "--generation", "g7")).isEqualTo(2);
      assertThat(run("rebuild", "digest", "--generation", "2")).isZero();
      assertThat(out.toString().lines().findFirst()).isEqualTo(live.lines().findFirst());

      await(() -> count("hogflare_events_g2") == 3 * USERS);
      await(() -> count("hogflare_persons_g2") == count("hogflare_persons"));
      assertThat(run("rebuild", "diff")).as("%s%s", out, err).isZero();
      assertThat(out.toString())
          .contains("hogflare_events against hogflare_events_g2: 60 same, 0 changed, 0 missing");
      assertThat(run("rebuild", "diff", "--table", "persons")).as("%s%s", out, err).isZero();

      assertThat(run("rebuild", "abort", "--yes")).as("%s%s", out, err).isZero();
      assertThat(folder.resolve("lake/generations/g2")).doesNotExist();
    }
  }

  /**
   * Sends three events of each user, who share nothing: what the row of an event says that races a
   * merge or a change of its group depends on the moment, and would be another in the shadow.
   */
  private void send(LocalPipeline pipeline) throws Exception {
    for (int user = 0; user < USERS; user++) {
      post(pipeline, user, 0, "seen", "'$set':{'n':1}");
      post(
          pipeline,
          user,
          1,
          "$groupidentify",
          "'$group_type':'company','$group_key':'company-" + user + "','$group_set':{'size':3}");
      post(
          pipeline, user, 2, "seen", "'$set':{'n':2},'$groups':{'company':'company-" + user + "'}");
    }
  }

  private void post(LocalPipeline pipeline, int user, int n, String event, String properties)
      throws Exception {
    String uuid = "01900000-0000-7000-8000-%012d".formatted(3 * user + n);
    String body =
        "{'api_key':'phc_test','event':'%s','distinct_id':'user-%d','uuid':'%s','properties':{%s}}"
            .formatted(event, user, uuid, properties)
            .replace('\'', '"');
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(pipeline.gateway().resolve("/capture"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  private long count(String table) {
    if (run("sql", "select count(*) from " + table, "--format", "csv") != 0) {
      return -1;
    }
    return Long.parseLong(out.toString().lines().reduce((a, b) -> b).orElseThrow());
  }

  private int run(String... words) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    Console console = new Console(new PrintWriter(out), new PrintWriter(err), false);
    List<String> all = new ArrayList<>(Arrays.asList(words));
    all.addAll(List.of("--data", folder.toString()));
    return Commands.of(new Shell(Map.of(), folder, console)).execute(all.toArray(String[]::new));
  }

  private static byte[] sha256(Path file) throws Exception {
    return MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("not within " + PATIENCE).isLessThan(deadline);
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
  }
}

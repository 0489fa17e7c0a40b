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
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flags that are stored on a running pipeline. */
class FlagsCommandIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir private Path folder;
  private final HttpClient client = HttpClient.newHttpClient();
  private LocalPipeline pipeline;

  @Test
  void storedFlagsAreInForceSoonAndOutliveARestart() throws Exception {
    Files.writeString(
        folder.resolve("flags.json"),
        "[{\"key\":\"stored\",\"rollout_percentage\":100},"
            + "{\"key\":\"by-plan\",\"conditions\":[{\"properties\":"
            + "[{\"key\":\"plan\",\"value\":\"pro\"}]}]}]");
    try (LocalPipeline first = started()) {
      pipeline = first;
      assertThat(flags()).doesNotContain("stored");
      assertThat(command("flags", "put", "flags.json", "--kafka", first.bootstrapServers()))
          .contains("Stored 2 flags");
      await("\"stored\":true");
      assertThat(command("flags", "list", "--kafka", first.bootstrapServers()))
          .contains("(all)    stored", "hogflare");
      post(
          "/capture",
          "{\"api_key\":\"k\",\"event\":\"e\",\"distinct_id\":\"ada\","
              + "\"properties\":{\"$set\":{\"plan\":\"pro\"}}}");
      await("\"by-plan\":true");
      assertThat(
              command(
                  "flags",
                  "explain",
                  "--token",
                  "k",
                  "--distinct-id",
                  "ada",
                  "--flag",
                  "by-plan",
                  "--admin",
                  first.admin().toString()))
          .contains("by-plan = true", "plan", "pro");
      assertThat(
              command(
                  "flags",
                  "put",
                  "flags.json",
                  "--token",
                  "other",
                  "--kafka",
                  first.bootstrapServers()))
          .contains("Stored 2 flags");
      assertThat(command("flags", "delete", "by-plan", "--kafka", first.bootstrapServers()))
          .contains("Deleted 1 flag.");
      await("\"featureFlags\":{\"stored\":true}");
    }
    try (LocalPipeline second = started()) {
      pipeline = second;
      assertThat(flags()).contains("\"featureFlags\":{\"stored\":true}");
    }
  }

  private LocalPipeline started() {
    LocalPipeline started =
        LocalPipeline.create(folder.resolve("data"), Map.of("APP_ADDR", "127.0.0.1:0"));
    started.start();
    return started;
  }

  private void await(String expected) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    for (String answer = flags(); !answer.contains(expected); answer = flags()) {
      assertThat(System.nanoTime()).as(answer).isLessThan(deadline);
      LockSupport.parkNanos(10_000_000);
    }
  }

  private String flags() throws Exception {
    return post("/flags/?v=2", "{\"token\":\"k\",\"distinct_id\":\"ada\"}");
  }

  private String post(String path, String body) throws Exception {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(pipeline.gateway() + path))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer.body();
  }

  private String command(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    Console console = new Console(new PrintWriter(out), new PrintWriter(err), false);
    int status = Commands.of(new Shell(Map.of(), folder, console)).execute(arguments);
    assertThat(status).as("%s %s", out, err).isZero();
    return out.toString();
  }
}

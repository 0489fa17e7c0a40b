// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What came in, told while the pipeline runs and when it rests. */
class DefinitionsCommandIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path folder;
  private final StringWriter err = new StringWriter();

  @Test
  void listsWhatCameInWhileUpRunsAndAfterIt() throws Exception {
    try (LocalPipeline pipeline =
        LocalPipeline.create(
            folder.resolve("data"),
            Map.of("APP_ADDR", "127.0.0.1:0", "HOGFLARE_DEFINITIONS_SECONDS", "1"))) {
      pipeline.start();
      String kafka = pipeline.bootstrapServers();
      assertThat(command("definitions", "--kafka", kafka)).startsWith("No definitions");
      for (int i = 0; i < 20; i++) {
        String total = i < 15 ? Integer.toString(i) : "\"unknown\"";
        capture(
            pipeline,
            "{\"api_key\":\"k\",\"event\":\"order\",\"distinct_id\":\"d"
                + i
                + "\",\"properties\":{\"total\":"
                + total
                + ",\"$browser\":\"Chrome\",\"$set\":{\"plan\":\"pro\"}}}");
      }
      // A property that takes nearly all of the room that an event may have.
      capture(
          pipeline,
          "{\"api_key\":\"k\",\"event\":\"large\",\"distinct_id\":\"d\",\"properties\":{\"blob\":\""
              + "x".repeat(900_000)
              + "\"}}");
      await("event_property +total +Numeric +20 +5 ", "definitions", "--kafka", kafka);
      await("event +large +1 ", "definitions", "--kafka", kafka);
      assertThat(command("definitions", "--kafka", kafka, "--event", "order"))
          .containsPattern("events_property +order +total +Numeric +20 +5 ")
          .contains("$browser")
          .doesNotContain("plan", "blob");
      assertThat(command("definitions", "--kafka", kafka, "--kind", "person_property"))
          .containsPattern("person_property +plan +String +20 ")
          .doesNotContain("total");
      assertThat(command("definitions", "--kafka", kafka, "--promote"))
          .contains("HOGFLARE_LAKE_COLUMNS='total=total")
          .doesNotContain("browser");
    }
    assertThat(command("definitions", "--type", "numeric", "--format", "csv"))
        .startsWith("token,kind,of,name,type,seen,other_types,first_seen,last_seen\n")
        .containsPattern("k,event_property,,total,Numeric,20,5,20");
    assertThat(command("definitions", "--token", "k", "--format", "json"))
        .contains(
            "\"name\":\"total\",\"type\":\"Numeric\",\"seen\":20,"
                + "\"types\":{\"String\":5,\"Numeric\":15}");
    assertThat(command("definitions", "--token", "other")).startsWith("No definitions");
    assertThat(run(new StringWriter(), "definitions", "--kind", "thing")).isEqualTo(2);
    assertThat(err.toString()).contains("--kind is 'thing'; give event, ");
    assertThat(run(new StringWriter(), "definitions", "--type", "number")).isEqualTo(2);
    assertThat(err.toString()).contains("--type is 'number'; give String, ");
  }

  private static void capture(LocalPipeline pipeline, String body) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(URI.create(pipeline.gateway() + "/capture"))
                  .header("content-type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofString(body))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }
  }

  private void await(String pattern, String... arguments) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    String answer = command(arguments);
    while (!Pattern.compile(pattern).matcher(answer).find()) {
      assertThat(System.nanoTime()).as("%s in%n%s", pattern, answer).isLessThan(deadline);
      LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
      answer = command(arguments);
    }
  }

  private String command(String... arguments) {
    StringWriter out = new StringWriter();
    assertThat(run(out, arguments)).as("%s %s", out, err).isZero();
    return out.toString();
  }

  private int run(StringWriter out, String... arguments) {
    Console console = new Console(new PrintWriter(out), new PrintWriter(err, true), false);
    return Commands.of(new Shell(Map.of(), folder, console)).execute(arguments);
  }
}

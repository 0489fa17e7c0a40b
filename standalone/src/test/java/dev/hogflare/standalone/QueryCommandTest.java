// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.RowSchema;
import dev.hogflare.lakehouse.LakeConfig;
import dev.hogflare.lakehouse.Lakehouse;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueryCommandTest {
  @TempDir private Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void fillALake() throws Exception {
    try (Lakehouse lake =
            new Lakehouse(
                LakeConfig.local(directory.resolve("data/lake"), 0, Duration.ofHours(1)),
                new SimpleMeterRegistry());
        HttpClient client = HttpClient.newHttpClient()) {
      lake.start();
      String rows =
          String.join(
              ",",
              event(1, "Chrome", "s1", 0),
              event(2, "Chrome", "s1", 30),
              event(3, "Firefox", "s2", 0));
      HttpRequest request =
          HttpRequest.newBuilder(lake.endpoint(RowSchema.EVENTS))
              .POST(HttpRequest.BodyPublishers.ofString("[" + rows + "]"))
              .build();
      assertThat(client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
          .isEqualTo(200);
      lake.commitNow();
    }
  }

  private static String event(int number, String browser, String session, int second) {
    return """
        {"uuid":"u%d","source":"posthog","event":"$pageview","distinct_id":"d-%s","api_key":"phc_1",\
        "timestamp":"2026-11-21T10:00:%02dZ","created_at":"2026-11-21T10:05:00Z",\
        "properties":{"$session_id":"%s","$browser":"%s"}}"""
        .formatted(number, session, second, session, browser);
  }

  @Test
  void answersInEveryForm() {
    String[] question = {
      "query", "--metric", "sessions.bounce_rate,sessions.session_count", "--by", "sessions.browser"
    };
    assertThat(run(question)).as(err.toString()).isZero();
    assertThat(out.toString())
        .isEqualTo(
            """
            browser  bounce_rate  session_count
            Firefox      100.0 %              1
            Chrome         0.0 %              1
            """);
    assertThat(run(with(question, "--format", "csv"))).isZero();
    assertThat(out.toString())
        .isEqualTo("browser,bounce_rate,session_count\r\nFirefox,1.0,1\r\nChrome,0.0,1\r\n");
    assertThat(run(with(question, "--format", "json"))).isZero();
    assertThat(out.toString())
        .contains("{\"browser\":\"Firefox\",\"bounce_rate\":1.0,\"session_count\":1}");
    assertThat(run(with(question, "--format", "chart"))).isZero();
    assertThat(out.toString().lines())
        .containsExactly(
            "bounce_rate", "  Firefox  100.0 %  " + "█".repeat(40), "  Chrome     0.0 %");
    assertThat(
            run(
                "query",
                "--metric",
                "events.event_count",
                "--granularity",
                "day",
                "--where",
                "events.browser = 'Chrome'"))
        .isZero();
    assertThat(out.toString().lines())
        .containsExactly("time        event_count", "2026-11-21            2");
  }

  @Test
  void showsTheStatementInBothDialects() {
    assertThat(run("query", "--metric", "events.event_count", "--sql")).isZero();
    assertThat(out.toString()).startsWith("WITH facts AS (").contains("FROM events");
    assertThat(run("query", "--metric", "events.event_count", "--sql", "--dialect", "r2")).isZero();
    assertThat(out.toString())
        .contains("FROM \"default\".hogflare_events", "json_as_text(e.properties, '$session_id')");
    assertThat(run("query", "--metric", "events.event_count", "--dialect", "r2")).isEqualTo(2);
    assertThat(err.toString()).contains("add --sql, or --remote").hasLineCount(1);
  }

  @Test
  void listsWhatCanBeAskedFor() {
    assertThat(run("metrics", "list")).isZero();
    assertThat(out.toString().lines())
        .anyMatch(line -> line.matches("sessions\\.bounce_rate +part of the sessions .*"))
        .anyMatch(line -> line.matches("errors_per_session +exceptions .*"));
    assertThat(run("metrics", "list", "sessions")).isZero();
    assertThat(out.toString())
        .contains("sessions.bounce_rate", "sessions.browser", "categorical", "person_profiles")
        .doesNotContain("events.event_count");
    assertThat(run("metrics", "list", "session")).isEqualTo(1);
    assertThat(err.toString()).isEqualTo("There is no model session; did you mean sessions?\n");
  }

  @Test
  void readsModelsOfOnesOwn() throws Exception {
    Path models = Files.createDirectory(directory.resolve("models"));
    Files.writeString(
        models.resolve("mine.yml"),
        """
        version: 1
        models:
          - name: mine
            description: Events of mine.
            table: events
            primary_key: uuid
            dimensions:
              - {name: uuid, description: the event}
            metrics:
              - {name: rows, agg: count, description: events}
        """);
    assertThat(run("query", "--metric", "mine.rows", "--models", models.toString())).isZero();
    assertThat(out.toString().lines()).containsExactly("rows", "   3");

    Files.writeString(models.resolve("broken.yml"), "models: [{name: x}]\n");
    assertThat(run("query", "--metric", "mine.rows", "--models", models.toString())).isEqualTo(1);
    assertThat(err.toString()).contains("broken.yml: The file needs version: 1");
  }

  @Test
  void saysWhatIsWrongWithAQuestion() {
    assertThat(run("query", "--metric", "sessions.bounce_rat")).isEqualTo(1);
    assertThat(err.toString()).contains("did you mean bounce_rate?").hasLineCount(1);
    assertThat(run("query", "--metric", "sessions.bounce_rate", "--where", "sessions.browser = 'x"))
        .isEqualTo(1);
    assertThat(err.toString()).contains("does not end").hasLineCount(1);
    assertThat(
            run(
                "query",
                "--metric",
                "sessions.bounce_rate",
                "--where",
                "sessions.pageview_count = 'x'"))
        .isEqualTo(1);
    assertThat(err.toString()).contains("The query failed: ").hasLineCount(1);
    assertThat(run("query", "--metric", "sessions.bounce_rate", "--limit", "0")).isEqualTo(2);
    assertThat(err.toString()).contains("--limit is 0").hasLineCount(1);
    assertThat(run("query", "--metric", "sessions.bounce_rate", "--format", "chart")).isEqualTo(1);
    assertThat(err.toString()).contains("--by or --granularity").hasLineCount(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1=1; drop table hogflare_events",
        "sessions.browser in (delete from hogflare_events)",
        "sessions.browser = (select 'x')",
        "true) union select 1 --",
        "sessions.browser = 'x' /*",
        "sessions.browser = getenv('HOME')",
        "sessions.browser in (read_text('/etc/passwd'))",
        "sessions.browser ==== 'x'",
        "no_such_function(sessions.browser)",
        "sessions.nothing = 1",
        "len(range(100000000000000)) > 0"
      })
  void aConditionThatIsWrongOrWantsMoreIsRefusedInOneSentence(String where) {
    assertThat(
            run("query", "--metric", "sessions.session_count", "--where", where, "--timeout", "20"))
        .as(out.toString())
        .isEqualTo(1);
    assertThat(err.toString()).hasLineCount(1).endsWith(".\n");
    assertThat(run("query", "--metric", "sessions.session_count")).isZero();
    assertThat(out.toString().lines()).containsExactly("session_count", "            2");
  }

  @Test
  void aQuestionThatTakesTooLongIsGivenUp() {
    assertThat(
            run(
                "sql",
                "select sum(a.range * b.range) from range(10000000) a, range(10000000) b",
                "--timeout",
                "1"))
        .isEqualTo(1);
    assertThat(err.toString())
        .isEqualTo(
            "The query took longer than 1 s and was given up; ask for less, such as fewer days, or"
                + " allow it more time.\n");
    assertThat(run("sql", "select 1", "--timeout", "-1")).isEqualTo(2);
    assertThat(err.toString()).contains("--timeout is -1");
    assertThat(run("sql", "select 1 as one", "--timeout", "0")).isZero();
  }

  private static String[] with(String[] arguments, String... more) {
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + more.length);
    System.arraycopy(more, 0, all, arguments.length, more.length);
    return all;
  }

  private int run(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    Console console = new Console(new PrintWriter(out), new PrintWriter(err, true), false);
    return Commands.of(new Shell(Map.of(), directory, console)).execute(arguments);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hogflare.contract.Generation;
import dev.hogflare.contract.RowSchema;
import dev.hogflare.lakehouse.LakeConfig;
import dev.hogflare.lakehouse.Lakehouse;
import dev.hogflare.lakehouse.ShadowLakes;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RebuildDiffCommandTest {
  @TempDir Path data;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private static String row(int number, String event, int n) {
    return """
        {"uuid":"%s","source":"posthog","event":"%s","distinct_id":"u","api_key":"phc_a",\
        "created_at":"2026-11-21T10:00:00.000001Z","properties":{"n":%d}}"""
        .formatted(uuid(number), event, n);
  }

  private static String uuid(int number) {
    return new UUID(7, number).toString();
  }

  private void write(Path folder, List<String> rows) throws Exception {
    Lakehouse lake =
        new Lakehouse(LakeConfig.local(folder, 0, Duration.ofHours(1)), new SimpleMeterRegistry());
    lake.start();
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(lake.endpoint(RowSchema.EVENTS))
                  .POST(HttpRequest.BodyPublishers.ofString("[" + String.join(",", rows) + "]"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      lake.commitNow();
    } finally {
      lake.close();
    }
  }

  private int run(String... arguments) {
    out.getBuffer().setLength(0);
    Shell shell =
        new Shell(
            Map.of(),
            data,
            new Console(new PrintWriter(out, true), new PrintWriter(err, true), false));
    return Commands.of(shell).execute(arguments);
  }

  private int diff(String... more) {
    String[] arguments = new String[4 + more.length];
    System.arraycopy(
        new String[] {"rebuild", "diff", "--data", data.toString()}, 0, arguments, 0, 4);
    System.arraycopy(more, 0, arguments, 4, more.length);
    return run(arguments);
  }

  private Path lake() {
    return data.resolve("lake");
  }

  private Path shadow() {
    return ShadowLakes.folder(lake(), new Generation(2));
  }

  @Test
  void findsWhatIsChangedMissingAndNew() throws Exception {
    write(lake(), List.of(row(1, "a", 1), row(2, "b", 2), row(3, "c", 3), row(4, "d", 4)));
    write(shadow(), List.of(row(5, "e", 5), row(2, "b", 22), row(3, "C", 33), row(1, "a", 1)));
    assertThat(diff()).as("%s", err).isEqualTo(4);
    assertThat(out.toString().lines().toList())
        .containsExactly(
            "changed " + uuid(2),
            "  properties: {\"n\":2} -> {\"n\":22}",
            "changed " + uuid(3),
            "  event: c -> C",
            "  properties: {\"n\":3} -> {\"n\":33}",
            "missing " + uuid(4),
            "new " + uuid(5),
            "",
            "column      changed in",
            "event           1 rows",
            "properties      2 rows",
            "",
            "hogflare_events against hogflare_events_g2: 1 same, 2 changed, 1 missing, 1 new");
  }

  @Test
  void listsEveryRowByItsUuid() throws Exception {
    write(lake(), List.of(row(1, "a", 1), row(2, "b", 2)));
    write(shadow(), List.of(row(1, "a", 1), row(2, "x", 3)));
    assertThat(diff("--by-uuid")).isEqualTo(4);
    assertThat(out.toString()).startsWith("changed " + uuid(2) + " event,properties\n");
  }

  @Test
  void equalRowsAreASuccess() throws Exception {
    write(lake(), List.of(row(1, "a", 1)));
    write(shadow(), List.of(row(1, "a", 1)));
    assertThat(diff()).as("%s", err).isZero();
    assertThat(out)
        .hasToString(
            "hogflare_events against hogflare_events_g2: 1 same, 0 changed, 0 missing, 0 new\n");
    assertThat(diff("--table", "persons")).isZero();
  }

  @Test
  void answersProgramsInJson() throws Exception {
    write(lake(), List.of(row(1, "a", 1)));
    write(shadow(), List.of(row(1, "b", 1)));
    assertThat(diff("--json", "--generation", "2")).isEqualTo(4);
    JsonNode json = new ObjectMapper().readTree(out.toString());
    assertThat(json.path("changed").asLong()).isEqualTo(1);
    assertThat(json.at("/columns/event").asLong()).isEqualTo(1);
    assertThat(json.at("/examples/0/uuid").asText()).isEqualTo(uuid(1));
  }

  @Test
  void theNewTablesCanBeQueried() throws Exception {
    write(lake(), List.of(row(1, "a", 1)));
    write(shadow(), List.of(row(1, "b", 1)));
    assertThat(
            run(
                "sql",
                "--data",
                data.toString(),
                "--format",
                "csv",
                "select event, (select count(*) from hogflare_persons_g2) as persons from"
                    + " hogflare_events_g2"))
        .as("%s", err)
        .isZero();
    assertThat(out.toString()).contains("b,0");
  }

  @Test
  void saysThatThereIsNothingToCompare() throws Exception {
    write(lake(), List.of(row(1, "a", 1)));
    assertThat(diff()).isEqualTo(1);
    assertThat(err.toString()).contains("'hogflare rebuild start --shadow' makes one.");
    write(shadow(), List.of(row(1, "a", 1)));
    assertThat(diff("--generation", "3")).isEqualTo(2);
    assertThat(err.toString()).contains("the lake has rows of [g2] only.");
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static dev.hogflare.systemtests.Json.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.Generation;
import dev.hogflare.lakehouse.LakeQuery;
import dev.hogflare.lakehouse.LakeQueryException;
import dev.hogflare.lakehouse.QueryResult;
import dev.hogflare.lakehouse.ShadowLakes;
import dev.hogflare.metrics.CompiledQuery;
import dev.hogflare.metrics.MetricsQuery;
import dev.hogflare.metrics.ModelReader;
import dev.hogflare.metrics.Models;
import dev.hogflare.metrics.QueryCompiler;
import dev.hogflare.standalone.load.LoadPlan;
import dev.hogflare.standalone.load.LoadRequest;
import dev.hogflare.standalone.load.LoadRun;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Asks for metrics of two weeks that were sent through the whole pipeline, and finds the same with
 * loops over what was sent.
 */
class MetricsIT {
  private static final String TOKEN = "phc_metrics";
  private static final int DEVICES = 42;
  private static final int DAYS = 14;
  private static final Map<String, String> QUICK = Map.of("HOGFLARE_LAKE_COMMIT_SECONDS", "1");
  private static final Pattern QUESTION =
      Pattern.compile(
          "^## (\\d+)\\..*?^```sql\\n(.*?)^```.*?^```\\n([^\\n]*)\\n",
          Pattern.MULTILINE | Pattern.DOTALL);
  private static final List<String> BROWSERS = List.of("Chrome", "Firefox", "Safari");

  /**
   * One page that was seen.
   *
   * @param session the session's id
   */
  private record Page(String device, LocalDate day, String session, String browser) {}

  private final Instant start =
      Instant.now().truncatedTo(ChronoUnit.DAYS).minus(DAYS + 1, ChronoUnit.DAYS);
  private final List<Page> pages = new ArrayList<>();

  @TempDir Path data;

  @Test
  void answersForTwoWeeksBeforeAndAfterDevicesAreUnited() throws Exception {
    try (StandaloneProcess up = StandaloneProcess.start(data, QUICK)) {
      List<Map<String, Object>> events = visits();
      assertThat(post(up, events)).isEqualTo(200);
      Await.until("all pages are in the lake", () -> figure("events.pageviews") == pages.size());
      check(new HashMap<>());

      Map<String, String> users = new HashMap<>();
      List<Map<String, Object>> identifies = new ArrayList<>();
      for (int device = 0; device < DEVICES; device += 3) {
        // Two devices of one user, and a third that stays unknown.
        for (int own = device; own < device + 2; own++) {
          users.put("device-" + own, "user-" + device);
          identifies.add(
              event("$identify", "user-" + device, "$anon_distinct_id", "device-" + own));
        }
      }
      assertThat(post(up, identifies)).isEqualTo(200);
      Await.until(
          "history has followed the merges",
          () ->
              figure("events.identify_events") == identifies.size()
                  && figure("pageviews.unique_visitors") == DEVICES - users.size() / 2.0
                  && figure("identity_links.identity_link_count") == DEVICES + users.size() / 2.0);
      check(users);
      assertThat(figure("person_profiles.profile_count")).isEqualTo(DEVICES - users.size() / 2.0);
      assertThat(figure("identity_links.identity_link_count"))
          .isEqualTo(DEVICES + users.size() / 2.0);

      rebuilt();

      CommandLine table =
          CommandLine.run(
              data, "query", "--metric", "sessions.bounce_rate", "--by", "sessions.browser");
      assertThat(table.lines().getFirst()).matches("browser +bounce_rate");
      assertThat(table.lines()).hasSize(1 + BROWSERS.size()).last().asString().endsWith(" %");
      CommandLine chart =
          CommandLine.run(
              data,
              "query",
              "--metric",
              "first_event_retention.retention_rate",
              "--by",
              "first_event_retention.period_day",
              "--format",
              "chart");
      assertThat(chart.status()).as(chart.toString()).isZero();
      assertThat(chart.lines().get(1)).matches("  0 +100\\.0 % +█+");
      CommandLine wrong =
          CommandLine.run(
              data, "query", "--metric", "sessions.bounce_rate", "--by", "sessions.browsr");
      assertThat(wrong.status()).isEqualTo(1);
      assertThat(wrong.err())
          .contains("The model sessions has no dimension browsr; did you mean browser?");
    }
  }

  /** Builds all rows again in a lake of their own, which has to answer as the live one does. */
  private void rebuilt() {
    CommandLine start = CommandLine.run(data, "rebuild", "start", "--shadow");
    assertThat(start.status()).as(start.toString()).isZero();
    Path live = data.resolve("lake");
    Path again = ShadowLakes.folder(live, new Generation(2));
    Map<String, List<Double>> expected = everything(live);
    assertThat(expected.keySet()).isEqualTo(ModelReader.builtIn().references());
    Await.until(
        "every metric of the rebuilt rows is that of the live ones",
        () -> Files.isDirectory(again) && same(everything(again), expected));
  }

  private static boolean same(Map<String, List<Double>> found, Map<String, List<Double>> expected) {
    return expected.entrySet().stream()
        .allMatch(
            metric -> {
              List<Double> figures = found.getOrDefault(metric.getKey(), List.of());
              return IntStream.range(0, Math.max(figures.size(), metric.getValue().size()))
                  .allMatch(
                      i ->
                          i < figures.size()
                              && i < metric.getValue().size()
                              // Sums of fractions depend on the order of their rows.
                              && Math.abs(figures.get(i) - metric.getValue().get(i))
                                  <= 1e-9 * Math.abs(metric.getValue().get(i)));
            });
  }

  /** Returns the figures of every metric that can be asked for. */
  private static Map<String, List<Double>> everything(Path lake) {
    Models models = ModelReader.builtIn();
    QueryCompiler compiler = QueryCompiler.duckDb(models);
    Map<String, List<Double>> all = new TreeMap<>();
    try (LakeQuery session = LakeQuery.open(lake)) {
      for (String metric : models.references()) {
        CompiledQuery query =
            compiler.compile(
                new MetricsQuery(
                    List.of(metric),
                    List.of(),
                    Optional.empty(),
                    List.of(),
                    List.of(),
                    OptionalInt.empty()));
        List<Double> figures = new ArrayList<>();
        try (QueryResult answer = session.query(query.sql())) {
          answer.forEachRemaining(
              row ->
                  row.forEach(
                      cell -> figures.add(cell instanceof Number n ? n.doubleValue() : -1.0)));
        }
        all.put(metric, figures);
      }
    } catch (LakeQueryException e) {
      // A lake that was created a moment ago has no table yet; asked again until the deadline.
      return Map.of();
    }
    return all;
  }

  @Test
  void printsTheCurveThatTheLoadOfTwoWeeksHas() throws Exception {
    LocalDate last = LocalDate.now(ZoneOffset.UTC).minusDays(1);
    LoadPlan plan = new LoadPlan(7, 12_000, 4, TOKEN, false, DAYS, (int) last.toEpochDay());
    try (StandaloneProcess up = StandaloneProcess.start(data, QUICK)) {
      LoadRun load = new LoadRun(plan, up.gateway(), 0, Await.PATIENCE);
      load.run();
      Await.until("all visits are in the lake", () -> figure("events.event_count") == load.sent());
      Map<String, TreeSet<LocalDate>> days = days(plan);
      Await.until(
          "history has followed the merges", () -> figure("events.unique_users") == days.size());

      Map<Integer, Double> curve = new TreeMap<>();
      for (JsonNode row :
          ask(
              "--metric",
              "first_event_retention.retention_rate",
              "--by",
              "first_event_retention.period_day")) {
        curve.put(row.path("period_day").asInt(), row.path("retention_rate").asDouble());
      }
      assertThat(curve).hasSize(DAYS);
      for (int after = 0; after < DAYS; after++) {
        double back = 0;
        double could = 0;
        for (TreeSet<LocalDate> of : days.values()) {
          if (!of.first().plusDays(after).isAfter(last)) {
            could++;
            back += of.contains(of.first().plusDays(after)) ? 1 : 0;
          }
        }
        assertThat(curve.get(after)).as("%s days after", after).isEqualTo(back / could);
        if (after > 0 && after <= 7) {
          assertThat(back / could).isCloseTo(0.6 * Math.pow(0.85, after), within(0.08));
        }
      }
      assertThat(figure("first_event_retention.day_7_retention")).isEqualTo(curve.get(7));
      CommandLine table =
          CommandLine.run(data, "query", "--metric", "first_event_retention.day_7_retention");
      assertThat(table.lines())
          .containsExactly(
              "day_7_retention", String.format(Locale.ROOT, "%15s", percent(curve.get(7))));
      questions(days, curve);
    }
  }

  /** Asks the manual's questions: each has an answer, some of them the one that loops find. */
  private void questions(Map<String, TreeSet<LocalDate>> days, Map<Integer, Double> curve)
      throws IOException {
    // The tests of a module run in its folder.
    Matcher question = QUESTION.matcher(Files.readString(Path.of("..", "docs", "queries.md")));
    Map<String, List<List<Object>>> answers = new TreeMap<>();
    try (LakeQuery session = LakeQuery.open(data.resolve("lake"))) {
      while (question.find()) {
        List<List<Object>> rows = new ArrayList<>();
        try (QueryResult answer = session.query(question.group(2))) {
          assertThat(answer.columns().stream().map(QueryResult.Column::name))
              .as("columns of the answer that the manual shows to question %s", question.group(1))
              .containsExactly(question.group(3).strip().split("[ |]+"));
          answer.forEachRemaining(rows::add);
        }
        assertThat(rows).as("question %s", question.group(1)).isNotEmpty();
        answers.put(question.group(1), rows);
      }
    }
    assertThat(answers).hasSize(10);

    Map<String, Long> people = new TreeMap<>();
    Map<String, Long> fresh = new TreeMap<>();
    for (TreeSet<LocalDate> of : days.values()) {
      of.forEach(day -> people.merge(day.toString(), 1L, Long::sum));
      fresh.merge(of.first().toString(), 1L, Long::sum);
    }
    assertThat(column(answers.get("1"), 1)).isEqualTo(people);
    assertThat(column(answers.get("2"), 1)).containsAllEntriesOf(fresh);
    for (List<Object> row : answers.get("3")) {
      assertThat(((Number) row.get(3)).doubleValue())
          .isCloseTo(curve.get(((Number) row.get(0)).intValue()), within(0.0005));
    }
    assertThat(column(answers.get("10"), 1).values().stream().mapToLong(Long::longValue).sum())
        .isEqualTo(days.size());
  }

  private static Map<String, Long> column(List<List<Object>> rows, int column) {
    Map<String, Long> values = new TreeMap<>();
    rows.forEach(row -> values.put(row.get(0).toString(), ((Number) row.get(column)).longValue()));
    return values;
  }

  private static String percent(double part) {
    return String.format(Locale.ROOT, "%.1f %%", part * 100);
  }

  /** Returns on which days each visitor of a load is there. */
  private static Map<String, TreeSet<LocalDate>> days(LoadPlan plan) {
    Map<String, TreeSet<LocalDate>> days = new TreeMap<>();
    for (int client = 0; client < plan.clients(); client++) {
      Iterator<LoadRequest> script = plan.script(client);
      while (script.hasNext()) {
        String body = new String(script.next().body(), StandardCharsets.UTF_8);
        for (JsonNode event : Json.parse(body).path("batch")) {
          days.computeIfAbsent(
                  event.path("properties").path("$device_id").asText(), v -> new TreeSet<>())
              .add(
                  LocalDate.ofInstant(
                      Instant.parse(event.path("timestamp").asText()), ZoneOffset.UTC));
        }
      }
    }
    return days;
  }

  /** A device is new on one day, comes back on the next one or a week later, or never. */
  private List<Map<String, Object>> visits() {
    List<Map<String, Object>> events = new ArrayList<>();
    for (int device = 0; device < DEVICES; device++) {
      int born = device % 5;
      Set<Integer> days = new TreeSet<>(Set.of(born));
      if (device % 2 == 0) {
        days.add(born + 1);
      }
      if (device % 3 != 1) {
        days.add(born + 7);
      }
      for (int day : days) {
        for (int i = 0; i <= (device + day) % 3; i++) {
          page(events, "device-" + device, day, i);
        }
      }
    }
    // The last day of all, so that everybody's seventh day has come.
    page(events, "device-0", DAYS - 1, 0);
    return events;
  }

  private void page(List<Map<String, Object>> events, String device, int day, int number) {
    Instant at = start.plus(day, ChronoUnit.DAYS).plusSeconds(36_000 + 20L * number);
    String browser = BROWSERS.get(Math.floorMod(device.hashCode(), BROWSERS.size()));
    String session = device + "-" + day;
    Map<String, Object> event =
        event("$pageview", device, "$session_id", session, "$browser", browser);
    event.put("timestamp", at.toString());
    events.add(event);
    pages.add(new Page(device, LocalDate.ofInstant(at, ZoneOffset.UTC), session, browser));
  }

  private void check(Map<String, String> users) {
    Map<String, Set<LocalDate>> days = new TreeMap<>();
    Map<String, Integer> sessions = new TreeMap<>();
    Map<String, String> browsers = new HashMap<>();
    for (Page page : pages) {
      String user = users.getOrDefault(page.device(), page.device());
      days.computeIfAbsent(user, k -> new TreeSet<>()).add(page.day());
      sessions.merge(page.session(), 1, Integer::sum);
      browsers.put(page.session(), page.browser());
    }
    assertThat(figure("pageviews.unique_visitors")).isEqualTo(days.size());
    assertThat(figure("sessions.session_count")).isEqualTo(sessions.size());
    Map<String, double[]> bounces = new TreeMap<>();
    sessions.forEach(
        (session, count) -> {
          double[] of = bounces.computeIfAbsent(browsers.get(session), k -> new double[2]);
          of[0] += count <= 1 ? 1 : 0;
          of[1]++;
        });
    Map<String, Double> found = new TreeMap<>();
    for (JsonNode row : ask("--metric", "sessions.bounce_rate", "--by", "sessions.browser")) {
      found.put(row.path("browser").asText(), row.path("bounce_rate").asDouble());
    }
    Map<String, Double> expected = new TreeMap<>();
    bounces.forEach((browser, of) -> expected.put(browser, of[0] / of[1]));
    assertThat(found).isEqualTo(expected);

    // A day on which nobody identifies yet has no other event than pages.
    LocalDate last =
        users.isEmpty()
            ? LocalDate.ofInstant(start, ZoneOffset.UTC).plusDays(DAYS - 1)
            : LocalDate.now(ZoneOffset.UTC);
    for (int period : List.of(1, 7)) {
      double back = 0;
      double could = 0;
      for (Set<LocalDate> of : days.values()) {
        LocalDate first = new TreeSet<>(of).first();
        if (!first.plusDays(period).isAfter(last)) {
          could++;
          back += new HashSet<>(of).contains(first.plusDays(period)) ? 1 : 0;
        }
      }
      assertThat(figure("first_event_retention.day_" + period + "_retention"))
          .as("retention after %s days", period)
          .isEqualTo(back / could);
      assertThat(back).isBetween(1.0, could - 1);
    }
  }

  private double figure(String metric) {
    JsonNode row = ask("--metric", metric).path(0);
    return row.path(metric.substring(metric.indexOf('.') + 1)).asDouble();
  }

  private JsonNode ask(String... arguments) {
    List<String> command = new ArrayList<>(List.of("query"));
    command.addAll(Arrays.asList(arguments));
    command.addAll(List.of("--format", "json"));
    CommandLine answer = CommandLine.run(data, command.toArray(new String[0]));
    assertThat(answer.status()).as(answer.toString()).isZero();
    return answer.json();
  }

  private static int post(StandaloneProcess up, List<Map<String, Object>> events)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(up.gateway() + "/batch/"))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(Json.text(Json.batch(TOKEN, events))))
            .build();
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.hogflare.metrics.GeneratedLake.Event;
import dev.hogflare.metrics.Metric.Funnel;
import dev.hogflare.metrics.MetricsQuery.Grain;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every metric against figures that are found without SQL, before and after merges. */
class MetricsTest {
  private static final Models MODELS = ModelReader.builtIn();
  private static final QueryCompiler DUCKDB = QueryCompiler.duckDb(MODELS);
  private static final QueryCompiler R2 = QueryCompiler.r2(MODELS, GeneratedLake.views());
  private static GeneratedLake before;
  private static GeneratedLake merged;

  @BeforeAll
  static void generate() throws SQLException {
    before = new GeneratedLake();
    merged = new GeneratedLake();
    merged.merge("id-0", "id-4");
    merged.merge("id-7", "id-4");
    merged.merge("id-12", "id-5");
  }

  @AfterAll
  static void close() throws SQLException {
    before.close();
    merged.close();
  }

  @Test
  void everyMetricIsTheOneThatPlainLoopsFind() throws SQLException {
    check(before);
  }

  @Test
  void everyMetricFollowsMerges() throws SQLException {
    check(merged);
    assertThat(new PlainAnswers(merged).totals().get("events.unique_users"))
        .as("three persons are gone, and rows without one have found theirs")
        .isLessThanOrEqualTo(new PlainAnswers(before).totals().get("events.unique_users") - 3);
  }

  private static void check(GeneratedLake lake) throws SQLException {
    Map<String, Double> expected = new PlainAnswers(lake).totals();
    Set<String> figures = new TreeSet<>(MODELS.references());
    figures.removeIf(reference -> MODELS.metric(reference).formula() instanceof Funnel);
    assertThat(expected.keySet()).as("metrics with an answer").isEqualTo(figures);
    for (String metric : figures) {
      MetricsQuery query = ask(List.of(metric), List.of(), null);
      assertThat((Double) lake.query(DUCKDB.compile(query).sql()).getFirst().getFirst())
          .as(metric)
          .isCloseTo(expected.get(metric), rounding(expected.get(metric)));
      boolean everywhere =
          MODELS.modelsOf(metric).stream()
              .allMatch(model -> MODELS.model(model).dialects().contains(Dialect.R2));
      if (everywhere) {
        assertThat((Double) lake.query(R2.compile(query).sql()).getFirst().getFirst())
            .as("%s in the SQL of R2", metric)
            .isCloseTo(expected.get(metric), rounding(expected.get(metric)));
      }
    }
  }

  /**
   * Seconds are differences of seconds since the epoch, which have seven digits after the point.
   */
  private static Offset<Double> rounding(double expected) {
    return within(Math.max(1e-6, Math.abs(expected) * 1e-9));
  }

  @Test
  void askingForSeveralAtOnceSaysTheSame() throws SQLException {
    List<String> asked =
        List.of(
            "events.unique_users",
            "sessions.session_count",
            "errors_per_session",
            "groups.unique_groups");
    Map<String, Double> expected = new PlainAnswers(merged).totals();
    assertThat(merged.query(DUCKDB.compile(ask(asked, List.of(), null)).sql()))
        .containsExactly(asked.stream().map(metric -> (Object) expected.get(metric)).toList());
  }

  @Test
  void aPrimaryKeyIsNeverThereTwice() throws SQLException {
    for (Model model : MODELS.models().values()) {
      CompiledQuery query =
          DUCKDB.compile(
              ask(
                  List.of(model.name() + "." + model.metrics().keySet().iterator().next()),
                  List.of(model.name() + "." + model.primaryKey()),
                  null));
      String rows = "SELECT count(*) FROM " + model.source() + " AS src";
      assertThat(merged.query("SELECT count(*) FROM (" + query.sql() + ")"))
          .as(model.name())
          .isEqualTo(merged.query(rows));
    }
  }

  @Test
  void sessionsOfTwoProjectsAreTwoAlsoWhereTheirIdsAreTheSame() throws SQLException {
    List<String> metrics =
        List.of(
            "events.event_count",
            "events.unique_sessions",
            "sessions.session_count",
            "pageviews.unique_sessions",
            "error_events.affected_sessions");
    try (GeneratedLake lake = new GeneratedLake()) {
      String totals = DUCKDB.compile(ask(metrics, List.of(), null)).sql();
      // Joins what is counted to the session that it belongs to.
      String joined =
          "SELECT sum(event_count) FROM ("
              + DUCKDB
                  .compile(
                      ask(List.of("events.event_count"), List.of("sessions.landing_path"), null))
                  .sql()
              + ")";
      List<Object> one = lake.query(totals).getFirst();
      double events = (Double) lake.query(joined).getFirst().getFirst();
      lake.copyEvents("phc_other");
      assertThat(lake.query(totals).getFirst())
          .isEqualTo(one.stream().map(total -> (Object) (2 * (Double) total)).toList());
      assertThat(lake.query(joined).getFirst()).containsExactly(2 * events);
    }
  }

  @Test
  void tellsSessionsApartByBrowserAndDay() throws SQLException {
    PlainAnswers plain = new PlainAnswers(merged);
    Map<String, Double> expected =
        plain.sessions().stream()
            .collect(
                Collectors.groupingBy(
                    span -> PlainAnswers.day(span.first()) + " " + span.first().column("browser"),
                    TreeMap::new,
                    Collectors.averagingDouble(span -> span.bounced() ? 1 : 0)));
    Map<String, Double> found = new TreeMap<>();
    for (List<Object> row :
        merged.query(
            DUCKDB
                .compile(
                    ask(List.of("sessions.bounce_rate"), List.of("sessions.browser"), Grain.DAY))
                .sql())) {
      found.put(row.get(0) + " " + row.get(1), (Double) row.get(2));
    }
    assertThat(found).isEqualTo(expected).hasSizeGreaterThan(60);
  }

  @Test
  void countsRowsThatBelongToNobodyWhenItTellsThemApartByTheirPerson() throws SQLException {
    PlainAnswers plain = new PlainAnswers(merged);
    Map<String, Long> expected =
        plain.events.stream()
            .collect(
                Collectors.groupingBy(
                    event ->
                        Optional.ofNullable(plain.person(event))
                            .map(plain.profiles::get)
                            .map(profile -> profile.latest().plan())
                            .orElse("null"),
                    TreeMap::new,
                    Collectors.counting()));
    Map<String, Long> found = new TreeMap<>();
    for (List<Object> row :
        merged.query(
            DUCKDB
                .compile(ask(List.of("events.event_count"), List.of("person_profiles.plan"), null))
                .sql())) {
      found.put(String.valueOf(row.get(0)), ((Double) row.get(1)).longValue());
    }
    assertThat(found).isEqualTo(expected).containsKeys("free", "null", "pro");
  }

  @Test
  void obeysConditionsOnTheRowsAndOnWhatTheyBelongTo() throws SQLException {
    PlainAnswers plain = new PlainAnswers(merged);
    long expected =
        plain.events.stream()
            .filter(event -> "/it's".equals(event.column("pathname")))
            .filter(
                event ->
                    !Objects.equals(event.column("browser"), "Safari")
                        && event.column("browser") != null)
            .filter(
                event ->
                    plain.person(event) != null
                        && plain.profiles.containsKey(plain.person(event))
                        && plain.profiles.get(plain.person(event)).latest().plan().equals("pro"))
            .count();
    MetricsQuery query =
        new MetricsQuery(
            List.of("events.event_count"),
            List.of(),
            Optional.empty(),
            List.of(
                "events.pathname = '/it''s' AND events.browser <> 'Safari'",
                "person_profiles.plan IN ('pro')"),
            List.of("events.identified"),
            OptionalInt.empty());
    assertThat(merged.query(DUCKDB.compile(query).sql()))
        .containsExactly(List.of((double) expected));
    assertThat(expected).isPositive();
  }

  @Test
  void drawsTheCurveOfRetention() throws SQLException {
    PlainAnswers plain = new PlainAnswers(merged);
    LocalDate last =
        plain.events.stream().map(PlainAnswers::day).max(Comparator.naturalOrder()).orElseThrow();
    List<List<Object>> rows =
        merged.query(
            DUCKDB
                .compile(
                    ask(
                        List.of("first_event_retention.retention_rate"),
                        List.of("first_event_retention.period_day"),
                        null))
                .sql());
    assertThat(rows).hasSize(31);
    for (int period = 0; period <= 30; period++) {
      double[] retention = plain.retention(plain.spans(plain::actor), last, period);
      assertThat(rows.get(period)).containsExactly((double) period, retention[0] / retention[1]);
    }
    assertThat(rows.getFirst()).containsExactly(0.0, 1.0);
  }

  @Test
  void followsUsersThroughAFunnel() throws SQLException {
    for (GeneratedLake lake : List.of(before, merged)) {
      int[] expected = new PlainAnswers(lake).visitToIdentify();
      MetricsQuery query = ask(List.of("events.visit_to_identify"), List.of(), null);
      for (QueryCompiler compiler : List.of(DUCKDB, R2)) {
        List<List<Object>> rows = lake.query(compiler.compile(query).sql());
        assertThat(rows).hasSize(2);
        assertThat(rows.get(0).subList(2, 4)).containsExactly((double) expected[0], 1.0);
        assertThat(rows.get(1).subList(2, 4))
            .containsExactly((double) expected[1], (double) expected[1] / expected[0]);
      }
      assertThat(expected[1]).isPositive().isLessThan(expected[0]);
    }
  }

  @Test
  void tellsAFunnelApartByWhereItBegan() throws SQLException {
    List<List<Object>> rows =
        merged.query(
            DUCKDB
                .compile(ask(List.of("events.visit_to_identify"), List.of("events.browser"), null))
                .sql());
    double entered = 0;
    for (List<Object> row : rows) {
      if ((Double) row.get(1) == 1) {
        entered += (Double) row.get(3);
        assertThat((Double) row.get(4)).isEqualTo(1.0);
      }
    }
    assertThat(entered).isEqualTo(new PlainAnswers(merged).visitToIdentify()[0]);
    assertThat(rows).hasSize(8);
  }

  @Test
  void putsSeveralModelsSideBySideByADimensionThatBothHave() throws SQLException {
    PlainAnswers plain = new PlainAnswers(merged);
    Map<Object, List<Event>> events = PlainAnswers.by(plain.events, e -> e.column("browser"));
    Map<Object, List<PlainAnswers.Span>> sessions =
        PlainAnswers.by(plain.sessions(), s -> s.first().column("browser"));
    List<List<Object>> rows =
        merged.query(
            DUCKDB
                .compile(
                    ask(
                        List.of("events.event_count", "sessions.session_count"),
                        List.of("events.browser"),
                        null))
                .sql());
    assertThat(rows).hasSize(4);
    for (List<Object> row : rows) {
      String browser = String.valueOf(row.get(0));
      assertThat(row.get(1)).isEqualTo((double) events.get(browser).size());
      assertThat(row.get(2)).isEqualTo((double) sessions.get(browser).size());
    }
  }

  private static MetricsQuery ask(List<String> metrics, List<String> by, Grain grain) {
    return new MetricsQuery(
        metrics, by, Optional.ofNullable(grain), List.of(), List.of(), OptionalInt.empty());
  }
}

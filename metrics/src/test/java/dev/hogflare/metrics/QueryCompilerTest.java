// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.metrics.CompiledQuery.Column;
import dev.hogflare.metrics.CompiledQuery.Kind;
import dev.hogflare.metrics.MetricsQuery.Grain;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class QueryCompilerTest {
  private static final Models MODELS = ModelReader.builtIn();
  private static final QueryCompiler DUCKDB = QueryCompiler.duckDb(MODELS);

  @Test
  void readsOnlyTheColumnsThatTheAnswerNeeds() {
    CompiledQuery query =
        DUCKDB.compile(ask("events.event_count", List.of("events.browser"), List.of()));
    assertThat(query.sql())
        .isEqualTo(
            """
            WITH facts AS (
              SELECT
                b."browser" AS "browser",
                count(*) AS "events__event_count"
              FROM (
                SELECT
                  src."browser"
                FROM (
                SELECT
                  *,
                  coalesce(person_id, distinct_id) AS actor_id,
                  coalesce(api_key, '') || ':' || session_id AS project_session_id,
                  coalesce(api_key, '') || ':' || coalesce(session_id, coalesce(person_id, distinct_id) || ':' || CAST(CAST(event_time AS DATE) AS VARCHAR)) AS session_key,
                  coalesce(group0, group1, group2, group3, group4) AS group_key
                FROM events
                ) AS src
              ) AS b
              GROUP BY 1
            )
            SELECT
              "browser",
              "events__event_count" AS "event_count"
            FROM facts
            ORDER BY "event_count" DESC NULLS LAST, "browser" NULLS LAST""");
    assertThat(query.columns())
        .containsExactly(
            new Column("browser", Kind.DIMENSION), new Column("event_count", Kind.FIGURE));
  }

  @Test
  void keepsTextsInConditionsAsTheyAre() {
    assertThat(
            DUCKDB
                .compile(
                    ask(
                        "events.event_count",
                        List.of(),
                        List.of("events.pathname = 'events.os; select' or os IN ('a','it''s')")))
                .sql())
        .contains("WHERE (b.\"pathname\" = 'events.os; select' or b.\"os\" IN ('a','it''s'))");
  }

  @Test
  void showsRatesInPercentAndTimesAsDays() {
    MetricsQuery query =
        new MetricsQuery(
            List.of("sessions.bounce_rate"),
            List.of("sessions.session_end_at__hour"),
            Optional.of(Grain.DAY),
            List.of(),
            List.of(),
            OptionalInt.of(3));
    CompiledQuery compiled = DUCKDB.compile(query);
    assertThat(compiled.columns())
        .containsExactly(
            new Column("time", Kind.TIME),
            new Column("session_end_at", Kind.TIME),
            new Column("bounce_rate", Kind.PERCENT));
    assertThat(compiled.sql())
        .contains("CAST(date_trunc('day', b.\"session_start_at\") AS DATE) AS \"time\"")
        .contains("date_trunc('hour', b.\"session_end_at\") AS \"session_end_at\"")
        .endsWith("ORDER BY \"time\" NULLS LAST, \"session_end_at\" NULLS LAST\nLIMIT 3");
  }

  @Test
  void saysWhatDoesNotExistAndWhatMayBeMeant() {
    refuses(ask("sessions.bounce_rat", List.of(), List.of()), "did you mean bounce_rate?");
    refuses(
        ask("session.bounce_rate", List.of(), List.of()),
        "no model session; did you mean sessions?");
    refuses(ask("pageviews", List.of(), List.of()), "write events.pageviews");
    refuses(ask("nothing_like_it_at_all", List.of(), List.of()), "There is no metric");
    refuses(
        ask("events.event_count", List.of("events.browsr"), List.of()), "did you mean browser?");
    refuses(ask("events.event_count", List.of("events.browser__day"), List.of()), "is no time");
    refuses(
        ask("events.event_count", List.of("events.event_time__era"), List.of()),
        "no width of time");
    refuses(
        ask("events.event_count", List.of("events.os", "events.os"), List.of("1 = 1")),
        "named twice");
    refuses(
        ask("sessions.session_count", List.of("groups.group_slot"), List.of()),
        "does not say anything about sessions");
    refuses(ask("events.event_count", List.of(), List.of("browsr = 'x'")), "did you mean browser?");
    refuses(ask("events.event_count", List.of(), List.of("nope.browser = 'x'")), "no model nope");
    refuses(ask("events.event_count", List.of(), List.of("os = 'x")), "does not end");
    refuses(ask("events.event_count", List.of(), List.of("os = 'x') OR (1=1")), null);
    refuses(ask("events.event_count", List.of(), List.of("os = 'x')) OR ((1=1")), "does not end");
    refuses(ask("events.event_count", List.of(), List.of("1 = 1; drop table x")), "has ;");
    refuses(ask("events.event_count", List.of(), List.of("os in (select 1)")), "has select");
    refuses(ask("events.event_count", List.of(), List.of("1 = 1 -- x")), "does not end");
  }

  @Test
  void asksAFunnelAlone() {
    assertThatThrownBy(
            () ->
                DUCKDB.compile(
                    new MetricsQuery(
                        List.of("events.visit_to_identify", "events.event_count"),
                        List.of(),
                        Optional.empty(),
                        List.of(),
                        List.of(),
                        OptionalInt.empty())))
        .hasMessageContaining("ask for it alone");
  }

  @Test
  void saysWhatR2SqlCannotAnswer() {
    QueryCompiler r2 = QueryCompiler.r2(MODELS, GeneratedLake.views());
    assertThatThrownBy(
            () -> r2.compile(ask("identity_links.links_per_person", List.of(), List.of())))
        .hasMessage("The model identity_links cannot be read by R2 SQL; ask the local lake.");
    assertThatThrownBy(
            () ->
                r2.compile(
                    ask(
                        "person_profiles.profile_count",
                        List.of("person_profiles.plan"),
                        List.of())))
        .hasMessageContaining("person_profiles.plan cannot be read by R2 SQL");
    assertThat(r2.compile(ask("events.event_count", List.of(), List.of())).sql())
        .endsWith("LIMIT 10000")
        .doesNotContain("->>", "EXCLUDE", "REPLACE");
  }

  private static MetricsQuery ask(String metric, List<String> by, List<String> where) {
    return new MetricsQuery(
        List.of(metric), by, Optional.empty(), where, List.of(), OptionalInt.empty());
  }

  private static void refuses(MetricsQuery query, String because) {
    assertThatThrownBy(() -> DUCKDB.compile(query))
        .isInstanceOf(MetricsException.class)
        .message()
        .as(query.toString())
        .contains(because == null ? "" : because)
        .hasLineCount(1);
  }
}

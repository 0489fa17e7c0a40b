// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RemoteStatementTest {
  private static final R2Views VIEWS = new R2Views("\"default\"", List.of());
  private static final String PRELUDE = "WITH " + VIEWS.sql();

  private static RemoteStatement of(String sql) {
    return RemoteStatement.of(sql, VIEWS, "R2 SQL");
  }

  @Test
  void givesTablesTheirNamespaceAndABound() {
    RemoteStatement made = of("select event from hogflare_events where team_id = 1;");
    assertThat(made.sql())
        .isEqualTo(
            "select event from \"default\".hogflare_events AS hogflare_events where team_id = 1\n"
                + "LIMIT 10000");
    assertThat(made.bounded()).isFalse();
    assertThat(made.notes())
        .containsExactly(
            "hogflare_events may hold a row twice there, because deliveries are repeated; ask events"
                + " or persons, which show each once.");
  }

  @Test
  void putsTheViewsInFront() {
    RemoteStatement made = of("select event, count(*) from events group by event limit 5");
    assertThat(made.sql())
        .isEqualTo(PRELUDE + "\nselect event, count(*) from events group by event limit 5");
    assertThat(made.bounded()).isTrue();
    assertThat(made.notes()).singleElement().asString().contains("less than 2,000 bytes");
  }

  @Test
  void joinsTheViewsWithQueriesOfOnesOwn() {
    assertThat(of("with days as (select 1 from events) select * from days").sql())
        .isEqualTo(PRELUDE + ",\ndays as (select 1 from events) select * from days\nLIMIT 10000");
    assertThat(of("explain select 1 from persons").sql())
        .isEqualTo("explain " + PRELUDE + "\nselect 1 from persons");
  }

  @Test
  void leavesNamesAloneThatAreNotTables() {
    assertThat(of("select events, 'from events', \"hogflare_events\" from x.events e").sql())
        .isEqualTo(
            "select events, 'from events', \"hogflare_events\" from x.events e\nLIMIT 10000");
    assertThat(of("with events as (select 1 as a from t) select a from events").sql())
        .isEqualTo("with events as (select 1 as a from t) select a from events\nLIMIT 10000");
    assertThat(of("select a -- from events\nfrom t").sql())
        .isEqualTo("select a -- from events\nfrom t\nLIMIT 10000");
    assertThat(of("select extract(day from created_at), b from t, hogflare_persons_raw p").sql())
        .isEqualTo(
            "select extract(day from created_at), b from t, \"default\".hogflare_persons p\n"
                + "LIMIT 10000");
  }

  @Test
  void joinsTablesUnderTheirBareNames() {
    assertThat(
            of("select hogflare_events.uuid from hogflare_events join hogflare_person_overrides"
                    + " as o on o.distinct_id = hogflare_events.distinct_id")
                .sql())
        .isEqualTo(
            "select hogflare_events.uuid from \"default\".hogflare_events AS hogflare_events join"
                + " \"default\".hogflare_person_overrides as o on o.distinct_id ="
                + " hogflare_events.distinct_id\nLIMIT 10000");
    assertThat(of("describe hogflare_events").sql())
        .isEqualTo("describe \"default\".hogflare_events");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "select a from t limit 5 offset 10 | knows no OFFSET; page with --page-by",
        "select unnest(ids) from t | knows no UNNEST",
        "select * exclude (a) from t | knows no EXCLUDE; name the columns",
        "summarize events | knows no SUMMARIZE",
        "select a from t, lateral (select 1 from u) v | knows no LATERAL",
        "select a->>'b' from t | knows no ->>; write json_as_text(column, 'key')",
        "select strftime(a, 'x') from t | knows no function strftime; use to_char",
        "select any_value(a) from t | knows no function any_value; use first_value",
        "select percentile_disc(0.5) within group (order by a) from t | knows no PERCENTILE_DISC",
        "select 1 | answers no query without a FROM",
        "delete from events | only reads; write a SELECT",
        "with x as (delete from t) select 1 from x | only reads, and DELETE writes",
        "with x as (select 1 from t) insert into t select 1 from x | only reads, and INSERT writes",
        "select 1 from t; drop table t | more than one statement",
        "select 1 from t where (a = 1 | does not end where it should",
        "select 1 from t where a = 'x | does not end where it should",
        "'' | There is no statement",
        "select a from t limit 20000 | gives at most 10,000 rows at a time; leave LIMIT 20000 out"
      })
  void saysWhatTheEngineLacksAndWhatToWriteInstead(String sql, String message) {
    assertThatThrownBy(() -> of(sql.equals("''") ? "" : sql))
        .isInstanceOf(MetricsException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "select sample, list from t",
        "select replace(a, 'x', 'y') from t",
        "select a as offset from t",
        "select t.pivot from t",
        "select \"offset\" from t",
        "select 'a;b' from t;",
        "select it from t where a = 'it''s' and b = ')('",
        "show tables in default"
      })
  void takesWhatOnlyLooksLikeIt(String sql) {
    assertThat(of(sql).sql()).startsWith(sql.replaceFirst(";$", ""));
  }

  /** The statement with its views gives what the lake's own views give. */
  @Test
  void answersWithTheViewsWhatTheLakeAnswers() throws Exception {
    try (GeneratedLake lake = new GeneratedLake()) {
      for (String sql :
          List.of(
              "select event, count(*), count(distinct person_id) from events group by event"
                  + " order by event",
              "select count(*) from persons p",
              "with firsts as (select person_id, min(event_time) as begun from events group by"
                  + " person_id) select count(*), min(begun) from firsts")) {
        String remote = RemoteStatement.of(sql, GeneratedLake.views(), "R2 SQL").sql();
        assertThat(lake.query(remote)).as(sql).isEqualTo(lake.query(sql)).isNotEmpty();
      }
    }
  }
}

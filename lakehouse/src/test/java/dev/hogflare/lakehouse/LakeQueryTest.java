// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.RowSchema;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.iceberg.Table;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Test;

class LakeQueryTest extends QueriedLake {
  LakeQueryTest() {
    super("it's a lake");
  }

  private String failure(String sql) {
    try {
      rows(sql);
    } catch (LakeQueryException e) {
      assertThat(e.getMessage()).doesNotContain("\n").endsWith(".");
      return e.getMessage();
    }
    throw new AssertionError("It worked: " + sql);
  }

  @Test
  void readsAnEmptyLake() {
    assertThat(rows("SELECT * FROM hogflare_events")).isEmpty();
    assertThat(rows("SELECT count(*) FROM default.hogflare_persons")).containsExactly(List.of(0L));
    assertThat(rows("SELECT * FROM hogflare_events_raw")).isEmpty();
    assertThat(rows("SELECT properties->>'a' FROM hogflare_events")).isEmpty();
  }

  @Test
  void readsALakeWhoseTablesWereNeverCreated() throws Exception {
    Path other = temporary.resolve("young");
    LakeCatalog.openForWriting(other).close();
    try (LakeQuery young = LakeQuery.open(other)) {
      assertThat(rows(young, "SELECT count(*) FROM hogflare_persons")).containsExactly(List.of(0L));
    }
  }

  @Test
  void showsTheColumnsOfTheStreamInOrderAndTheIngestTime() {
    for (RowSchema schema :
        List.of(RowSchema.EVENTS, RowSchema.PERSONS, RowSchema.PERSON_OVERRIDES)) {
      try (QueryResult result = query.query("SELECT * FROM " + schema.name())) {
        List<String> expected =
            new ArrayList<>(
                schema.columns().stream()
                    .map(
                        column ->
                            column.name()
                                + " "
                                + switch (column.type()) {
                                  case STRING -> "VARCHAR";
                                  case INT64 -> "BIGINT";
                                  case TIMESTAMP -> "TIMESTAMP WITH TIME ZONE";
                                  case JSON -> "JSON";
                                  case STRING_LIST -> "VARCHAR[]";
                                })
                    .toList());
        expected.add("__ingest_ts TIMESTAMP WITH TIME ZONE");
        if (schema.equals(RowSchema.EVENTS)) {
          PromotedColumn.STANDARD.forEach(
              column ->
                  expected.add(
                      column.name()
                          + " "
                          + switch (column.kind()) {
                            case TEXT -> "VARCHAR";
                            case NUMBER -> "DOUBLE";
                            case BYTES -> "BIGINT";
                          }));
        }
        assertThat(result.columns())
            .extracting(column -> column.name() + " " + column.type())
            .isEqualTo(expected);
      }
    }
  }

  @Test
  void givesBackEveryKindOfValue() throws Exception {
    commit(
        RowSchema.EVENTS,
        """
        {"uuid":"u","team_id":-7,"source":"s","event":"gr\u00fcn \\ud83d\\ude00","distinct_id":"a\\u0000b",
         "timestamp":"2026-11-21T11:00:00.123456+01:00","created_at":"0999-01-01T00:00:00.000000Z",
         "properties":{"a":{"b":[1,"\\ud800",null]},"big":12345678901234567890123,"inf":1e999},
         "person_id":""}""");

    assertThat(
            rows(
                "SELECT uuid, team_id, event, distinct_id, timestamp, created_at, properties,"
                    + " person_id, group0, extra, __ingest_ts FROM hogflare_events"))
        .containsExactly(
            java.util.Arrays.asList(
                "u",
                -7L,
                "gr\u00fcn \uD83D\uDE00",
                "a\0b",
                "2026-11-21T10:00:00.123456Z",
                "0999-01-01T00:00:00.000000Z",
                new QueryResult.Json(
                    "{\"a\":{\"b\":[1,\"\\ufffd\",null]},\"big\":12345678901234567890123,\"inf\":1e999}"),
                "",
                null,
                null,
                "2026-11-21T10:00:00.000000Z"));
    assertThat(rows("SELECT properties->'a'->'b'->>1, typeof(properties) FROM hogflare_events"))
        .containsExactly(List.of("\uFFFD", "JSON"));

    commit(RowSchema.PERSONS, TestRows.person(1, List.of("a", "b")));
    assertThat(
            rows(
                "SELECT distinct_ids, version, updated_at, merged_properties->>'plan',"
                    + " len(distinct_ids) FROM hogflare_persons"))
        .containsExactly(List.of(List.of("a", "b"), 1L, "2026-11-21T10:00:00.000000Z", "pro", 2L));
  }

  @Test
  void canReadTheDeepestPropertiesThatTheStreamTakes() throws Exception {
    String deep = "{\"a\":".repeat(9_000) + "1" + "}".repeat(9_000);
    commit(RowSchema.EVENTS, TestRows.event("u", "e", "d", deep));
    assertThat(rows("SELECT json_valid(properties), properties->>'b' FROM hogflare_events"))
        .containsExactly(java.util.Arrays.asList(true, null));
  }

  @Test
  void answersUnderAllNamesOfTheTables() throws Exception {
    commit(RowSchema.EVENTS, TestRows.event(1));
    for (String table :
        List.of(
            "hogflare_events",
            "HOGFLARE_EVENTS",
            "main.hogflare_events",
            "default.hogflare_events",
            "DEFAULT . hogflare_events",
            "\"default\".\"hogflare_events\"",
            "hogflare_events_raw",
            "default.hogflare_events_raw",
            "query_table('hogflare_events')")) {
      assertThat(rows("SELECT count(*) FROM " + table)).as(table).containsExactly(List.of(1L));
    }
    assertThat(
            rows(
                "SELECT default.hogflare_events.distinct_id, 'default.x', 1 AS \"default.y\""
                    + " FROM default.hogflare_events -- default.z"))
        .containsExactly(List.of("user-1", "default.x", 1));
  }

  @Test
  void showsEachUuidOnceAndTheFirstRowOfIt() throws Exception {
    commit(
        RowSchema.EVENTS,
        TestRows.event(TestRows.uuid(1), "first", "a", "{}"),
        TestRows.event(TestRows.uuid(2), "first", "b", "{}"),
        TestRows.event(TestRows.uuid(1), "second in the request", "a", "{}"));
    clock.set(clock.get().plusSeconds(5));
    commit(
        RowSchema.EVENTS,
        TestRows.event(TestRows.uuid(2), "second commit", "b", "{}"),
        TestRows.event(TestRows.uuid(3), "first", "c", "{}"));

    for (String table :
        List.of("query_table('hogflare_events')", "hogflare_events", "default.hogflare_events")) {
      assertThat(rows("SELECT distinct_id, event FROM " + table + " ORDER BY 1"))
          .as(table)
          .containsExactly(List.of("a", "first"), List.of("b", "first"), List.of("c", "first"));
    }
    assertThat(rows("SELECT count(*) FROM hogflare_events_raw")).containsExactly(List.of(5L));
    assertThat(rows("SELECT count(*) FROM default.hogflare_events_raw"))
        .containsExactly(List.of(5L));
    commit(RowSchema.PERSONS, TestRows.person(1, List.of("a")), TestRows.person(1, List.of("b")));
    assertThat(rows("SELECT distinct_ids FROM hogflare_persons"))
        .containsExactly(List.of(List.of("a")));
  }

  @Test
  void keepsTheRowsOfTwoProjectsThatHaveOneUuid() throws Exception {
    String row = TestRows.event(TestRows.uuid(1), "first", "a", "{}");
    commit(
        RowSchema.EVENTS,
        row.replace("\"source\"", "\"api_key\":\"one\",\"source\""),
        row.replace("\"source\"", "\"api_key\":\"two\",\"source\""),
        row.replace("\"source\"", "\"api_key\":\"one\",\"source\""));

    assertThat(rows("SELECT api_key FROM hogflare_events ORDER BY 1"))
        .containsExactly(List.of("one"), List.of("two"));
  }

  @Test
  void seesEachCommitInTheNextQuery() throws Exception {
    for (int i = 1; i <= 3; i++) {
      commit(RowSchema.EVENTS, TestRows.event(i), TestRows.event(1));
      assertThat(rows("SELECT count(*) FROM hogflare_events")).containsExactly(List.of((long) i));
      assertThat(rows("SELECT count(*) FROM hogflare_events_raw")).containsExactly(List.of(2L * i));
    }
  }

  @Test
  void readsALakeWhoseWriterHasStopped() throws Exception {
    commit(RowSchema.EVENTS, TestRows.event(1));
    lake.close();
    try (LakeQuery later = LakeQuery.open(folder)) {
      assertThat(rows(later, "SELECT count(*) FROM hogflare_events")).containsExactly(List.of(1L));
    }
    assertThat(rows("SELECT count(*) FROM hogflare_events")).containsExactly(List.of(1L));
  }

  @Test
  void readsAndWritesALakeThatWasMoved() throws Exception {
    commit(RowSchema.EVENTS, TestRows.event(1));
    lake.close();
    query.close();
    Path elsewhere = temporary.resolve("else/where");
    Files.createDirectories(elsewhere.getParent());
    Files.move(folder, elsewhere);

    folder = elsewhere;
    start(elsewhere);
    assertThat(rows("SELECT count(*) FROM hogflare_events")).containsExactly(List.of(1L));
    commit(RowSchema.EVENTS, TestRows.event(2));
    assertThat(rows("SELECT count(*) FROM hogflare_events")).containsExactly(List.of(2L));
    assertThat(temporary.resolve("it's a lake")).doesNotExist();
  }

  @Test
  void readsRowsFromBeforeAndAfterANewColumn() throws Exception {
    commit(RowSchema.EVENTS, TestRows.event(1));
    lake.close();
    try (LakeCatalog catalog = LakeCatalog.openForWriting(folder)) {
      Table table = catalog.findOrCreate(LakeTable.EVENTS);
      table.updateSchema().addColumn("later", Types.StringType.get()).commit();
      table.updateSchema().deleteColumn("extra").commit();
    }
    start(folder);
    commit(RowSchema.EVENTS, TestRows.event(2));
    assertThat(rows("SELECT distinct_id, later, extra FROM hogflare_events ORDER BY 1"))
        .containsExactly(
            java.util.Arrays.asList("user-1", null, null),
            java.util.Arrays.asList("user-2", null, null));
  }

  @Test
  void refusesWhatWouldWrite() throws Exception {
    commit(RowSchema.EVENTS, TestRows.event(1));
    Path out = temporary.resolve("out.csv");
    for (String sql :
        List.of(
            "CREATE TABLE t (a INT)",
            "CREATE OR REPLACE VIEW hogflare_events AS SELECT 1",
            "DROP VIEW hogflare_events",
            "INSERT INTO hogflare_internal.hogflare_events_repeats VALUES (1, 1)",
            "WITH gone AS (DELETE FROM hogflare_internal.hogflare_events_repeats RETURNING *) SELECT * FROM gone",
            "EXPLAIN ANALYZE DELETE FROM hogflare_internal.hogflare_events_repeats",
            "COPY (SELECT 1) TO '" + folder.toString().replace("'", "''") + "/warehouse/x.csv'",
            "COPY hogflare_events TO '" + out + "'",
            "ATTACH '" + temporary.resolve("x.db") + "'",
            "SET memory_limit = '10GB'",
            "PRAGMA threads = 8",
            "INSTALL httpfs",
            "LOAD httpfs",
            "EXPORT DATABASE '" + temporary + "'",
            "CALL pragma_version()",
            "BEGIN",
            "CHECKPOINT",
            "VACUUM")) {
      assertThat(failure(sql)).as(sql).contains("read-only");
    }
    assertThat(failure("SELECT 1; SELECT 2")).contains("2 statements");
    assertThat(failure("  -- nothing")).contains("no statement");
    assertThat(failure("")).contains("no statement");
    assertThat(out).doesNotExist();
    assertThat(folder.resolve("warehouse/x.csv")).doesNotExist();
    assertThat(rows("SELECT count(*) FROM hogflare_events")).containsExactly(List.of(1L));
  }

  @Test
  void readsNoOtherFiles() throws Exception {
    Path secret = temporary.resolve("secret.csv");
    Files.writeString(secret, "a,b\n1,2\n");
    for (String source :
        List.of(
            "read_csv('" + secret + "')",
            "'" + secret + "'",
            "read_text('/etc/hostname')",
            "glob('/etc/*')",
            "read_blob('" + folder.toString().replace("'", "''") + "/warehouse/../catalog.sqlite')",
            "read_parquet('https://example.com/x.parquet')")) {
      assertThat(failure("SELECT * FROM " + source)).as(source).startsWith("The query failed: ");
    }
  }

  @Test
  void takesTheStatementsThatDescribe() throws Exception {
    commit(RowSchema.EVENTS, TestRows.event(1));
    assertThat(rows("DESCRIBE hogflare_events").getFirst()).contains("uuid", "VARCHAR");
    assertThat(rows("SUMMARIZE SELECT distinct_id FROM hogflare_events")).hasSize(1);
    assertThat(rows("SHOW TABLES"))
        .contains(List.of("hogflare_events"), List.of("hogflare_persons"));
    assertThat(rows("explain select count(*) from hogflare_events").toString())
        .contains("physical_plan");
    assertThat(rows("/* why */ EXPLAIN ANALYZE SELECT 1")).isNotEmpty();
    assertThat(rows("FROM hogflare_events SELECT event;")).containsExactly(List.of("test"));
    assertThat(rows("VALUES (1)")).containsExactly(List.of(1));
    assertThat(
            rows(
                "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) FROM t"))
        .hasSize(3);
  }

  @Test
  void explainsWhatIsWrongWithAQueryInOneSentence() throws Exception {
    commit(RowSchema.EVENTS, TestRows.event(1));
    assertThat(failure("SELEC 1"))
        .isEqualTo(
            "The query failed: Parser Error: syntax error at or near \"SELEC\" (at character 1).");
    assertThat(failure("SELECT nope FROM hogflare_events"))
        .startsWith("The query failed: Binder Error: Referenced column \"nope\" not found");
    assertThat(failure("SELECT * FROM happenings"))
        .contains("Table with name happenings does not exist");
    assertThat(failure("SELECT error('late') FROM hogflare_events"))
        .isEqualTo("The query failed: Invalid Input Error: late.");
    assertThat(failure("SELECT event::INT FROM hogflare_events")).contains("Could not convert");
    assertThat(rows("SELECT 1")).containsExactly(List.of(1));
  }

  @Test
  void saysWhenTheLakeIsDamaged() throws Exception {
    commit(RowSchema.EVENTS, TestRows.event(1));
    lake.close();
    try (var files = Files.walk(folder.resolve("warehouse"))) {
      for (Path file : files.filter(path -> path.toString().endsWith(".avro")).toList()) {
        Files.delete(file);
      }
    }
    try (LakeQuery later = LakeQuery.open(folder)) {
      assertThatThrownBy(() -> rows(later, "SELECT count(*) FROM hogflare_events"))
          .isInstanceOf(LakeQueryException.class)
          .hasMessageStartingWith("The lake cannot be read: ");
    }
  }

  @Test
  void needsALake() {
    assertThatThrownBy(() -> LakeQuery.open(temporary))
        .isInstanceOf(LakeQueryException.class)
        .hasMessageContaining("There is no lake in " + temporary);
  }

  @Test
  void leavesNothingBehind() throws Exception {
    Path used;
    try (LakeQuery large = LakeQuery.open(folder, new LakeQuery.Resources(64, 1))) {
      used = large.temporaryFolder();
      assertThat(
              rows(
                  large,
                  "SELECT count(*) FROM (SELECT repeat('x', 200) || i AS text"
                      + " FROM range(1000000) r(i) ORDER BY text LIMIT 900000)"))
          .containsExactly(List.of(900_000L));
    }
    assertThat(used).doesNotExist();
  }

  @Test
  void stopsAQueryThatWouldNeverEndAndAnswersTheNext() throws Exception {
    commit(RowSchema.EVENTS, TestRows.event(1));
    try (LakeQuery hasty = LakeQuery.open(folder, new LakeQuery.Resources(64, 1))) {
      Optional<Duration> patience = Optional.of(Duration.ofSeconds(1));
      assertThatThrownBy(
              () ->
                  hasty.query(
                      "SELECT count(*) FROM range(10000000) a, range(10000000) b, range(10000000) c"
                          + " WHERE a.range + b.range + c.range = -1",
                      patience))
          .isInstanceOf(LakeQueryException.class)
          .hasMessage(
              "The query took longer than 1 s and was given up; ask for less, such as fewer days,"
                  + " or allow it more time.");
      try (QueryResult rows = hasty.query("SELECT count(*) FROM hogflare_events", patience)) {
        assertThat(rows.next()).containsExactly(1L);
      }
    }
  }

  @Test
  void takesNoMoreMemoryThanItMay() throws Exception {
    commit(RowSchema.EVENTS, TestRows.event(1));
    try (LakeQuery small = LakeQuery.open(folder, new LakeQuery.Resources(64, 1))) {
      assertThatThrownBy(
              () -> small.query("SELECT string_agg(repeat('x', 1000), '') FROM range(1000000)"))
          .isInstanceOf(LakeQueryException.class)
          .hasMessageContaining("memory");
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.fixtures.FakeCloudflare;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code sql --remote} and {@code query --remote} against a fake of the query API. */
class RemoteQueryTest {
  private static final int ROWS = 25_000;
  private static final String SCHEMA =
      "[{\"name\":\"minute\",\"type\":\"Int64\"},{\"name\":\"uuid\",\"type\":\"Utf8\"}]";

  @TempDir private Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final Map<String, String> environment = new HashMap<>();
  private FakeCloudflare cloudflare;

  @BeforeEach
  void start() throws IOException {
    cloudflare = new FakeCloudflare();
    environment.putAll(cloudflare.environment());
  }

  @AfterEach
  void stop() {
    cloudflare.close();
  }

  private int run(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    cloudflare.forget();
    Console console = new Console(new PrintWriter(out), new PrintWriter(err, true), false);
    return Commands.of(new Shell(Map.copyOf(environment), directory, console)).execute(arguments);
  }

  private static String row(int minute, String uuid) {
    return "{\"minute\":" + minute + ",\"uuid\":\"" + uuid + "\"}";
  }

  private static String uuid(int number) {
    return "u%05d".formatted(number);
  }

  /** Answers pages as the engine would, of rows whose minute the function says. */
  private void rows(IntFunction<Integer> minutes) {
    Pattern both =
        Pattern.compile(
            "\\(\"minute\" > (\\d+) OR \\(\"minute\" = (\\d+) AND \"uuid\" >= '(\\w+)'\\)\\)");
    Pattern one = Pattern.compile("WHERE \"minute\" >= (\\d+)");
    cloudflare.sql(
        query -> {
          Matcher twice = both.matcher(query);
          Matcher once = one.matcher(query);
          boolean hasTwo = twice.find();
          boolean hasOne = once.find();
          return FakeCloudflare.rows(
              SCHEMA,
              IntStream.range(0, ROWS)
                  .filter(
                      n ->
                          hasTwo
                              ? minutes.apply(n) > Integer.parseInt(twice.group(1))
                                  || (minutes.apply(n) == Integer.parseInt(twice.group(2))
                                      && uuid(n).compareTo(twice.group(3)) >= 0)
                              : !hasOne || minutes.apply(n) >= Integer.parseInt(once.group(1)))
                  .limit(10_000)
                  .mapToObj(n -> row(minutes.apply(n), uuid(n)))
                  .collect(Collectors.joining(",", "[", "]")));
        });
  }

  @Test
  void asksTheSameStatementAndPrintsTheSameForms() {
    cloudflare.sql(
        query ->
            FakeCloudflare.rows(
                "[{\"name\":\"event\",\"type\":\"Utf8\"},{\"name\":\"n\",\"type\":\"Int64\"}]",
                "[{\"event\":\"a\",\"n\":2},{\"event\":null,\"n\":1}]"));
    String sql = "select event, count(*) as n from events group by event";

    assertThat(run("sql", "--remote", sql)).as(err.toString()).isZero();
    assertThat(out.toString().lines())
        .contains("(2 rows)")
        .anyMatch(l -> l.matches(" a +\\| +2 *"));
    assertThat(err.toString()).contains("properties of less than 2,000 bytes");
    assertThat(cloudflare.queries().getFirst())
        .startsWith("WITH latest_overrides AS (")
        .contains("\"default\".hogflare_events")
        .endsWith(sql + "\nLIMIT 10000");
    assertThat(run("sql", "--remote", "--format", "csv", sql)).isZero();
    assertThat(out.toString()).isEqualTo("event,n\r\na,2\r\n,1\r\n");
    assertThat(run("sql", "--remote", "--format", "json", sql)).isZero();
    assertThat(out.toString()).contains("{\"event\":\"a\",\"n\":2}", "{\"event\":null,\"n\":1}");
  }

  @Test
  void showsTheStatementWithoutAskingIt() {
    assertThat(run("sql", "--remote", "--show-sql", "select uuid from hogflare_events")).isZero();
    assertThat(out.toString())
        .isEqualTo(
            "select uuid from \"default\".hogflare_events AS hogflare_events\nLIMIT 10000\n");
    assertThat(cloudflare.calls()).isEmpty();
  }

  @Test
  void readsPageByPageInTheOrderOfTheKey() {
    rows(n -> n / 7);
    assertThat(
            run(
                "sql",
                "--remote",
                "--format",
                "csv",
                "--page-by",
                "minute,uuid",
                "select minute, uuid from t"))
        .as(err.toString())
        .isZero();
    List<String> lines = out.toString().lines().skip(1).toList();
    assertThat(lines).hasSize(ROWS).doesNotHaveDuplicates();
    assertThat(lines.getFirst()).isEqualTo("0,u00000");
    assertThat(lines.getLast()).isEqualTo((ROWS - 1) / 7 + ",u24999");
    assertThat(cloudflare.queries()).hasSize(3);
    assertThat(cloudflare.queries().get(1))
        .startsWith("WITH answer AS (\nselect minute, uuid from t\n)\nSELECT * FROM answer")
        .endsWith("ORDER BY \"minute\" NULLS FIRST, \"uuid\" NULLS FIRST\nLIMIT 10000");
  }

  @Test
  void losesNothingWhereAKeyIsOnBothSidesOfAPagesEnd() {
    rows(n -> n / 7);
    assertThat(
            run(
                "sql",
                "--remote",
                "--format",
                "csv",
                "--page-by",
                "minute",
                "select minute, uuid from t"))
        .as(err.toString())
        .isZero();
    List<String> lines = out.toString().lines().skip(1).toList();
    assertThat(lines).hasSize(ROWS);
    assertThat(new TreeSet<>(lines)).hasSize(ROWS);
  }

  /** Answers with what an engine makes of a table whose columns may be empty. */
  private void answersOf(Statement engine) {
    cloudflare.sql(
        query -> {
          try (ResultSet answer = engine.executeQuery(query)) {
            List<String> rows = new ArrayList<>();
            while (answer.next()) {
              String uuid = answer.getString(2);
              rows.add(
                  "{\"minute\":"
                      + answer.getObject(1)
                      + ",\"uuid\":"
                      + (uuid == null ? null : '"' + uuid + '"')
                      + "}");
            }
            return FakeCloudflare.rows(
                SCHEMA, rows.stream().collect(Collectors.joining(",", "[", "]")));
          } catch (SQLException e) {
            return FakeCloudflare.errors(40003, e.getMessage());
          }
        });
  }

  @Test
  void losesNoRowsWhoseKeyIsEmpty() throws SQLException {
    // Nine thousand rows without a minute, and the rows without a uuid are on both sides of an end.
    String table =
        "create table t as select if(n < 9000, null, n // 6000) as minute,"
            + " if(n % 5 = 0, null, printf('u%05d', n)) as uuid from range("
            + ROWS
            + ") numbers(n)";
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement engine = connection.createStatement()) {
      engine.execute(table);
      answersOf(engine);
      for (String columns : List.of("minute", "uuid", "minute,uuid", "uuid,minute")) {
        assertThat(
                run(
                    "sql",
                    "--remote",
                    "--format",
                    "csv",
                    "--page-by",
                    columns,
                    "select minute, uuid from t"))
            .as(columns + err)
            .isZero();
        List<String> lines = out.toString().lines().skip(1).toList();
        assertThat(lines).as(columns).hasSize(ROWS);
        assertThat(lines.stream().filter(line -> line.startsWith(","))).hasSize(9_000);
        assertThat(lines.stream().filter(line -> line.endsWith(","))).hasSize(ROWS / 5);
        assertThat(cloudflare.queries().size()).as(columns).isGreaterThan(2);
      }
    }
  }

  @Test
  void saysWhenTooManyKeysAreEmpty() throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement engine = connection.createStatement()) {
      engine.execute(
          "create table t as select null::int as minute, 'u' || n as uuid from range(10001) t(n)");
      answersOf(engine);
      assertThat(run("sql", "--remote", "--page-by", "minute", "select minute, uuid from t"))
          .isEqualTo(1);
      assertThat(err.toString())
          .contains("More than 10,000 rows have the same minute; add a column");
    }
  }

  @Test
  void saysWhenAKeyTellsTooLittleApart() {
    rows(n -> 5);
    assertThat(run("sql", "--remote", "--page-by", "minute", "select minute, uuid from t"))
        .isEqualTo(1);
    assertThat(err.toString()).contains("More than 10,000 rows have the same minute; add a column");
    assertThat(run("sql", "--remote", "--page-by", "nothing", "select minute, uuid from t"))
        .isEqualTo(2);
    assertThat(err.toString())
        .contains("--page-by names nothing, which is no column of the answer", "minute, uuid");
    assertThat(run("sql", "--remote", "--page-by", "uuid", "select uuid from t limit 5"))
        .isEqualTo(2);
    assertThat(err.toString()).contains("The statement has a LIMIT");
    assertThat(run("sql", "--page-by", "uuid", "select uuid from hogflare_events")).isEqualTo(2);
    assertThat(err.toString()).contains("are for --remote");
  }

  @Test
  void saysThatAnAnswerMayHaveBeenCut() {
    rows(n -> n);
    assertThat(run("sql", "--remote", "--format", "csv", "select minute, uuid from t")).isZero();
    assertThat(err.toString()).contains("There may be more rows than these 10,000");
  }

  @Test
  void saysWhatTheEngineRefused() {
    cloudflare.sql(query -> FakeCloudflare.errors(40003, "Expected: an expression, found: FROM"));
    assertThat(run("sql", "--remote", "select from t")).isEqualTo(1);
    assertThat(err.toString())
        .isEqualTo(
            "R2 SQL refused the query (40003: Expected: an expression, found: FROM); correct the"
                + " statement.\n");
    assertThat(run("sql", "--remote", "select 1 from t limit 1 offset 2")).isEqualTo(1);
    assertThat(err.toString()).contains("R2 SQL knows no OFFSET");
    environment.put("HOGFLARE_CLOUDFLARE_PRODUCT", "basin");
    assertThat(run("sql", "--remote", "delete from events")).isEqualTo(1);
    assertThat(err.toString()).startsWith("Basin SQL only reads");
    environment.remove("CLOUDFLARE_ACCOUNT_ID");
    assertThat(run("sql", "--remote", "select 1 from t")).isEqualTo(2);
    assertThat(err.toString()).contains("CLOUDFLARE_ACCOUNT_ID is not set");
  }

  @Test
  void answersMetricsFromTheTables() {
    environment.put("HOGFLARE_CLOUDFLARE_NAMESPACE", "second");
    cloudflare.sql(
        query ->
            FakeCloudflare.rows(
                "[{\"name\":\"browser\",\"type\":\"Utf8\"},"
                    + "{\"name\":\"bounce_rate\",\"type\":\"Float64\"}]",
                "[{\"browser\":\"Firefox\",\"bounce_rate\":1.0},"
                    + "{\"browser\":\"Chrome\",\"bounce_rate\":0.25}]"));
    String[] question = {
      "query", "--remote", "--metric", "sessions.bounce_rate", "--by", "sessions.browser"
    };
    assertThat(run(question)).as(err.toString()).isZero();
    assertThat(out.toString())
        .isEqualTo(
            """
            browser  bounce_rate
            Firefox      100.0 %
            Chrome        25.0 %
            """);
    assertThat(cloudflare.queries().getFirst()).contains("\"second\".hogflare_events");

    String asked = cloudflare.queries().getFirst();
    String[] shown = java.util.Arrays.copyOf(question, question.length + 1);
    shown[question.length] = "--sql";
    assertThat(run(shown)).isZero();
    assertThat(out.toString()).isEqualTo(asked + "\n");
    assertThat(cloudflare.calls()).isEmpty();
  }

  @Test
  void saysWhichMetricsNeedTheLocalLake() {
    assertThat(run("query", "--remote", "--metric", "identity_links.links_per_person"))
        .isEqualTo(1);
    assertThat(err.toString())
        .isEqualTo("The model identity_links cannot be read by R2 SQL; ask the local lake.\n");
    assertThat(run("query", "--remote", "--dialect", "duckdb", "--metric", "events.event_count"))
        .isEqualTo(2);
    assertThat(err.toString()).contains("--remote asks in the SQL of R2");
  }
}

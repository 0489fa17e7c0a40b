// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.metrics;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;

/**
 * Six weeks of made-up events, as rows of the three tables in DuckDB and as plain objects.
 *
 * <p>Some rows are delivered twice, some have no person, some no session; two persons are deleted.
 */
final class GeneratedLake implements AutoCloseable {
  static final long SEED = 20_261_121;
  static final String TOKEN = "phc_1";

  /** What the lake would have been given as columns; the models read nothing else. */
  static final List<R2Views.JsonColumn> COLUMNS = columns();

  private static final Instant START = Instant.parse("2026-10-01T00:00:00Z");
  private static final int DAYS = 42;
  private static final int IDS = 160;
  private static final int VISITS = 1_100;
  private static final List<String> NAMES =
      List.of(
          "$pageview",
          "$pageview",
          "$pageview",
          "$autocapture",
          "order",
          "$identify",
          "$screen",
          "$exception",
          "$groupidentify",
          "page_view");
  private static final List<String> BROWSERS = List.of("Chrome", "Firefox", "Safari");
  private static final List<String> PATHS = List.of("/", "/pricing", "/docs", "/it's");

  /**
   * One event.
   *
   * @param person the person that the row carries, or null
   * @param at microseconds since the epoch
   * @param columns texts by column
   */
  record Event(
      String uuid,
      String name,
      String distinctId,
      String person,
      long at,
      Map<String, String> columns,
      Double revenue,
      List<String> groups,
      String properties) {
    String column(String name) {
      return columns.get(name);
    }
  }

  /**
   * A person's snapshot.
   *
   * @param operation {@code delete} if that is what it says
   */
  record Snapshot(
      String person,
      String canonical,
      List<String> ids,
      int version,
      String operation,
      String plan) {}

  private final Connection connection;
  private final Random random = new Random(SEED);
  final List<Event> events = new ArrayList<>();
  final List<Snapshot> snapshots = new ArrayList<>();
  final Map<String, String> overrides = new TreeMap<>();
  private int rows;

  GeneratedLake() throws SQLException {
    connection = DriverManager.getConnection("jdbc:duckdb:");
    run("SET TimeZone = 'UTC'");
    run("CREATE SCHEMA \"default\"");
    run(
        "CREATE TABLE \"default\".hogflare_events (uuid VARCHAR, team_id BIGINT, source VARCHAR,"
            + " event VARCHAR, distinct_id VARCHAR, \"timestamp\" TIMESTAMPTZ, created_at"
            + " TIMESTAMPTZ, properties VARCHAR, context VARCHAR, person_id VARCHAR,"
            + " person_created_at TIMESTAMPTZ, person_properties VARCHAR, group0 VARCHAR, group1"
            + " VARCHAR, group2 VARCHAR, group3 VARCHAR, group4 VARCHAR, group_properties VARCHAR,"
            + " api_key VARCHAR, extra VARCHAR, __ingest_ts TIMESTAMPTZ)");
    run(
        "CREATE TABLE \"default\".hogflare_persons (uuid VARCHAR, operation VARCHAR, person_id"
            + " VARCHAR, canonical_distinct_id VARCHAR, distinct_ids VARCHAR[], created_at"
            + " TIMESTAMPTZ, updated_at TIMESTAMPTZ, version BIGINT, merged_properties VARCHAR,"
            + " api_key VARCHAR, __ingest_ts TIMESTAMPTZ)");
    run(
        "CREATE TABLE \"default\".hogflare_person_overrides (uuid VARCHAR, api_key VARCHAR,"
            + " distinct_id VARCHAR, life BIGINT, person_id VARCHAR, merged_at TIMESTAMPTZ,"
            + " created_at TIMESTAMPTZ, __ingest_ts TIMESTAMPTZ)");
    // What R2 SQL calls otherwise.
    run("CREATE MACRO json_as_text(document, name) AS document ->> ('$.\"' || name || '\"')");
    run("CREATE MACRO octet_length(document) AS strlen(document)");
    run("CREATE VIEW persons AS WITH " + views().sql() + " SELECT * FROM persons");
    run("CREATE VIEW events AS WITH " + views().sql() + " SELECT * FROM events");
    generate();
  }

  static R2Views views() {
    return new R2Views("\"default\"", COLUMNS);
  }

  private static List<R2Views.JsonColumn> columns() {
    List<R2Views.JsonColumn> columns = new ArrayList<>();
    for (String name :
        List.of(
            "session_id",
            "window_id",
            "device_id",
            "current_url",
            "host",
            "pathname",
            "referrer",
            "referring_domain",
            "browser",
            "browser_version",
            "os",
            "os_version",
            "device_type",
            "lib",
            "lib_version",
            "screen_name")) {
      columns.add(text(name, "$" + name));
    }
    for (String name :
        List.of(
            "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "currency")) {
      columns.add(text(name, name, "$" + name));
    }
    columns.add(text("page_title", "title"));
    columns.add(text("country", "$geoip_country_code"));
    columns.add(text("region", "$geoip_subdivision_1_name"));
    columns.add(text("city", "$geoip_city_name"));
    columns.add(
        new R2Views.JsonColumn(
            "revenue", List.of("revenue", "$revenue"), R2Views.JsonColumn.Kind.NUMBER));
    columns.add(
        new R2Views.JsonColumn("properties_bytes", List.of(), R2Views.JsonColumn.Kind.BYTES));
    return List.copyOf(columns);
  }

  private static R2Views.JsonColumn text(String name, String... properties) {
    return new R2Views.JsonColumn(name, List.of(properties), R2Views.JsonColumn.Kind.TEXT);
  }

  private String pick(List<String> of) {
    return of.get(random.nextInt(of.size()));
  }

  private void generate() throws SQLException {
    for (int visit = 0; visit < VISITS; visit++) {
      String id = "id-" + (int) Math.abs(random.nextGaussian() * IDS / 2.5) % IDS;
      long at =
          ChronoUnit.MICROS.between(Instant.EPOCH, START)
              + Math.floorMod(random.nextLong(), DAYS * 86_400_000_000L);
      String session = random.nextInt(10) < 7 ? "s-" + visit : null;
      String browser = random.nextInt(12) == 0 ? null : pick(BROWSERS);
      int count = 1 + random.nextInt(5);
      for (int i = 0; i < count; i++) {
        at += 1 + random.nextInt(8_000_000);
        event(id, at, session, browser, i == 0);
      }
    }
    for (int i = 0; i < IDS; i++) {
      if (i % 4 != 3) {
        snapshot(new Snapshot("p-id-" + i, "id-" + i, List.of("id-" + i), 1, "capture", plan(i)));
      }
    }
    snapshot(new Snapshot("p-id-1", "", List.of(), 2, "delete", ""));
    snapshot(new Snapshot("p-id-2", "", List.of(), 2, "delete", ""));
  }

  private static String plan(int number) {
    return number % 3 == 0 ? "pro" : "free";
  }

  private void event(String id, long at, String session, String browser, boolean first)
      throws SQLException {
    Map<String, String> columns = new LinkedHashMap<>();
    Map<String, String> json = new LinkedHashMap<>();
    put(columns, json, "session_id", "$session_id", session);
    put(columns, json, "browser", "$browser", browser);
    put(columns, json, "pathname", "$pathname", random.nextInt(5) == 0 ? null : pick(PATHS));
    if (first && random.nextInt(3) == 0) {
      put(
          columns,
          json,
          "utm_source",
          random.nextBoolean() ? "utm_source" : "$utm_source",
          pick(List.of("ad", "mail")));
    }
    if (first && random.nextInt(3) > 0) {
      put(
          columns,
          json,
          "referrer",
          "$referrer",
          pick(List.of("$direct", "https://a.example/", "https://b.example/")));
    }
    String name = pick(NAMES);
    if (name.equals("$exception")) {
      json.put(
          "$exception_list",
          "[{\"type\":\""
              + pick(List.of("TypeError", "RangeError"))
              + "\",\"value\":\"v"
              + random.nextInt(3)
              + "\",\"mechanism\":{\"handled\":"
              + random.nextBoolean()
              + "}}]");
      if (random.nextInt(4) == 0) {
        json.put("$exception_fingerprint", "\"f" + random.nextInt(2) + "\"");
      }
    }
    Double revenue =
        name.equals("order") && random.nextInt(4) > 0 ? (double) random.nextInt(400) / 4 : null;
    if (revenue != null) {
      json.put("revenue", random.nextBoolean() ? revenue.toString() : "\"" + revenue + "\"");
    }
    List<String> groups = new ArrayList<>();
    for (int slot = 0; slot < 5; slot++) {
      groups.add(slot < 2 && random.nextInt(6) == 0 ? "g-" + random.nextInt(7) : null);
    }
    StringBuilder properties = new StringBuilder("{");
    json.forEach(
        (key, value) ->
            properties
                .append(properties.length() > 1 ? "," : "")
                .append('"')
                .append(key)
                .append("\":")
                .append(value));
    properties.append('}');
    String person = random.nextInt(40) == 0 ? null : "p-" + id;
    Event event =
        new Event(
            new UUID(SEED, events.size()).toString(),
            name,
            id,
            person,
            at,
            columns,
            revenue,
            groups,
            properties.toString());
    events.add(event);
    insert(event);
    if (random.nextInt(25) == 0) {
      insert(event);
    }
  }

  /** Lets another project have the same events, with uuids and persons of its own. */
  void copyEvents(String token) throws SQLException {
    run(
        "INSERT INTO \"default\".hogflare_events SELECT * REPLACE ('copy-' || uuid AS uuid,"
            + " 'copy-' || person_id AS person_id, "
            + literal(token)
            + " AS api_key) FROM \"default\".hogflare_events");
  }

  private static void put(
      Map<String, String> columns,
      Map<String, String> json,
      String column,
      String property,
      String value) {
    if (value != null) {
      columns.put(column, value);
      json.put(property, "\"" + value + "\"");
    }
  }

  private void insert(Event event) throws SQLException {
    List<String> values = new ArrayList<>(List.of(literal(event.uuid()), "NULL", "'posthog'"));
    values.add(literal(event.name()));
    values.add(literal(event.distinctId()));
    // The time of receipt is far off, so that nobody can take one for the other.
    values.add(micros(event.at()));
    values.add(micros(event.at() + 50 * 86_400_000_000L));
    values.add(literal(event.properties()));
    values.add("NULL");
    values.add(literal(event.person()));
    values.add("NULL");
    values.add("NULL");
    event.groups().forEach(group -> values.add(literal(group)));
    values.add("NULL");
    values.add(literal(TOKEN));
    values.add("NULL");
    values.add(micros(++rows));
    run("INSERT INTO \"default\".hogflare_events VALUES (" + String.join(", ", values) + ")");
  }

  void snapshot(Snapshot snapshot) throws SQLException {
    snapshots.add(snapshot);
    run(
        "INSERT INTO \"default\".hogflare_persons VALUES ('u', "
            + literal(snapshot.operation())
            + ", "
            + literal(snapshot.person())
            + ", "
            + literal(snapshot.canonical())
            + ", ["
            + String.join(", ", snapshot.ids().stream().map(GeneratedLake::literal).toList())
            + "]::VARCHAR[], "
            + micros(1)
            + ", "
            + micros(snapshot.version())
            + ", "
            + snapshot.version()
            + ", '{\"plan\":\""
            + snapshot.plan()
            + "\"}', "
            + literal(TOKEN)
            + ", "
            + micros(++rows)
            + ")");
  }

  /** Unites the person of one id with that of another, as the pipeline's rows would say it. */
  void merge(String id, String into) throws SQLException {
    Snapshot target =
        snapshots.stream()
            .filter(snapshot -> snapshot.canonical().equals(into))
            .reduce((older, newer) -> newer)
            .orElseThrow();
    overrides.put(id, target.person());
    run(
        "INSERT INTO \"default\".hogflare_person_overrides VALUES ('u', "
            + literal(TOKEN)
            + ", "
            + literal(id)
            + ", 0, "
            + literal(target.person())
            + ", "
            + micros(1)
            + ", "
            + micros(1)
            + ", "
            + micros(++rows)
            + ")");
    List<String> ids = new ArrayList<>(target.ids());
    ids.add(id);
    snapshot(
        new Snapshot(target.person(), into, ids, target.version() + 2, "identify", target.plan()));
  }

  private static String literal(String text) {
    return text == null ? "NULL" : "'" + text.replace("'", "''") + "'";
  }

  private static String micros(long epoch) {
    return "make_timestamptz(" + epoch + ")";
  }

  private void run(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  List<List<Object>> query(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      List<List<Object>> rows = new ArrayList<>();
      while (result.next()) {
        List<Object> row = new ArrayList<>();
        for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
          Object value = result.getObject(i);
          row.add(
              value == null || value instanceof String
                  ? value
                  : value instanceof Number number
                      ? (Object) number.doubleValue()
                      : value.toString());
        }
        rows.add(row);
      }
      return rows;
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}

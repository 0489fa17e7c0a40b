// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The views that questions are asked of: {@code events}, whose rows belong to whom they belong now,
 * and {@code persons}, as they are now.
 *
 * <p>An event row carries the person that its distinct id belonged to when it was written; the
 * overrides say whose it is after merges. Of a distinct id that was deleted and came back they are
 * about its rows since, and never about those of a deleted person.
 */
final class LakeViews {
  private static final String EVENTS = "events";
  private static final String PERSONS = "persons";

  private final String suffix;
  private final TableView events;
  private final TableView recordings;
  private final TableView persons;
  private final TableView overrides;

  /**
   * Creates the views of a lake.
   *
   * @param suffix what their names have at the end, such as {@code _g2}
   */
  LakeViews(
      String suffix,
      TableView events,
      TableView recordings,
      TableView persons,
      TableView overrides) {
    this.suffix = suffix;
    this.events = events;
    this.recordings = recordings;
    this.persons = persons;
    this.overrides = overrides;
  }

  /**
   * Points the views to the current snapshots.
   *
   * @param named the tables and views that the query to come names, in lower case
   */
  void refresh(Connection connection, Set<String> named) throws SQLException {
    boolean changed = events.refresh(connection);
    changed |= persons.refresh(connection);
    changed |= overrides.refresh(connection);
    recordings.refresh(connection);
    if (named.contains(recordings.name())) {
      recordings.findRepeats(connection);
    }
    boolean asksEvents = named.contains(EVENTS + suffix);
    if (asksEvents || named.contains(events.name())) {
      events.findRepeats(connection);
    }
    if (asksEvents || named.contains(PERSONS + suffix) || named.contains(persons.name())) {
      persons.findRepeats(connection);
    }
    if (changed) {
      try (Statement statement = connection.createStatement()) {
        define(statement, EVENTS, eventsQuery());
        define(statement, PERSONS, personsQuery());
      }
    }
  }

  private void define(Statement statement, String view, String query) throws SQLException {
    statement.execute("CREATE OR REPLACE VIEW main." + view + suffix + " AS " + query);
    statement.execute(
        "CREATE OR REPLACE VIEW \"default\"."
            + view
            + suffix
            + " AS SELECT * FROM main."
            + view
            + suffix);
  }

  private String eventsQuery() {
    String time =
        "coalesce(e.\"timestamp\", e.created_at) AS event_time"
            + (events.isPromoted() ? "" : ", " + readAnew());
    boolean complete = events.isFilled() || events.isEmpty() || !events.isPromoted();
    String replaced = complete ? "" : filledAnew();
    if (overrides.isEmpty()) {
      return "SELECT e.*"
          + (replaced.isEmpty() ? "" : " REPLACE (" + replaced + ")")
          + ", e.person_id AS written_person_id, "
          + time
          + " FROM main."
          + events.name()
          + " AS e";
    }
    String person =
        "CASE WHEN o.person_id IS NOT NULL AND d.person_id IS NULL"
            + " AND (o.deleted_at IS NULL OR e.created_at > o.deleted_at)"
            + " THEN o.person_id ELSE e.person_id END AS person_id";
    return "SELECT e.* REPLACE ("
        + (replaced.isEmpty() ? person : person + ", " + replaced)
        + "), e.person_id AS written_person_id, "
        + time
        + " FROM main."
        + events.name()
        + " AS e LEFT JOIN "
        + currentOverrides()
        + " AS o ON o.api_key = e.api_key AND o.distinct_id = e.distinct_id"
        + " LEFT JOIN (SELECT DISTINCT api_key, person_id FROM main."
        + persons.name()
        + "_raw WHERE operation = 'delete') AS d"
        + " ON d.api_key = e.api_key AND d.person_id = e.person_id";
  }

  /** An absorbed person has no snapshot that says so: its canonical id belongs to another one. */
  private String personsQuery() {
    String latest =
        "(SELECT * FROM main."
            + persons.name()
            + " QUALIFY row_number() OVER (PARTITION BY api_key, person_id"
            + " ORDER BY version DESC, updated_at DESC, "
            + LakeTable.INGEST_COLUMN
            + " DESC) = 1) AS p";
    if (overrides.isEmpty()) {
      return "SELECT p.* FROM " + latest + " WHERE p.operation <> 'delete'";
    }
    return "SELECT p.* FROM "
        + latest
        + " LEFT JOIN "
        + currentOverrides()
        + " AS o ON o.api_key = p.api_key AND o.distinct_id = p.canonical_distinct_id"
        + " WHERE p.operation <> 'delete' AND (o.person_id IS NULL OR o.person_id = p.person_id)";
  }

  /** The one override of each distinct id that holds, and when its life before ended. */
  private String currentOverrides() {
    return "(SELECT api_key, distinct_id, arg_max_null(person_id, life) AS person_id,"
        + " max(created_at) FILTER (WHERE person_id IS NULL) AS deleted_at FROM main."
        + overrides.name()
        + " GROUP BY api_key, distinct_id)";
  }

  /** Reads the standard columns from the properties of a table that does not have them. */
  private static String readAnew() {
    return PromotedColumn.STANDARD.stream()
        .map(column -> read(column) + " AS \"" + column.name() + "\"")
        .collect(Collectors.joining(", "));
  }

  /** Reads the standard columns from the properties in rows where they were never filled. */
  private static String filledAnew() {
    return PromotedColumn.STANDARD.stream()
        .map(
            column ->
                "CASE WHEN e.properties_bytes IS NULL THEN "
                    + read(column)
                    + " ELSE e.\""
                    + column.name()
                    + "\" END AS \""
                    + column.name()
                    + "\"")
        .collect(Collectors.joining(", "));
  }

  private static String read(PromotedColumn column) {
    return switch (column.kind()) {
      case BYTES -> "coalesce(strlen(CAST(e.properties AS VARCHAR)), 0)";
      case TEXT -> coalesced(column.properties());
      case NUMBER -> "TRY_CAST(" + coalesced(column.properties()) + " AS DOUBLE)";
    };
  }

  private static String coalesced(List<String> properties) {
    return properties.stream()
        .map(property -> SqlText.literal("$.\"" + property + "\""))
        .map(
            path ->
                "CASE WHEN json_type(e.properties, "
                    + path
                    + ") NOT IN ('OBJECT', 'ARRAY') THEN json_extract_string(e.properties, "
                    + path
                    + ") END")
        .collect(Collectors.joining(", ", "coalesce(", ")"));
  }
}

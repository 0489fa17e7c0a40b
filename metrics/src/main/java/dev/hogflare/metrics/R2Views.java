// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.metrics;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The views {@code events} and {@code persons} as parts of a statement, for R2 SQL, in which no
 * view can be created.
 *
 * <p>Its JSON functions fail the whole query on a text of 2,000 bytes or more, so that columns are
 * read from shorter properties alone.
 *
 * @param namespace the namespace of the tables
 * @param columns what is read from the properties of an event
 */
public record R2Views(String namespace, List<JsonColumn> columns) {
  private static final List<String> EVENT_COLUMNS =
      List.of(
          "uuid",
          "team_id",
          "source",
          "event",
          "distinct_id",
          "created_at",
          "properties",
          "context",
          "person_created_at",
          "person_properties",
          "group0",
          "group1",
          "group2",
          "group3",
          "group4",
          "group_properties",
          "api_key",
          "extra");

  /**
   * A column that is read from the properties.
   *
   * @param name its name
   * @param properties the names of the property, the preferred one first
   * @param kind what it holds
   */
  public record JsonColumn(String name, List<String> properties, Kind kind) {
    /** What a column holds. */
    public enum Kind {
      /** A text. */
      TEXT,
      /** A number. */
      NUMBER,
      /** The length of the properties. */
      BYTES
    }
  }

  /** Returns the named queries, with commas in between. */
  String sql() {
    String events = namespace + ".hogflare_events";
    String persons = namespace + ".hogflare_persons";
    String overrides = namespace + ".hogflare_person_overrides";
    String plain = EVENT_COLUMNS.stream().map(c -> "e." + c).collect(Collectors.joining(", "));
    String read =
        columns.stream().map(column -> "  " + read(column)).collect(Collectors.joining(",\n"));
    return """
        latest_overrides AS (
          SELECT *
          FROM (
            SELECT api_key, distinct_id, life, person_id, created_at,
              row_number() OVER (
                PARTITION BY api_key, distinct_id, life ORDER BY __ingest_ts DESC, created_at DESC
              ) AS place
            FROM %1$s
          ) AS placed_overrides
          WHERE place = 1
        ),
        current_overrides AS (
          SELECT o.api_key, o.distinct_id,
            max(CASE WHEN o.life = l.life THEN o.person_id END) AS person_id,
            max(CASE WHEN o.person_id IS NULL THEN o.created_at END) AS deleted_at
          FROM latest_overrides AS o
          JOIN (
            SELECT api_key, distinct_id, max(life) AS life
            FROM latest_overrides
            GROUP BY api_key, distinct_id
          ) AS l ON l.api_key = o.api_key AND l.distinct_id = o.distinct_id
          GROUP BY o.api_key, o.distinct_id
        ),
        latest_persons AS (
          SELECT *
          FROM (
            SELECT *,
              row_number() OVER (
                PARTITION BY api_key, person_id
                ORDER BY version DESC, updated_at DESC, __ingest_ts DESC
              ) AS place
            FROM %2$s
          ) AS placed_persons
          WHERE place = 1
        ),
        persons AS (
          SELECT p.*
          FROM latest_persons AS p
          LEFT JOIN current_overrides AS o
            ON o.api_key = p.api_key AND o.distinct_id = p.canonical_distinct_id
          WHERE p.operation <> 'delete' AND (o.person_id IS NULL OR o.person_id = p.person_id)
        ),
        events AS (
          SELECT %4$s,
            CASE
              WHEN o.person_id IS NOT NULL AND d.person_id IS NULL
                AND (o.deleted_at IS NULL OR e.created_at > o.deleted_at)
              THEN o.person_id ELSE e.person_id
            END AS person_id,
            e.person_id AS written_person_id,
            coalesce(e."timestamp", e.created_at) AS event_time,
        %5$s
          FROM (
            SELECT *,
              row_number() OVER (PARTITION BY api_key, uuid ORDER BY __ingest_ts) AS place
            FROM %3$s
          ) AS e
          LEFT JOIN current_overrides AS o
            ON o.api_key = e.api_key AND o.distinct_id = e.distinct_id
          LEFT JOIN (
            SELECT api_key, person_id FROM latest_persons WHERE operation = 'delete'
          ) AS d ON d.api_key = e.api_key AND d.person_id = e.person_id
          WHERE e.place = 1
        )"""
        .formatted(overrides, persons, events, plain, indented(read));
  }

  private static String indented(String sql) {
    return sql.lines().map(line -> "  " + line).collect(Collectors.joining("\n"));
  }

  private static String read(JsonColumn column) {
    String texts =
        column.properties().stream()
            .map(property -> "json_as_text(e.properties, '" + property.replace("'", "''") + "')")
            .collect(Collectors.joining(", "));
    String value = column.properties().size() > 1 ? "coalesce(" + texts + ")" : texts;
    String guarded = "CASE WHEN octet_length(e.properties) < 2000 THEN " + value + " END";
    return switch (column.kind()) {
          case TEXT -> guarded;
          case NUMBER -> "TRY_CAST(" + guarded + " AS DOUBLE)";
          case BYTES -> "coalesce(octet_length(e.properties), 0)";
        }
        + " AS "
        + column.name();
  }
}

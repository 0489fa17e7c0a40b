// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import dev.hogflare.contract.RowSchema;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/**
 * A typed column of the events table that the lake fills from a row's properties, because a reader
 * of the JSON text pays about a hundred times as much.
 *
 * @param name the column's name
 * @param kind what it holds
 * @param properties the names of the property, the preferred one first; none for {@link Kind#BYTES}
 */
public record PromotedColumn(String name, Kind kind, List<String> properties) {

  /** What a promoted column holds. */
  public enum Kind {
    /** A text; of a number or a boolean its JSON; null of anything else. */
    TEXT(Types.StringType.get()),
    /** A finite number, also where it stands in a text; null of anything else. */
    NUMBER(Types.DoubleType.get()),
    /** The length of the properties in bytes, 0 without any; tells that the row has been filled. */
    BYTES(Types.LongType.get());

    private final Type type;

    Kind(Type type) {
      this.type = type;
    }

    Type type() {
      return type;
    }
  }

  /** The length of the properties. */
  static final PromotedColumn PROPERTIES_BYTES =
      new PromotedColumn("properties_bytes", Kind.BYTES, List.of());

  /** The columns that every lake has. */
  public static final List<PromotedColumn> STANDARD =
      List.of(
          text("session_id", "$session_id"),
          text("window_id", "$window_id"),
          text("device_id", "$device_id"),
          text("current_url", "$current_url"),
          text("host", "$host"),
          text("pathname", "$pathname"),
          text("page_title", "title", "$title"),
          text("screen_name", "$screen_name"),
          text("referrer", "$referrer"),
          text("referring_domain", "$referring_domain"),
          text("utm_source", "utm_source", "$utm_source"),
          text("utm_medium", "utm_medium", "$utm_medium"),
          text("utm_campaign", "utm_campaign", "$utm_campaign"),
          text("utm_content", "utm_content", "$utm_content"),
          text("utm_term", "utm_term", "$utm_term"),
          text("browser", "$browser"),
          text("browser_version", "$browser_version"),
          text("os", "$os"),
          text("os_version", "$os_version"),
          text("device_type", "$device_type"),
          text("country", "$geoip_country_code"),
          text("region", "$geoip_subdivision_1_name"),
          text("city", "$geoip_city_name"),
          text("lib", "$lib"),
          text("lib_version", "$lib_version"),
          new PromotedColumn("revenue", Kind.NUMBER, List.of("revenue", "$revenue")),
          text("currency", "currency", "$currency"),
          PROPERTIES_BYTES);

  /** What fits into a batch's bits beside the stream's columns. */
  private static final int MOST =
      RowLayout.MAX_CELLS - RowSchema.EVENTS.columns().size() - STANDARD.size();

  private static final Pattern ENTRY =
      Pattern.compile("(?<name>[a-z_][a-z0-9_]{0,62})(?<number>:number)?=(?<property>[^\"\\\\]+)");

  /** Copies the names. */
  public PromotedColumn {
    properties = List.copyOf(properties);
  }

  /** Returns the setting from which {@link #standardAnd} reads these columns; none is "". */
  static String setting(List<PromotedColumn> columns) {
    return columns.stream()
        .filter(column -> !STANDARD.contains(column))
        .map(
            column ->
                column.name()
                    + (column.kind() == Kind.NUMBER ? ":number=" : "=")
                    + column.properties().getFirst())
        .collect(Collectors.joining(","));
  }

  private static PromotedColumn text(String name, String... properties) {
    return new PromotedColumn(name, Kind.TEXT, Arrays.asList(properties));
  }

  /**
   * Returns the standard columns and those of a setting such as {@code
   * plan=plan,amount:number=order_amount}.
   *
   * @throws IllegalArgumentException if an entry is malformed or its column exists; the message
   *     says what is wrong with which
   */
  static List<PromotedColumn> standardAnd(String setting) {
    List<PromotedColumn> columns = new ArrayList<>(STANDARD);
    Set<String> taken =
        new HashSet<>(List.of(LakeTable.INGEST_COLUMN, "event_time", "written_person_id"));
    RowSchema.EVENTS.columns().forEach(column -> taken.add(column.name()));
    STANDARD.forEach(column -> taken.add(column.name()));
    for (String entry : setting.split(",", -1)) {
      Matcher parts = ENTRY.matcher(entry.strip());
      if (!parts.matches()) {
        throw new IllegalArgumentException(
            "has the entry \""
                + entry.strip()
                + "\", which is no column=property; a column's name"
                + " has lower-case letters, digits and underscores.");
      }
      String name = parts.group("name");
      if (!taken.add(name)) {
        throw new IllegalArgumentException(
            "names the column " + name + ", which exists already; give it another name.");
      }
      Kind kind = parts.group("number") == null ? Kind.TEXT : Kind.NUMBER;
      columns.add(new PromotedColumn(name, kind, List.of(parts.group("property"))));
    }
    if (columns.size() - STANDARD.size() > MOST) {
      throw new IllegalArgumentException(
          "names " + (columns.size() - STANDARD.size()) + " columns; " + MOST + " fit.");
    }
    return List.copyOf(columns);
  }
}

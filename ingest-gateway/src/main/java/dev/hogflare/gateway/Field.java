// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The members of an event that the gateway looks at, by the object in which they stand. */
enum Field {
  EVENT(Place.ROOT, "event"),
  TYPE(Place.ROOT, "type"),
  UUID(Place.ROOT, "uuid"),
  TIMESTAMP(Place.ROOT, "timestamp"),
  OFFSET(Place.ROOT, "offset"),
  SENT_AT(Place.ROOT, "sent_at"),
  API_KEY(Place.ROOT, "api_key"),
  TOKEN(Place.ROOT, "token"),
  DOLLAR_TOKEN(Place.ROOT, "$token"),
  DISTINCT_ID(Place.ROOT, "distinct_id"),
  DOLLAR_DISTINCT_ID(Place.ROOT, "$distinct_id"),
  ALIAS(Place.ROOT, "alias"),
  ANONYMOUS_ID(Place.ROOT, "$anon_distinct_id"),
  GROUP_TYPE(Place.ROOT, "group_type"),
  DOLLAR_GROUP_TYPE(Place.ROOT, "$group_type"),
  GROUP_KEY(Place.ROOT, "group_key"),
  DOLLAR_GROUP_KEY(Place.ROOT, "$group_key"),
  PROPERTIES(Place.ROOT, "properties"),
  METADATA(Place.ROOT, "metadata"),
  CHUNK(Place.ROOT, "chunk"),
  BATCH(Place.ROOT, "batch"),
  DATA(Place.ROOT, "data"),
  COMPRESSION(Place.ROOT, "compression"),
  COMPRESSION_METHOD(Place.ROOT, "compression_method"),
  HISTORICAL_MIGRATION(Place.ROOT, "historical_migration"),

  PROPERTIES_TOKEN(Place.PROPERTIES, "token"),
  PROPERTIES_API_KEY(Place.PROPERTIES, "api_key"),
  PROPERTIES_DOLLAR_TOKEN(Place.PROPERTIES, "$token"),
  PROPERTIES_DISTINCT_ID(Place.PROPERTIES, "distinct_id"),
  PROPERTIES_DOLLAR_DISTINCT_ID(Place.PROPERTIES, "$distinct_id"),
  PROPERTIES_ALIAS(Place.PROPERTIES, "alias"),
  PROPERTIES_ANONYMOUS_ID(Place.PROPERTIES, "$anon_distinct_id"),
  PROPERTIES_PERSON_PROFILE(Place.PROPERTIES, "$process_person_profile"),
  PROPERTIES_GROUP_TYPE(Place.PROPERTIES, "group_type"),
  PROPERTIES_DOLLAR_GROUP_TYPE(Place.PROPERTIES, "$group_type"),
  PROPERTIES_GROUP_KEY(Place.PROPERTIES, "group_key"),
  PROPERTIES_DOLLAR_GROUP_KEY(Place.PROPERTIES, "$group_key"),
  PROPERTIES_IP(Place.PROPERTIES, "$ip"),
  PROPERTIES_GEOIP_DISABLE(Place.PROPERTIES, "$geoip_disable"),
  PROPERTIES_SESSION_ID(Place.PROPERTIES, "$session_id"),
  PROPERTIES_COOKIELESS_MODE(Place.PROPERTIES, "$cookieless_mode"),
  PROPERTIES_HEATMAP_DATA(Place.PROPERTIES, "$heatmap_data"),
  PROPERTIES_CAPTURE_INTERNAL(Place.PROPERTIES, "capture_internal"),
  PROPERTIES_SNAPSHOT_ITEMS(Place.PROPERTIES, "$snapshot_items"),
  PROPERTIES_SNAPSHOT_DATA(Place.PROPERTIES, "$snapshot_data"),

  METADATA_DISTINCT_ID(Place.METADATA, "distinct_id");

  /** How many there are. */
  static final int COUNT = values().length;

  private static final Field[] ALL = values();

  /** The object of which a field is a member. */
  enum Place {
    /** The event itself. */
    ROOT,
    /** Its {@code properties}. */
    PROPERTIES,
    /** The {@code metadata} of a recording in hogflare's old form. */
    METADATA;

    /** Returns the field with this name, or null if the gateway does not look at it. */
    Field named(byte[] name, int from, int to) {
      Field[][] fields = Tables.OF[ordinal()];
      int length = to - from;
      if (length >= fields.length) {
        return null;
      }
      for (Field field : fields[length]) {
        if (Arrays.equals(name, from, to, field.bytes, 0, length)) {
          return field;
        }
      }
      return null;
    }
  }

  private final Place place;
  private final String text;
  private final byte[] bytes;

  Field(Place place, String text) {
    this.place = place;
    this.text = text;
    this.bytes = text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Returns the field with this ordinal number. */
  static Field byOrdinal(int ordinal) {
    return ALL[ordinal];
  }

  /** Returns the object of which it is a member. */
  Place place() {
    return place;
  }

  /** Returns the member's name. */
  String text() {
    return text;
  }

  /**
   * The fields of each place by the length of their names, so that most other names cost one look;
   * built after the constants, which it is made of.
   */
  private static final class Tables {
    static final Field[][][] OF = new Field[Place.values().length][][];

    static {
      for (Place place : Place.values()) {
        Field[] members =
            Arrays.stream(Field.values()).filter(f -> f.place == place).toArray(Field[]::new);
        int longest = Arrays.stream(members).mapToInt(f -> f.bytes.length).max().orElse(0);
        Field[][] byLength = new Field[longest + 1][];
        for (int length = 0; length <= longest; length++) {
          int wanted = length;
          byLength[length] =
              Arrays.stream(members).filter(f -> f.bytes.length == wanted).toArray(Field[]::new);
        }
        OF[place.ordinal()] = byLength;
      }
    }
  }
}

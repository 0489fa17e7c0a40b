// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.DistinctIds;
import dev.hogflare.gateway.Field.Place;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Where the fields of one event stand in the bytes that the client sent.
 *
 * <p>A field that is null counts as absent; of a field that is given twice the last one holds. Used
 * for one event after the other.
 */
final class EventFields {
  private static final byte ABSENT = 0;

  private final byte[][] sources = new byte[Field.COUNT][];
  private final int[] from = new int[Field.COUNT];
  private final int[] to = new int[Field.COUNT];

  /** The first byte of each value; zero for an absent one. */
  private final byte[] kinds = new byte[Field.COUNT];

  /**
   * Whether an object inside the event was looked into, which a second one of its name replaces.
   */
  private boolean nested;

  /** Forgets the last event. */
  void clear() {
    Arrays.fill(kinds, ABSENT);
    nested = false;
  }

  /**
   * Moves the scanner over an object and remembers the fields in it.
   *
   * @param level the level of the object
   * @param metadata whether to look into {@code metadata} as well
   */
  void read(JsonScanner scanner, byte[] json, int level, boolean metadata)
      throws MalformedJsonException {
    for (boolean more = scanner.firstMember(level); more; more = scanner.nextMember()) {
      member(rootField(scanner, json), scanner, json, level + 1, metadata);
    }
  }

  /** Moves the scanner over the value of a member of the event itself, which may be null. */
  void member(Field field, JsonScanner scanner, byte[] json, int level, boolean metadata)
      throws MalformedJsonException {
    if (field == null) {
      scanner.skipValue(level);
      return;
    }
    int start = scanner.position();
    if (field == Field.PROPERTIES) {
      nested(Place.PROPERTIES, scanner, json, level);
    } else if (field == Field.METADATA && metadata) {
      nested(Place.METADATA, scanner, json, level);
    } else {
      scanner.skipValue(level);
    }
    put(field, json, start, scanner.position());
  }

  private void nested(Place place, JsonScanner scanner, byte[] json, int level)
      throws MalformedJsonException {
    if (nested) {
      forget(place);
    }
    nested = true;
    if (scanner.peek() != '{') {
      scanner.skipValue(level);
      return;
    }
    for (boolean more = scanner.firstMember(level); more; more = scanner.nextMember()) {
      Field field = name(place, scanner, json);
      int start = scanner.position();
      scanner.skipValue(level + 1);
      if (field != null) {
        put(field, json, start, scanner.position());
      }
    }
  }

  /** Returns the field of the event itself whose name was read last, or null if it is none. */
  static Field rootField(JsonScanner scanner, byte[] json) {
    return name(Place.ROOT, scanner, json);
  }

  private static Field name(Place place, JsonScanner scanner, byte[] json) {
    if (!scanner.nameEscaped()) {
      return place.named(json, scanner.nameFrom(), scanner.nameTo());
    }
    byte[] name =
        JsonText.of(json, scanner.nameFrom() - 1, scanner.nameTo() + 1)
            .getBytes(StandardCharsets.UTF_8);
    return place.named(name, 0, name.length);
  }

  private void forget(Place place) {
    for (int i = 0; i < Field.COUNT; i++) {
      if (Field.byOrdinal(i).place() == place) {
        kinds[i] = ABSENT;
      }
    }
  }

  private void put(Field field, byte[] json, int start, int end) {
    int i = field.ordinal();
    sources[i] = json;
    from[i] = start;
    to[i] = end;
    kinds[i] = json[start] == 'n' ? ABSENT : json[start];
  }

  /** Takes over what this event lacks; its properties as a whole or not at all. */
  void fillFrom(EventFields defaults) {
    boolean ownProperties = has(Field.PROPERTIES);
    for (int i = 0; i < Field.COUNT; i++) {
      boolean inProperties = Field.byOrdinal(i).place() == Place.PROPERTIES;
      if (kinds[i] == ABSENT && defaults.kinds[i] != ABSENT && !(inProperties && ownProperties)) {
        sources[i] = defaults.sources[i];
        from[i] = defaults.from[i];
        to[i] = defaults.to[i];
        kinds[i] = defaults.kinds[i];
      }
    }
  }

  /** Whether the event has this field, and not as null. */
  boolean has(Field field) {
    return kinds[field.ordinal()] != ABSENT;
  }

  boolean isString(Field field) {
    return kinds[field.ordinal()] == '"';
  }

  boolean isObject(Field field) {
    return kinds[field.ordinal()] == '{';
  }

  boolean isArray(Field field) {
    return kinds[field.ordinal()] == '[';
  }

  boolean isNumber(Field field) {
    byte kind = kinds[field.ordinal()];
    return kind == '-' || (kind >= '0' && kind <= '9');
  }

  /** Whether the field is the literal {@code true}. */
  boolean isTrue(Field field) {
    return kinds[field.ordinal()] == 't';
  }

  /** Whether the field is the literal {@code false}. */
  boolean isFalse(Field field) {
    return kinds[field.ordinal()] == 'f';
  }

  /** Whether the field is a string with this ASCII text. */
  boolean is(Field field, byte[] text) {
    int i = field.ordinal();
    return kinds[i] == '"' && JsonText.equals(sources[i], from[i], to[i], text);
  }

  /** Whether the field is a string without any text. */
  boolean isEmptyString(Field field) {
    int i = field.ordinal();
    return kinds[i] == '"' && to[i] - from[i] == 2;
  }

  /** Returns the text of a field that is a string. */
  String text(Field field) {
    int i = field.ordinal();
    return JsonText.of(sources[i], from[i], to[i]);
  }

  /**
   * Returns the first of these fields that is there as an id, or null if none is or it is blank.
   *
   * <p>PostHog's rules: any JSON type is taken, a string as it is and anything else as its compact
   * JSON; NUL becomes U+FFFD; what is beyond the longest id is cut.
   */
  String firstIdOrNull(Field[] places) {
    for (Field place : places) {
      int i = place.ordinal();
      if (kinds[i] != ABSENT) {
        String id = JsonText.identifier(sources[i], from[i], to[i], DistinctIds.MAX_CODE_POINTS);
        return id.isBlank() ? null : id;
      }
    }
    return null;
  }

  /** Returns the array in which the field's value stands. */
  byte[] source(Field field) {
    return sources[field.ordinal()];
  }

  /** Returns the index of the value's first byte. */
  int from(Field field) {
    return from[field.ordinal()];
  }

  /** Returns the index behind the value's last byte. */
  int to(Field field) {
    return to[field.ordinal()];
  }
}

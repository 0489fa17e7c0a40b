// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import java.util.Locale;

/**
 * What a definition is about: {@code token NUL kind NUL parent NUL name} in UTF-8.
 *
 * @param token the project's write key
 * @param kind what is defined
 * @param parent the event's name of an {@link Kind#EVENTS_PROPERTY}, the group type of a {@link
 *     Kind#GROUP_PROPERTY}, else empty
 * @param name the event's or the property's name; empty for {@link Kind#REFUSED}
 */
public record DefinitionKey(String token, Kind kind, String parent, String name) {
  private static final String SHAPE = "token NUL kind NUL parent NUL name";

  /** What a definition can be about. */
  public enum Kind {
    /** An event's name. */
    EVENT,
    /** A property of events, whichever they are. */
    EVENT_PROPERTY,
    /** A property on the events of one name. */
    EVENTS_PROPERTY,
    /** A property that events set on their person. */
    PERSON_PROPERTY,
    /** A property that events set on a group of one type. */
    GROUP_PROPERTY,
    /** What found no room any more: its count is that of the values. */
    REFUSED;

    private final String text = name().toLowerCase(Locale.ROOT);

    /** Returns the kind as it stands in keys and tables. */
    public String text() {
      return text;
    }

    /** Returns the kind of this text, or null if there is none. */
    public static Kind ofOrNull(String text) {
      for (Kind kind : values()) {
        if (kind.text.equals(text)) {
          return kind;
        }
      }
      return null;
    }
  }

  /**
   * Checks the parts.
   *
   * @throws IllegalArgumentException if one of them would not survive a round trip
   */
  public DefinitionKey {
    RecordKeys.requireToken(token);
    if (!DistinctIds.clean(parent).equals(parent) || !DistinctIds.clean(name).equals(name)) {
      throw new IllegalArgumentException(
          "A definition's name cannot contain NUL or half of a surrogate pair.");
    }
  }

  /** Returns a name with U+FFFD instead of each NUL and each half of a surrogate pair. */
  public static String clean(String name) {
    return DistinctIds.clean(name);
  }

  /** Returns the Kafka key. */
  public byte[] toBytes() {
    return RecordKeys.bytes(token, kind.text(), parent, name);
  }

  /**
   * Returns what the keys of all definitions of a project begin with.
   *
   * @param token the project's write key
   */
  public static byte[] prefix(String token) {
    return RecordKeys.bytes(token, "");
  }

  /**
   * Reads a Kafka key.
   *
   * @throws MalformedRecordException if the bytes are none
   */
  public static DefinitionKey fromBytes(byte[] key) {
    String[] parts = RecordKeys.parts(key, 4, SHAPE);
    Kind kind = Kind.ofOrNull(parts[1]);
    if (kind == null) {
      throw new MalformedRecordException(
          "The record key names the kind " + parts[1] + ", which this version does not know.");
    }
    return new DefinitionKey(parts[0], kind, parts[2], parts[3]);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * Something that changed in what a project sends: the value of a record on the topic of schema
 * changes, whose key is the token.
 *
 * @param change what happened
 * @param key what it happened to
 * @param before the type before it, if there was one
 * @param after the type that was added or holds now, if there is one
 * @param seenAt the arrival of the latest event that it is known from, in microseconds since the
 *     epoch
 */
public record SchemaChange(
    Change change,
    DefinitionKey key,
    Optional<ValueType> before,
    Optional<ValueType> after,
    long seenAt) {

  /** What can happen. */
  public enum Change {
    /** A name was seen for the first time. */
    ADDED,
    /** A property had a value of a type that none of its values had had. */
    TYPE_ADDED,
    /** A property's type is another one now. */
    TYPE_CHANGED,
    /**
     * A name of the project was refused for the first time: there is no room, or it is too long.
     */
    LIMIT_REACHED;

    private final String text = name().toLowerCase(Locale.ROOT);

    /** Returns the change as it stands in records. */
    public String text() {
      return text;
    }
  }

  /** Returns the Kafka key. */
  public byte[] toKey() {
    return key.token().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Returns the record's value: a JSON object with {@code change, api_key, kind, parent, name,
   * type_before, type_after, seen_at}.
   */
  public byte[] toJson() {
    JsonBuffer json =
        new JsonBuffer(240)
            .openObject()
            .name("change")
            .string(change.text())
            .name("api_key")
            .string(key.token())
            .name("kind")
            .string(key.kind().text())
            .name("parent")
            .string(key.parent())
            .name("name")
            .string(key.name());
    before.ifPresent(type -> json.name("type_before").string(type.text()));
    after.ifPresent(type -> json.name("type_after").string(type.text()));
    return json.name("seen_at").time(seenAt).closeObject().toBytes();
  }
}

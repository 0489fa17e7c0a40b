// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;

/**
 * What is known of an event's name or of a property: the value of a record on the topic of
 * definitions.
 *
 * @param key what it is about
 * @param type what its values are, once one of them told
 * @param values how many values were of which type; of an event's name all are untyped
 * @param firstSeen the arrival of the earliest event with it, in microseconds since the epoch
 * @param lastSeen that of the latest one
 */
public record Definition(
    DefinitionKey key,
    Optional<ValueType> type,
    ValueCounts values,
    long firstSeen,
    long lastSeen) {

  /** The namespace of the records' uuids. */
  private static final UUID RECORDS = UUID.fromString("0c9d6f1e-3f0a-5b57-8a43-2d4e7f5a9c10");

  private static final String UNTYPED = "untyped";

  /** Returns a definition of something that was not seen before. */
  public static Definition first(DefinitionKey key, ValueCounts values, long from, long to) {
    return new Definition(key, Optional.empty(), ValueCounts.NONE, from, to).plus(values, from, to);
  }

  /**
   * Returns the definition after further values.
   *
   * <p>The type is that of the first values that have one. It gives way to another once that was
   * seen more than twice as often, so that one stray value changes nothing, a real change is
   * followed, and a property that is half one thing and half another does not change to and fro.
   */
  public Definition plus(ValueCounts more, long from, long to) {
    ValueCounts all = values.plus(more);
    ValueType most = all.mostOrNull();
    boolean yields =
        most != null && (type.isEmpty() || all.of(most) > 2 * all.of(type.orElseThrow()));
    return new Definition(
        key,
        yields ? Optional.of(most) : type,
        all,
        Math.min(firstSeen, from),
        Math.max(lastSeen, to));
  }

  /** Returns how often it was seen. */
  public long count() {
    return values.total();
  }

  /** Returns how many values had another type than it has. */
  public long conflicts() {
    return type.map(own -> count() - values.untyped() - values.of(own)).orElse(0L);
  }

  /**
   * Returns the record's value: a JSON object with {@code uuid, api_key, kind, parent, name, type,
   * seen_count, types, first_seen, last_seen}.
   *
   * <p>The uuid follows from the key and the count, so that a record that is written twice is one.
   */
  public byte[] toJson() {
    byte[] state =
        RecordKeys.bytes(
            key.token(), key.kind().text(), key.parent(), key.name(), Long.toString(count()));
    JsonBuffer json =
        new JsonBuffer(320)
            .openObject()
            .name("uuid")
            .string(Uuids.v5(RECORDS, state).toString())
            .name("api_key")
            .string(key.token())
            .name("kind")
            .string(key.kind().text())
            .name("parent")
            .string(key.parent())
            .name("name")
            .string(key.name());
    type.ifPresent(own -> json.name("type").string(own.text()));
    json.name("seen_count").number(count()).name("types").openObject();
    for (ValueType each : ValueType.values()) {
      if (values.of(each) > 0) {
        json.name(each.text()).number(values.of(each));
      }
    }
    if (values.untyped() > 0) {
      json.name(UNTYPED).number(values.untyped());
    }
    return json.closeObject()
        .name("first_seen")
        .time(firstSeen)
        .name("last_seen")
        .time(lastSeen)
        .closeObject()
        .toBytes();
  }

  /**
   * Reads a record of the topic of definitions.
   *
   * @throws MalformedRecordException if it is none
   */
  public static Definition fromRecord(byte[] key, byte[] value) {
    DefinitionKey about = DefinitionKey.fromBytes(key);
    if (value == null) {
      throw new MalformedRecordException("The definition has no value.");
    }
    ValueType type = null;
    long[] counts = new long[ValueType.values().length];
    long untyped = 0;
    Long first = null;
    Long last = null;
    try (JsonParser parser = JsonSlices.open(value, 0, value.length)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new MalformedRecordException("The definition is not a JSON object.");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        switch (name) {
          case "type" -> type = ValueType.ofOrNull(parser.getText());
          case "first_seen" -> first = Rfc3339.parseOrNull(parser.getText());
          case "last_seen" -> last = Rfc3339.parseOrNull(parser.getText());
          case "types" -> {
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
              String text = parser.currentName();
              parser.nextToken();
              ValueType each = ValueType.ofOrNull(text);
              if (each != null) {
                counts[each.ordinal()] = parser.getLongValue();
              } else {
                untyped += parser.getLongValue();
              }
            }
          }
          default -> parser.skipChildren();
        }
      }
    } catch (IOException e) {
      throw new MalformedRecordException("The definition is not JSON as it was expected.", e);
    }
    if (first == null || last == null) {
      throw new MalformedRecordException("The definition does not say when it was seen.");
    }
    return new Definition(
        about,
        Optional.ofNullable(type),
        new ValueCounts(
            counts[ValueType.DATE_TIME.ordinal()],
            counts[ValueType.STRING.ordinal()],
            counts[ValueType.NUMERIC.ordinal()],
            counts[ValueType.BOOLEAN.ordinal()],
            untyped),
        first,
        last);
  }
}

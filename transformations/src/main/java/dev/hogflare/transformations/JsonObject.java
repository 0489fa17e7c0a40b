// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.contract.JsonSlices;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A JSON object whose values stay the bytes that they were sent as until somebody asks for them, so
 * that what no step touches is neither decoded nor changed.
 *
 * <p>Of a name that is given twice the last value holds. Used by one thread.
 */
final class JsonObject {
  /** Keeps numbers as they were written, also those that no double can hold. */
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private static final byte[] TRUE = "true".getBytes(StandardCharsets.US_ASCII);

  private final Map<String, byte[]> members;

  private JsonObject(Map<String, byte[]> members) {
    this.members = members;
  }

  /** Returns an empty object. */
  static JsonObject empty() {
    return new JsonObject(new LinkedHashMap<>(64));
  }

  /**
   * Reads an object.
   *
   * @throws IOException if the bytes are no JSON object
   */
  static JsonObject read(byte[] json) throws IOException {
    try (JsonParser parser = JsonSlices.open(json, 0, json.length)) {
      parser.nextToken();
      JsonObject object = read(parser, json, null, null);
      if (object == null || parser.nextToken() != null) {
        throw new JsonParseException(parser, "Expected one JSON object");
      }
      return object;
    }
  }

  /**
   * Reads an event in one pass.
   *
   * @param properties gets the members of its properties, the last ones if there are several
   * @throws IOException if the bytes are no JSON object, or its properties are none
   */
  static JsonObject readEvent(byte[] json, JsonObject properties) throws IOException {
    try (JsonParser parser = JsonSlices.open(json, 0, json.length)) {
      parser.nextToken();
      JsonObject root = read(parser, json, "properties", properties);
      if (root == null || parser.nextToken() != null) {
        throw new JsonParseException(parser, "Expected one JSON object");
      }
      return root;
    }
  }

  private static JsonObject read(
      JsonParser parser, byte[] json, String apart, JsonObject partOrNull) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      return null;
    }
    JsonObject object = empty();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      if (partOrNull == null || !name.equals(apart)) {
        int from = JsonSlices.start(parser);
        object.members.put(name, Arrays.copyOfRange(json, from, JsonSlices.skip(parser)));
        continue;
      }
      partOrNull.members.clear();
      if (parser.currentToken() == JsonToken.START_OBJECT) {
        partOrNull.members.putAll(read(parser, json, null, null).members);
      } else if (parser.currentToken() != JsonToken.VALUE_NULL) {
        throw new JsonParseException(parser, "Expected an object");
      }
    }
    return object;
  }

  /** Returns a value as its JSON, or null if there is none. */
  byte[] raw(String name) {
    return members.get(name);
  }

  /** Returns a value that is a text, or null. */
  String text(String name) {
    byte[] raw = members.get(name);
    return raw == null || raw[0] != '"' ? null : text(raw);
  }

  private static String text(byte[] raw) {
    for (byte b : raw) {
      if (b == '\\') {
        return decoded(raw).textValue();
      }
    }
    return new String(raw, 1, raw.length - 2, StandardCharsets.UTF_8);
  }

  /** Returns a value decoded, or null if there is none. */
  JsonNode node(String name) {
    byte[] raw = members.get(name);
    if (raw == null) {
      return null;
    }
    return raw[0] == '"' ? TextNode.valueOf(text(raw)) : decoded(raw);
  }

  static JsonNode decoded(byte[] raw) {
    try {
      return MAPPER.readTree(raw);
    } catch (IOException e) {
      throw new UncheckedIOException("A value that was read before cannot be read.", e);
    }
  }

  boolean has(String name) {
    return members.containsKey(name);
  }

  Set<String> names() {
    return members.keySet();
  }

  boolean isEmpty() {
    return members.isEmpty();
  }

  /** Puts a value that is JSON already. */
  void putRaw(String name, byte[] json) {
    members.put(name, json);
  }

  /** Puts the members of this object into another one where that has none of their name. */
  void addTo(JsonObject other) {
    members.forEach(other.members::putIfAbsent);
  }

  void put(String name, String text) {
    members.put(name, new JsonBuffer(text.length() + 16).string(text).toBytes());
  }

  void put(String name, long number) {
    members.put(name, Long.toString(number).getBytes(StandardCharsets.US_ASCII));
  }

  void putTrue(String name) {
    members.put(name, TRUE);
  }

  void put(String name, JsonNode node) {
    try {
      members.put(name, MAPPER.writeValueAsBytes(node));
    } catch (IOException e) {
      throw new UncheckedIOException("A value cannot be written.", e);
    }
  }

  /** Removes a value and returns its JSON, or null if there was none. */
  byte[] remove(String name) {
    return members.remove(name);
  }

  void removeIf(Predicate<String> name) {
    members.keySet().removeIf(name);
  }

  /** Writes the object. */
  void write(JsonBuffer out) {
    out.openObject();
    members.forEach((name, value) -> out.name(name).raw(value));
    out.closeObject();
  }
}

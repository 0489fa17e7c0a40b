// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes and reads the JSON of the tests. */
final class Json {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final ObjectMapper SORTED =
      new ObjectMapper().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS);

  private Json() {}

  /** Returns an object of names and values in turn. */
  static Map<String, Object> object(Object... namesAndValues) {
    Map<String, Object> object = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      object.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return object;
  }

  /** Returns an event. */
  static Map<String, Object> event(String name, String distinctId, Object... properties) {
    return object("event", name, "distinct_id", distinctId, "properties", object(properties));
  }

  /** Returns a batch of a project. */
  static Map<String, Object> batch(String projectKey, List<Map<String, Object>> events) {
    return object("api_key", projectKey, "batch", events);
  }

  /** Returns the text of a value. */
  static String text(Object value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads a text. */
  static JsonNode parse(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException("This is no JSON: " + text, e);
    }
  }

  /** Returns the one text of all documents that mean the same: members sorted, no spaces. */
  static String canonical(String text) {
    try {
      return SORTED.writeValueAsString(SORTED.readValue(text, Object.class));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}

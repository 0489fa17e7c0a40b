// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Finds a property by the name that a file gives it: a name as it is, or else a way through objects
 * with dots in between, such as {@code $set.email}.
 */
final class PropertyNames {
  /** What decides whose event it is and what it means; no step may touch it. */
  static final Set<String> OF_IDENTITY =
      Set.of(
          "distinct_id",
          "$distinct_id",
          "token",
          "api_key",
          "$token",
          "alias",
          "$anon_distinct_id",
          "$process_person_profile",
          "$group_type",
          "$group_key",
          "group_type",
          "group_key");

  private PropertyNames() {}

  /**
   * Replaces a value where there is one.
   *
   * @param change returns the new value, or null to remove it
   */
  static void change(JsonObject properties, String name, UnaryOperator<JsonNode> change) {
    if (properties.has(name)) {
      JsonNode now = change.apply(properties.node(name));
      if (now == null) {
        properties.remove(name);
      } else {
        properties.put(name, now);
      }
      return;
    }
    int dot = name.indexOf('.');
    if (dot <= 0) {
      return;
    }
    String first = name.substring(0, dot);
    byte[] raw = properties.raw(first);
    if (raw != null && raw[0] == '{' && properties.node(first) instanceof ObjectNode object) {
      if (change(object, name.substring(dot + 1), change)) {
        properties.put(first, object);
      }
    }
  }

  private static boolean change(ObjectNode object, String name, UnaryOperator<JsonNode> change) {
    JsonNode value = object.get(name);
    if (value != null) {
      JsonNode now = change.apply(value);
      if (now == null) {
        object.remove(name);
      } else {
        object.set(name, now);
      }
      return true;
    }
    int dot = name.indexOf('.');
    return dot > 0
        && object.get(name.substring(0, dot)) instanceof ObjectNode inner
        && change(inner, name.substring(dot + 1), change);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Adds the inner values of objects as properties of their own, with the names on the way joined.
 *
 * @param names the objects; empty means all but those that mean something to the pipeline
 * @param separator what joins names
 * @param keep whether the objects themselves stay
 */
record FlattenStep(List<String> names, String separator, boolean keep) implements Step {
  /** The most properties that one event gets, so that none grows without an end. */
  static final int MOST_ADDED = 1_000;

  private static final int MOST_LEVELS = 10;

  private static final Set<String> LEFT_ALONE =
      Set.of(
          "$set",
          "$set_once",
          "$unset",
          "$groups",
          "$group_set",
          "$elements",
          "$web_vitals",
          "$exception_list",
          "$feature_flag_payloads");

  @Override
  public void apply(Draft draft) throws StepFailedException {
    JsonObject properties = draft.properties();
    List<String> wanted =
        names.isEmpty()
            ? properties.names().stream().filter(name -> !LEFT_ALONE.contains(name)).toList()
            : names;
    int[] added = {0};
    for (String name : wanted) {
      byte[] raw = properties.raw(name);
      if (raw != null && raw[0] == '{' && properties.node(name) instanceof ObjectNode object) {
        if (!keep) {
          properties.remove(name);
        }
        flatten(properties, name, object, 1, added);
      }
    }
  }

  private void flatten(
      JsonObject properties, String name, ObjectNode object, int level, int[] added)
      throws StepFailedException {
    for (Map.Entry<String, JsonNode> member : object.properties()) {
      String inner = name + separator + member.getKey();
      if (member.getValue() instanceof ObjectNode next && level < MOST_LEVELS) {
        flatten(properties, inner, next, level + 1, added);
      } else if (++added[0] > MOST_ADDED) {
        throw new StepFailedException("more than " + MOST_ADDED + " inner values");
      } else {
        properties.put(inner, member.getValue());
      }
    }
  }
}

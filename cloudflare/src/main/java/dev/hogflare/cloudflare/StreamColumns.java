// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.cloudflare;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.RowSchema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares a stream's columns with those of our rows.
 *
 * <p>A stream answers 200 to a row that it then drops, so that every difference that would drop
 * rows or values is one: a column that it lacks, another type, a column that it demands and our
 * rows may leave out. A column that only the stream has, and does not demand, stays empty and is
 * none; nor is one that our rows always have and the stream does not demand.
 */
final class StreamColumns {
  private StreamColumns() {}

  /**
   * Returns one sentence for each difference, none if rows fit.
   *
   * @param stream the stream as the API describes it
   */
  static List<String> differences(RowSchema ours, JsonNode stream) {
    JsonNode fields = stream.path("schema").path("fields");
    if (!fields.isArray() || fields.isEmpty()) {
      return List.of("it has no schema, so that a row becomes one column named value");
    }
    Map<String, JsonNode> theirs = new LinkedHashMap<>();
    fields.forEach(field -> theirs.put(field.path("name").asText(), field));
    List<String> differences = new ArrayList<>();
    for (RowSchema.Column column : ours.columns()) {
      JsonNode field = theirs.remove(column.name());
      if (field == null) {
        differences.add("it lacks the column " + column.name() + " (" + type(column) + ")");
        continue;
      }
      String type = type(field);
      if (!type.equals(type(column))) {
        differences.add(
            "its column " + column.name() + " is " + type + ", and ours is " + type(column));
      } else if (field.path("required").asBoolean() && !column.required()) {
        differences.add(
            "it demands the column " + column.name() + ", which our rows may leave out");
      }
    }
    theirs.forEach(
        (name, field) -> {
          if (field.path("required").asBoolean()) {
            differences.add("it demands the column " + name + ", which our rows do not have");
          }
        });
    return differences;
  }

  private static String type(RowSchema.Column column) {
    return column.type() == RowSchema.ColumnType.STRING_LIST
        ? "list of string"
        : column.type().schemaName();
  }

  private static String type(JsonNode field) {
    String type = field.path("type").asText("nothing");
    return type.equals("list") ? "list of " + field.path("items").path("type").asText("?") : type;
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Reads the fields of one step of a file, and knows at the end which of them nobody asked for.
 *
 * <p>Every method throws a {@link TransformationsException} that names the step, the field and the
 * fix if a field is not what it should be.
 */
final class StepFields {
  private final String where;
  private final ObjectNode fields;
  private final Set<String> asked = new LinkedHashSet<>();

  /**
   * Begins the reading.
   *
   * @param where the file and the step, as an error names them
   */
  StepFields(String where, ObjectNode fields) {
    this.where = where;
    this.fields = fields;
  }

  /** Returns the error of a field. */
  TransformationsException problem(String field, String sentence) {
    return new TransformationsException(where + ", field " + field + ": " + sentence);
  }

  boolean has(String field) {
    asked.add(field);
    JsonNode value = fields.get(field);
    return value != null && !value.isNull();
  }

  String text(String field, String otherwise) throws TransformationsException {
    if (!has(field)) {
      return otherwise;
    }
    JsonNode value = fields.get(field);
    if (!value.isTextual()) {
      throw problem(field, "it is " + value + "; write a text.");
    }
    return value.textValue();
  }

  String text(String field) throws TransformationsException {
    String text = text(field, "");
    if (text.isBlank()) {
      throw problem(field, "it is missing; write a text.");
    }
    return text;
  }

  boolean flag(String field, boolean otherwise) throws TransformationsException {
    if (!has(field)) {
      return otherwise;
    }
    JsonNode value = fields.get(field);
    if (!value.isBoolean()) {
      throw problem(field, "it is " + value + "; write true or false.");
    }
    return value.booleanValue();
  }

  /** Returns whether the second of two words was chosen; the first is the default. */
  boolean isSecond(String field, String first, String second) throws TransformationsException {
    String text = text(field, first);
    if (!text.equals(first) && !text.equals(second)) {
      throw problem(field, "it is \"" + text + "\"; write " + first + " or " + second + ".");
    }
    return text.equals(second);
  }

  double number(String field, double least, double most) throws TransformationsException {
    JsonNode value = has(field) ? fields.get(field) : null;
    if (value == null
        || !value.isNumber()
        || !(value.doubleValue() >= least && value.doubleValue() <= most)) {
      throw problem(
          field,
          (value == null ? "it is missing" : "it is " + value)
              + "; write a number from "
              + shown(least)
              + " to "
              + shown(most)
              + ".");
    }
    return value.doubleValue();
  }

  private static String shown(double number) {
    return Long.toString(Math.round(number));
  }

  /** Returns a list of texts; a single text is a list of one. */
  List<String> texts(String field, List<String> otherwise) throws TransformationsException {
    if (!has(field)) {
      return otherwise;
    }
    JsonNode value = fields.get(field);
    List<String> texts = new ArrayList<>();
    for (JsonNode item : value.isArray() ? value : List.of(value)) {
      if (!item.isTextual() || item.textValue().isBlank()) {
        throw problem(field, "it holds " + item + "; write a list of texts.");
      }
      texts.add(item.textValue());
    }
    if (texts.isEmpty()) {
      throw problem(field, "it is empty; write at least one text, or leave it out.");
    }
    return List.copyOf(texts);
  }

  List<String> texts(String field) throws TransformationsException {
    List<String> texts = texts(field, List.of());
    if (texts.isEmpty()) {
      throw problem(field, "it is missing; write a list of texts.");
    }
    return texts;
  }

  /** Returns names of properties that may be changed. */
  List<String> properties(String field, List<String> otherwise) throws TransformationsException {
    List<String> names = texts(field, otherwise);
    for (String name : names) {
      changeable(field, name);
    }
    return names;
  }

  void changeable(String field, String name) throws TransformationsException {
    if (PropertyNames.OF_IDENTITY.contains(name)) {
      throw problem(
          field,
          "it names "
              + name
              + ", which decides whose event this is and cannot be changed; leave"
              + " it out.");
    }
  }

  /** Returns a map of texts to texts, or an empty one. */
  Map<String, String> pairs(String field) throws TransformationsException {
    if (!has(field)) {
      return Map.of();
    }
    if (!(fields.get(field) instanceof ObjectNode object)) {
      throw problem(field, "it is " + fields.get(field) + "; write old: new, one a line.");
    }
    Map<String, String> pairs = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> pair : object.properties()) {
      if (!pair.getValue().isTextual() || pair.getValue().textValue().isBlank()) {
        throw problem(field, "the new name of " + pair.getKey() + " is no text; write one.");
      }
      pairs.put(pair.getKey(), pair.getValue().textValue());
    }
    return pairs;
  }

  /** Returns what a reader makes of a text, which refuses it by an exception with a sentence. */
  <T> T parsed(String field, String text, Function<String, T> reader)
      throws TransformationsException {
    try {
      return reader.apply(text);
    } catch (RuntimeException e) {
      throw problem(field, "it " + e.getMessage());
    }
  }

  /** Ends the reading: any other field is an error, because it would silently do nothing. */
  void end() throws TransformationsException {
    for (Map.Entry<String, JsonNode> member : fields.properties()) {
      if (!asked.contains(member.getKey())) {
        throw problem(
            member.getKey(),
            "this type of step has no such field; its fields are "
                + String.join(", ", asked)
                + ".");
      }
    }
  }
}

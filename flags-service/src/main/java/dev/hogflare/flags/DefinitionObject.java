// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * Reads the fields of one object of a definition, and notes each that is not what it has to be.
 *
 * <p>JSON's null is the same as no field. A field of a wrong type is noted as an error and read as
 * if it were not there, so that all errors of a flag are found at once.
 */
final class DefinitionObject {
  private final ObjectNode json;
  private final String path;
  private final Problems problems;

  /** Takes the problems of one flag. */
  static final class Problems {
    private final String flag;
    private final Set<FlagProblem> all;
    private boolean errors;

    Problems(String flag, Set<FlagProblem> all) {
      this.flag = flag;
      this.all = all;
    }

    void error(String field, String sentence) {
      errors = true;
      all.add(new FlagProblem(FlagProblem.Severity.ERROR, flag, field, sentence));
    }

    void warning(String field, String sentence) {
      all.add(new FlagProblem(FlagProblem.Severity.WARNING, flag, field, sentence));
    }

    boolean hasErrors() {
      return errors;
    }
  }

  DefinitionObject(ObjectNode json, String path, Problems problems) {
    this.json = json;
    this.path = path;
    this.problems = problems;
  }

  /** Returns where a field stands. */
  String path(DefinitionField field) {
    return path.isEmpty() ? field.word() : path + "." + field.word();
  }

  void error(DefinitionField field, String sentence) {
    problems.error(path(field), sentence);
  }

  void warning(DefinitionField field, String sentence) {
    problems.warning(path(field), sentence);
  }

  boolean hasErrors() {
    return problems.hasErrors();
  }

  ObjectNode json() {
    return json;
  }

  /** Whether the field is there, be it as null. */
  boolean has(DefinitionField field) {
    return json.has(field.word());
  }

  /** Returns the field as it is, or null if there is none or it is null. */
  JsonNode rawOrNull(DefinitionField field) {
    JsonNode value = json.get(field.word());
    return value == null || value.isNull() ? null : value;
  }

  private void wrong(String where, JsonNode value, String expected) {
    String kind =
        switch (value.getNodeType()) {
          case STRING -> "text";
          case NUMBER -> "a number";
          case BOOLEAN -> "true or false";
          case ARRAY -> "a list";
          case OBJECT -> "an object";
          default -> "something else";
        };
    problems.error(where, "is " + kind + "; it has to be " + expected + ".");
  }

  Optional<String> text(DefinitionField field) {
    JsonNode value = rawOrNull(field);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isTextual()) {
      wrong(path(field), value, "text");
      return Optional.empty();
    }
    return Optional.of(value.textValue());
  }

  boolean truth(DefinitionField field, boolean otherwise) {
    JsonNode value = rawOrNull(field);
    if (value == null) {
      return otherwise;
    }
    if (!value.isBoolean()) {
      wrong(path(field), value, "true or false");
      return otherwise;
    }
    return value.booleanValue();
  }

  /** Returns a whole number, 0 if there is none. */
  long whole(DefinitionField field) {
    JsonNode value = rawOrNull(field);
    if (value == null) {
      return 0;
    }
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      wrong(path(field), value, "a whole number");
      return 0;
    }
    return value.longValue();
  }

  /** Returns a percentage from 0 to 100; what lies outside counts as the nearer end. */
  OptionalDouble percentage(DefinitionField field) {
    JsonNode value = rawOrNull(field);
    if (value == null) {
      return OptionalDouble.empty();
    }
    if (!value.isNumber()) {
      wrong(path(field), value, "a number from 0 to 100");
      return OptionalDouble.empty();
    }
    double percentage = value.doubleValue();
    if (percentage < 0 || percentage > 100) {
      double nearer = percentage < 0 ? 0 : 100;
      warning(
          field,
          "is "
              + value.asText()
              + ", which is outside 0 to 100; it counts as "
              + (int) nearer
              + ".");
      return OptionalDouble.of(nearer);
    }
    return OptionalDouble.of(percentage);
  }

  Optional<DefinitionObject> object(DefinitionField field) {
    JsonNode value = rawOrNull(field);
    if (value == null) {
      return Optional.empty();
    }
    if (!(value instanceof ObjectNode object)) {
      wrong(path(field), value, "an object");
      return Optional.empty();
    }
    return Optional.of(new DefinitionObject(object, path(field), problems));
  }

  /** Returns a list of objects; those that are none are left out, as errors. */
  List<DefinitionObject> objects(DefinitionField field) {
    List<DefinitionObject> out = new ArrayList<>();
    JsonNode value = rawOrNull(field);
    if (value != null && !value.isArray()) {
      wrong(path(field), value, "a list of objects");
    } else if (value != null) {
      for (int i = 0; i < value.size(); i++) {
        String where = path(field) + "[" + i + "]";
        if (value.get(i) instanceof ObjectNode object) {
          out.add(new DefinitionObject(object, where, problems));
        } else {
          wrong(where, value.get(i), "an object");
        }
      }
    }
    return out;
  }

  /** Returns a list of texts; an absent list is empty. */
  Set<String> texts(DefinitionField field) {
    JsonNode value = rawOrNull(field);
    Set<String> out = new LinkedHashSet<>();
    if (value != null && !value.isArray()) {
      wrong(path(field), value, "a list of texts");
    } else if (value != null) {
      for (int i = 0; i < value.size(); i++) {
        if (value.get(i).isTextual()) {
          out.add(value.get(i).textValue());
        } else {
          wrong(path(field) + "[" + i + "]", value.get(i), "text");
        }
      }
    }
    return out;
  }

  /** Returns the fields of an object that is a map. */
  Map<String, JsonNode> map(DefinitionField field) {
    return object(field)
        .map(
            object -> {
              Map<String, JsonNode> out = new LinkedHashMap<>();
              object.json.properties().forEach(e -> out.put(e.getKey(), e.getValue()));
              return out;
            })
        .orElse(new LinkedHashMap<>());
  }
}

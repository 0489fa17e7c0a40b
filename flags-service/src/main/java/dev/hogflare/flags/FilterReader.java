// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/** Reads filters on properties and cohorts. */
final class FilterReader {
  private static final String INITIAL = "$initial_";

  private final OfficialOperator.Rules rules;
  private final SortedMap<Integer, String> groupTypes;

  FilterReader(OfficialOperator.Rules rules, SortedMap<Integer, String> groupTypes) {
    this.rules = rules;
    this.groupTypes = groupTypes;
  }

  /**
   * Returns an official filter on a property.
   *
   * @param type {@code person}, {@code person_metadata} or {@code group}
   * @param groupType the group type of the condition, null if it is about the person
   */
  Clause property(DefinitionObject json, String type, String groupType) {
    String key = key(json);
    String word = json.text(DefinitionField.FILTER_OPERATOR).orElse("exact");
    JsonNode value = json.rawOrNull(DefinitionField.FILTER_VALUE);
    String words = words(type, key, word, value);
    Optional<OfficialOperator> operator = OfficialOperator.of(word);
    if (operator.isEmpty()) {
      json.warning(
          DefinitionField.FILTER_OPERATOR,
          "is \"" + word + "\", which is no operator; the filter never matches.");
      return new Clause.Never(words);
    }
    PropertyTest test =
        operator
            .get()
            .with(value, rules, sentence -> json.warning(DefinitionField.FILTER_VALUE, sentence));
    return switch (type) {
      case "group" -> group(json, key, groupType, test, words);
      case "person_metadata" -> metadata(json, key, test, words);
      default -> new Clause.Property(Clause.Subject.PERSON, null, key, fallbacks(key), test, words);
    };
  }

  private static String key(DefinitionObject json) {
    Optional<String> key = json.text(DefinitionField.FILTER_KEY);
    if (key.isEmpty() && !json.hasErrors()) {
      json.error(DefinitionField.FILTER_KEY, "is missing; it names the property.");
    }
    return key.orElse("");
  }

  private Clause group(
      DefinitionObject json, String key, String conditionType, PropertyTest test, String words) {
    JsonNode index = json.rawOrNull(DefinitionField.FILTER_GROUP_TYPE_INDEX);
    String type =
        index == null
            ? conditionType
            : groupType(json, DefinitionField.FILTER_GROUP_TYPE_INDEX).orElse(null);
    if (type == null) {
      if (index == null) {
        json.warning(
            DefinitionField.FILTER_GROUP_TYPE_INDEX,
            "is missing, and the condition is about persons; the filter never matches.");
      }
      return new Clause.Never(words);
    }
    return new Clause.Property(Clause.Subject.GROUP, type, key, List.of(), test, words);
  }

  private static Clause metadata(
      DefinitionObject json, String key, PropertyTest test, String words) {
    if (!key.equals("created_at")) {
      json.warning(
          DefinitionField.FILTER_KEY,
          "is \""
              + key
              + "\"; of a person's record only created_at can be compared. The filter"
              + " never matches.");
      return new Clause.Never(words);
    }
    return new Clause.Property(Clause.Subject.CREATED_AT, null, key, List.of(), test, words);
  }

  /** Returns what PostHog fills a missing first value from. */
  private static List<String> fallbacks(String key) {
    if (!key.startsWith(INITIAL)) {
      return List.of();
    }
    String name = key.substring(INITIAL.length());
    return List.of("$" + name, name);
  }

  /** Returns the name of the group type whose index a field holds. */
  Optional<String> groupType(DefinitionObject json, DefinitionField field) {
    JsonNode index = json.rawOrNull(field);
    if (!index.isIntegralNumber()) {
      json.error(field, "has to be a whole number, the index of a group type.");
      return Optional.empty();
    }
    String type = groupTypes.get(index.intValue());
    if (type == null) {
      json.error(
          field, "is " + index.asText() + ", a group type that group_type_mapping does not have.");
    }
    return Optional.ofNullable(type);
  }

  /** Returns the cohort that an official filter names, negated by neither operator nor field. */
  CohortReader.Found cohort(DefinitionObject json, CohortReader cohorts) {
    JsonNode id = json.rawOrNull(DefinitionField.FILTER_VALUE);
    if (id == null || !(id.isIntegralNumber() || id.isTextual())) {
      json.error(DefinitionField.FILTER_VALUE, "has to be the id of a cohort.");
      return new CohortReader.Found.Unusable(Failure.DEFINITION, "names no cohort");
    }
    CohortReader.Found found = cohorts.cohort(id.asText());
    String word = json.text(DefinitionField.FILTER_OPERATOR).orElse("in");
    if (found instanceof CohortReader.Found.Members members) {
      return switch (word) {
        case "in", "exact" -> cohortClause(members, true, id);
        case "not_in", "is_not" -> cohortClause(members, false, id);
        default -> {
          json.warning(
              DefinitionField.FILTER_OPERATOR,
              "is \"" + word + "\"; a cohort has in and not_in. The filter never matches.");
          yield new CohortReader.Found.Members(
              new Clause.Never("cohort " + word + " " + id.asText()));
        }
      };
    }
    return found;
  }

  private static CohortReader.Found cohortClause(
      CohortReader.Found.Members members, boolean inside, JsonNode id) {
    String words = "cohort " + (inside ? "in " : "not_in ") + id.asText();
    return new CohortReader.Found.Members(new Clause.Cohort(members.clause(), inside, words));
  }

  /**
   * Returns one of hogflare's own filters.
   *
   * @param flagGroupType the group type of the flag, null if it is about the person
   */
  static Clause hogflare(DefinitionObject json, String flagGroupType) {
    String key = key(json);
    String type = json.text(DefinitionField.FILTER_TYPE).orElse("person");
    String word =
        json.text(DefinitionField.FILTER_OPERATOR)
            .or(() -> json.text(DefinitionField.FILTER_OP))
            .orElse("eq");
    JsonNode written = json.rawOrNull(DefinitionField.FILTER_VALUE);
    Optional<HogflareOperator> operator = HogflareOperator.of(word);
    if (operator.isEmpty()) {
      json.warning(
          json.has(DefinitionField.FILTER_OPERATOR)
              ? DefinitionField.FILTER_OPERATOR
              : DefinitionField.FILTER_OP,
          "is \"" + word + "\", which is no operator of hogflare's own format; it counts as eq.");
    }
    PropertyTest test =
        operator
            .orElse(HogflareOperator.EQ)
            .with(
                written == null ? NullNode.getInstance() : written,
                sentence -> json.warning(DefinitionField.FILTER_VALUE, sentence));
    String words = words(type, key, word, written);
    if (!type.equals("group")) {
      if (!type.equals("person")) {
        json.warning(DefinitionField.FILTER_TYPE, "is \"" + type + "\"; it counts as person.");
      }
      return new Clause.Property(Clause.Subject.PERSON, null, key, List.of(), test, words);
    }
    String groupType = json.text(DefinitionField.FILTER_GROUP_TYPE).orElse(flagGroupType);
    if (groupType == null) {
      json.warning(
          DefinitionField.FILTER_GROUP_TYPE,
          "is missing, and the flag has none; the filter never matches.");
      return new Clause.Never(words);
    }
    return new Clause.Property(Clause.Subject.GROUP, groupType, key, List.of(), test, words);
  }

  private static String words(String type, String key, String operator, JsonNode value) {
    String start = type + "." + key + " " + operator;
    return value == null ? start : start + " " + value;
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads official definitions of one project. */
final class OfficialFlagReader {
  private static final String DEPENDENCY = "flag";

  private final FilterReader filters;
  private final CohortReader cohorts;

  OfficialFlagReader(FilterReader filters, CohortReader cohorts) {
    this.filters = filters;
    this.cohorts = cohorts;
  }

  /** Finds the place of a flag by its id or key. */
  @FunctionalInterface
  interface Places {
    /** Returns the place, or -1. */
    int of(String idOrKey);
  }

  /** Returns what the filters of a definition refer to as flags, as far as it can be read. */
  static List<String> dependencies(JsonNode definition) {
    List<String> out = new ArrayList<>();
    for (JsonNode group : definition.path("filters").path("groups")) {
      for (JsonNode filter : group.path("properties")) {
        if (filter.path("type").asText().equals(DEPENDENCY)
            && EvaluationRequest.idText(filter.get("key")).isPresent()) {
          out.add(filter.get("key").asText());
        }
      }
    }
    return out;
  }

  /** Returns the flag, or why it cannot be computed. */
  CompiledFlag read(
      FlagDefinition definition,
      DefinitionObject json,
      CompiledFlag.Gate gate,
      int[] chain,
      Places places) {
    DefinitionObject content = json.object(DefinitionField.FILTERS).orElse(json);
    List<Failure> failures = new ArrayList<>();
    List<CompiledFlag.Variant> variants = variants(content);
    Map<String, FlagPayload> payloads = payloads(content);
    String groupType = aggregation(content, DefinitionField.AGGREGATION);
    OfficialFlag.Settings settings =
        new OfficialFlag.Settings(
            groupType,
            json.text(DefinitionField.BUCKETING_IDENTIFIER).orElse("").equals("device_id"),
            json.truth(DefinitionField.CONTINUITY, false),
            content.truth(DefinitionField.EARLY_EXIT, false),
            enrollment(definition.key(), content, groupType, failures, places),
            holdout(content),
            variants,
            payloads);
    List<OfficialFlag.Condition> conditions = new ArrayList<>();
    for (DefinitionObject group : content.objects(DefinitionField.GROUPS)) {
      conditions.add(condition(group, groupType, variants, failures, places));
    }
    if (json.hasErrors()) {
      return CompiledFlag.Constant.failing(definition, gate, Failure.DEFINITION);
    }
    if (!failures.isEmpty()) {
      return CompiledFlag.Constant.failing(definition, gate, failures.getFirst());
    }
    return new OfficialFlag(definition, gate, chain, settings, conditions);
  }

  private OfficialFlag.Condition condition(
      DefinitionObject json,
      String flagGroupType,
      List<CompiledFlag.Variant> variants,
      List<Failure> failures,
      Places places) {
    // Without the field a condition is about what the flag is about; null means the person.
    String groupType =
        json.has(DefinitionField.CONDITION_AGGREGATION)
            ? aggregation(json, DefinitionField.CONDITION_AGGREGATION)
            : flagGroupType;
    int forced = -1;
    Optional<String> variant = json.text(DefinitionField.CONDITION_VARIANT);
    for (int i = 0; variant.isPresent() && i < variants.size(); i++) {
      if (variants.get(i).key().equals(variant.get())) {
        forced = i;
      }
    }
    if (variant.isPresent() && forced < 0 && !variant.get().isEmpty()) {
      json.warning(
          DefinitionField.CONDITION_VARIANT,
          "is \"" + variant.get() + "\", which is no variant of the flag; the hash chooses.");
    }
    return new OfficialFlag.Condition(
        clauses(json, groupType, failures, places),
        groupType,
        json.percentage(DefinitionField.CONDITION_ROLLOUT).orElse(100),
        forced);
  }

  /** Returns the filters in the order in which the service asks: those on cohorts come last. */
  private Clause[] clauses(
      DefinitionObject json, String groupType, List<Failure> failures, Places places) {
    List<Clause> first = new ArrayList<>();
    List<Clause> last = new ArrayList<>();
    for (DefinitionObject filter : json.objects(DefinitionField.CONDITION_PROPERTIES)) {
      String type = filter.text(DefinitionField.FILTER_TYPE).orElse("person");
      switch (type) {
        case "person", "person_metadata", "group" ->
            first.add(filters.property(filter, type, groupType));
        case DEPENDENCY -> first.add(dependency(filter, places));
        case "cohort" -> cohort(filter, failures).ifPresent(last::add);
        default -> {
          filter.warning(
              DefinitionField.FILTER_TYPE,
              "is \"" + type + "\", which a flag cannot be told from; the filter never matches.");
          first.add(new Clause.Never(type + " filter"));
        }
      }
    }
    first.addAll(last);
    return first.toArray(Clause[]::new);
  }

  private Optional<Clause> cohort(DefinitionObject json, List<Failure> failures) {
    boolean negated = json.truth(DefinitionField.FILTER_NEGATION, false);
    return switch (filters.cohort(json, cohorts)) {
      case CohortReader.Found.Members members ->
          Optional.of(negated ? new Clause.Not(members.clause()) : members.clause());
      case CohortReader.Found.Unusable unusable -> {
        failures.add(unusable.failure());
        // An error of the filter itself has been said already.
        if (unusable.failure() != Failure.DEFINITION) {
          json.warning(
              DefinitionField.FILTER_VALUE, unusable.sentence() + "; the flag cannot be computed.");
        }
        yield Optional.empty();
      }
    };
  }

  private static Clause dependency(DefinitionObject json, Places places) {
    JsonNode key = json.rawOrNull(DefinitionField.FILTER_KEY);
    Optional<String> name = EvaluationRequest.idText(key);
    String operator = json.text(DefinitionField.FILTER_OPERATOR).orElse("flag_evaluates_to");
    JsonNode value = json.rawOrNull(DefinitionField.FILTER_VALUE);
    if (name.isEmpty()) {
      json.error(DefinitionField.FILTER_KEY, "has to be the id or key of another flag.");
      return new Clause.Never("flag");
    }
    String words = "flag " + name.get() + " " + operator + " " + value;
    if (!operator.equals("flag_evaluates_to")) {
      json.warning(
          DefinitionField.FILTER_OPERATOR,
          "is \"" + operator + "\"; a flag has flag_evaluates_to. The filter never matches.");
      return new Clause.Never(words);
    }
    if (value == null || !(value.isBoolean() || value.isTextual())) {
      json.error(DefinitionField.FILTER_VALUE, "has to be true, false or the key of a variant.");
      return new Clause.Never(words);
    }
    int place = places.of(name.get());
    return new Clause.Dependency(
        place, value.asBoolean(), value.isTextual() ? value.textValue() : null, words);
  }

  private OfficialFlag.Enrollment enrollment(
      String flag,
      DefinitionObject content,
      String groupType,
      List<Failure> failures,
      Places places) {
    if (content.truth(DefinitionField.ENROLLMENT, false)) {
      return new OfficialFlag.Enrollment("$feature_enrollment/" + flag, null);
    }
    List<DefinitionObject> groups = content.objects(DefinitionField.SUPER_GROUPS);
    if (groups.isEmpty()) {
      return null;
    }
    List<DefinitionObject> properties =
        groups.getFirst().objects(DefinitionField.CONDITION_PROPERTIES);
    if (properties.isEmpty()) {
      return null;
    }
    String property = properties.getFirst().text(DefinitionField.FILTER_KEY).orElse("");
    return new OfficialFlag.Enrollment(
        property, clauses(groups.getFirst(), groupType, failures, places));
  }

  private static OfficialFlag.Holdout holdout(DefinitionObject content) {
    Optional<DefinitionObject> holdout = content.object(DefinitionField.HOLDOUT);
    if (holdout.isPresent()) {
      return new OfficialFlag.Holdout(
          holdout.get().percentage(DefinitionField.HOLDOUT_PERCENTAGE).orElse(0),
          "holdout-" + holdout.get().whole(DefinitionField.HOLDOUT_ID));
    }
    List<DefinitionObject> older = content.objects(DefinitionField.HOLDOUT_GROUPS);
    if (older.isEmpty()) {
      return null;
    }
    return new OfficialFlag.Holdout(
        older.getFirst().percentage(DefinitionField.CONDITION_ROLLOUT).orElse(0),
        older.getFirst().text(DefinitionField.CONDITION_VARIANT).orElse("holdout"));
  }

  private static List<CompiledFlag.Variant> variants(DefinitionObject content) {
    return content
        .object(DefinitionField.MULTIVARIATE)
        .map(multivariate -> variants(multivariate, DefinitionField.MULTIVARIATE_VARIANTS, 100))
        .orElse(List.of());
  }

  /**
   * Returns variants with their running sums.
   *
   * @param scale what the running sums are divided by
   */
  static List<CompiledFlag.Variant> variants(
      DefinitionObject json, DefinitionField field, double scale) {
    List<CompiledFlag.Variant> out = new ArrayList<>();
    Map<String, Integer> seen = new HashMap<>();
    double sum = 0;
    for (DefinitionObject variant : json.objects(field)) {
      Optional<String> key = variant.text(DefinitionField.VARIANT_KEY);
      if (key.isEmpty()) {
        variant.error(DefinitionField.VARIANT_KEY, "is missing or no text.");
        continue;
      }
      if (seen.put(key.get(), out.size()) != null) {
        variant.error(
            DefinitionField.VARIANT_KEY, "is \"" + key.get() + "\", as that of another variant.");
      }
      sum += variant.percentage(DefinitionField.VARIANT_ROLLOUT).orElse(0);
      out.add(new CompiledFlag.Variant(key.get(), Math.min(sum, 100) / scale));
    }
    // Thirds and the like do not add up exactly.
    if (sum > 100 + 1e-6) {
      json.warning(
          field,
          "have percentages that add up to "
              + JsonValues.text(DoubleNode.valueOf(sum))
              + "; what lies beyond 100 is never chosen.");
    }
    return List.copyOf(out);
  }

  private static Map<String, FlagPayload> payloads(DefinitionObject content) {
    Map<String, FlagPayload> out = new HashMap<>();
    content
        .map(DefinitionField.PAYLOADS)
        .forEach(
            (value, payload) -> {
              if (!payload.isNull()) {
                out.put(value, FlagPayload.official(payload));
              }
            });
    return out;
  }

  private String aggregation(DefinitionObject json, DefinitionField field) {
    return json.rawOrNull(field) == null ? null : filters.groupType(json, field).orElse(null);
  }
}

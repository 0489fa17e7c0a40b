// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/** Reads hogflare's own definitions. */
final class HogflareFlagReader {
  private final HogflareFlag.Bucketing bucketing;
  private final SortedMap<Integer, String> groupTypes;

  /**
   * Creates a reader.
   *
   * @param bucketing what holds for flags that do not say
   */
  HogflareFlagReader(HogflareFlag.Bucketing bucketing, SortedMap<Integer, String> groupTypes) {
    this.bucketing = bucketing;
    this.groupTypes = groupTypes;
  }

  /** Returns the flag, or that it cannot be computed. */
  CompiledFlag read(FlagDefinition definition, DefinitionObject json, CompiledFlag.Gate gate) {
    String groupType = json.text(DefinitionField.GROUP_TYPE).orElse(null);
    if (groupType != null && !groupTypes.isEmpty() && !groupTypes.containsValue(groupType)) {
      json.warning(
          DefinitionField.GROUP_TYPE,
          "is \"" + groupType + "\", a group type that group_type_mapping does not have.");
    }
    String type = json.text(DefinitionField.TYPE).orElse("boolean");
    if (!type.equals("boolean") && !type.equals("multivariate")) {
      json.error(
          DefinitionField.TYPE, "is \"" + type + "\"; it has to be boolean or multivariate.");
    }
    double rollout = json.percentage(DefinitionField.ROLLOUT).orElse(100);
    List<CompiledFlag.Variant> variants =
        OfficialFlagReader.variants(json, DefinitionField.VARIANTS, 1);
    List<HogflareFlag.Condition> conditions = new ArrayList<>();
    List<DefinitionObject> written = json.objects(DefinitionField.CONDITIONS);
    for (DefinitionObject condition : written) {
      conditions.add(condition(condition, groupType, rollout, variants));
    }
    if (written.isEmpty()) {
      conditions.add(new HogflareFlag.Condition(new Clause[0], rollout, variants, null));
    }
    HogflareFlag.Settings settings =
        new HogflareFlag.Settings(
            groupType,
            json.text(DefinitionField.SALT).orElse(""),
            bucketing(json, DefinitionField.BUCKETING, bucketing),
            !written.isEmpty(),
            type.equals("multivariate"),
            payloads(json));
    return json.hasErrors()
        ? CompiledFlag.Constant.failing(definition, gate, Failure.DEFINITION)
        : new HogflareFlag(definition, gate, settings, conditions);
  }

  private static HogflareFlag.Condition condition(
      DefinitionObject json,
      String groupType,
      double flagRollout,
      List<CompiledFlag.Variant> flagVariants) {
    List<Clause> clauses = new ArrayList<>();
    for (DefinitionObject filter : json.objects(DefinitionField.CONDITION_PROPERTIES)) {
      clauses.add(FilterReader.hogflare(filter, groupType));
    }
    List<CompiledFlag.Variant> own =
        OfficialFlagReader.variants(json, DefinitionField.CONDITION_VARIANTS, 1);
    List<CompiledFlag.Variant> variants = own.isEmpty() ? flagVariants : own;
    Optional<String> forced = json.text(DefinitionField.CONDITION_VARIANT);
    if (forced.isPresent()
        && variants.stream().noneMatch(variant -> variant.key().equals(forced.get()))) {
      json.warning(
          DefinitionField.CONDITION_VARIANT,
          "is \""
              + forced.get()
              + "\", which is no variant of the flag; it is given all the same"
              + " if the flag is multivariate.");
    }
    return new HogflareFlag.Condition(
        clauses.toArray(Clause[]::new),
        json.percentage(DefinitionField.CONDITION_ROLLOUT).orElse(flagRollout),
        variants,
        forced.orElse(null));
  }

  private static Map<String, FlagPayload> payloads(DefinitionObject json) {
    Map<String, FlagPayload> out = new HashMap<>();
    json.map(DefinitionField.VARIANT_PAYLOADS)
        .forEach((variant, payload) -> put(out, variant, payload));
    for (DefinitionObject variant : json.objects(DefinitionField.VARIANTS)) {
      variant
          .text(DefinitionField.VARIANT_KEY)
          .ifPresent(key -> put(out, key, variant.rawOrNull(DefinitionField.VARIANT_PAYLOAD)));
    }
    // A variant called "true" would otherwise lend its payload to the plain value.
    out.remove(CompiledFlag.PLAIN);
    put(out, CompiledFlag.PLAIN, json.rawOrNull(DefinitionField.PAYLOAD));
    return out;
  }

  private static void put(Map<String, FlagPayload> out, String key, JsonNode payload) {
    if (payload != null && !payload.isNull()) {
      out.put(key, FlagPayload.hogflare(payload));
    }
  }

  /** Returns the formula that a field names. */
  static HogflareFlag.Bucketing bucketing(
      DefinitionObject json, DefinitionField field, HogflareFlag.Bucketing otherwise) {
    Optional<String> name = json.text(field);
    return switch (name.orElse("")) {
      case "" -> otherwise;
      case "hogflare" -> HogflareFlag.Bucketing.HOGFLARE;
      case "posthog" -> HogflareFlag.Bucketing.POSTHOG;
      default -> {
        json.error(field, "is \"" + name.get() + "\"; it has to be hogflare or posthog.");
        yield otherwise;
      }
    };
  }
}

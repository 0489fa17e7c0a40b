// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Tells which official flags SDKs evaluate by themselves to what this service answers.
 *
 * <p>SDKs know less than PostHog's service: they leave parts of a definition out without a word (a
 * holdout, early access) or read them in another way. Judged by posthog-node and the Java server
 * SDK; a flag that either of them would get wrong does not agree. A flag of which they say
 * themselves that they cannot decide it (an operator that they do not know, experience continuity)
 * does.
 */
final class LocalAgreement {
  /** Text without letters that Unicode folds and ASCII does not. */
  private static final Pattern ASCII = Pattern.compile("\\p{ASCII}*");

  /** Letters that mean the same class or character behind a backslash everywhere. */
  private static final String COMMON_ESCAPES = "dDwWsSbBnrt";

  /** What RE2, JavaScript and Java read in different ways. */
  private static final List<String> DIFFERENT_IN_REGEX = List.of("[:", "[]", "[^]", "{,", "&&");

  /** Versions that all read alike: no pre-release, no leading zeros, no fourth part. */
  private static final Pattern PLAIN_VERSION =
      Pattern.compile("(?:0|[1-9][0-9]{0,8})(?:\\.(?:0|[1-9][0-9]{0,8}|\\*)){0,2}");

  private final Map<String, FlagDefinition> flags;
  private final ObjectNode cohorts;
  private final Set<String> doubtful;

  /**
   * Creates the rule for the flags of one project.
   *
   * @param flags the flags by id and by key
   * @param cohorts the cohorts by id
   * @param doubtful what the problems of the document are about: flags, and {@code cohort} with an
   *     id
   */
  LocalAgreement(Map<String, FlagDefinition> flags, ObjectNode cohorts, Set<String> doubtful) {
    this.flags = flags;
    this.cohorts = cohorts;
    this.doubtful = doubtful;
  }

  /** Whether SDKs come to the values of the service. */
  boolean holds(FlagDefinition flag) {
    ObjectNode source = flag.source();
    if (!isReadable(source)) {
      return false;
    }
    if (!flag.active()) {
      return true;
    }
    // A server SDK would evaluate flags for browsers, and those for contexts that it does not name.
    boolean forAllServers =
        !text(source, DefinitionField.EVALUATION_RUNTIME).equals("client")
            && isEmpty(source, DefinitionField.EVALUATION_ENVIRONMENTS)
            && isEmpty(source, DefinitionField.EVALUATION_CONTEXTS)
            && isEmpty(source, DefinitionField.EVALUATION_TAGS);
    return forAllServers
        && !doubtful.contains(flag.key())
        && !text(source, DefinitionField.BUCKETING_IDENTIFIER).equals("device_id")
        && filtersAgree(source.path(DefinitionField.FILTERS.word()));
  }

  /** The Java SDK reads no definition at all where one of them has a condition for 33.3 percent. */
  private static boolean isReadable(ObjectNode source) {
    JsonNode filters = source.path(DefinitionField.FILTERS.word());
    for (JsonNode condition : filters.path(DefinitionField.GROUPS.word())) {
      double share = condition.path(DefinitionField.CONDITION_ROLLOUT.word()).asDouble(0);
      if (share != Math.rint(share)) {
        return false;
      }
    }
    return true;
  }

  private boolean filtersAgree(JsonNode filters) {
    JsonNode conditions = filters.path(DefinitionField.GROUPS.word());
    if (filters.hasNonNull(DefinitionField.HOLDOUT.word())
        || !isEmpty(filters, DefinitionField.HOLDOUT_GROUPS)
        || !isEmpty(filters, DefinitionField.SUPER_GROUPS)
        || filters.path(DefinitionField.ENROLLMENT.word()).asBoolean(false)
        || (filters.path(DefinitionField.EARLY_EXIT.word()).asBoolean(false)
            && conditions.size() > 1)) {
      return false;
    }
    JsonNode groupType = filters.path(DefinitionField.AGGREGATION.word());
    boolean plainBefore = false;
    for (JsonNode condition : conditions) {
      boolean forced = condition.hasNonNull(DefinitionField.CONDITION_VARIANT.word());
      // The Java SDK tries conditions that force a variant first.
      if ((forced && plainBefore) || !isAbout(condition, groupType)) {
        return false;
      }
      plainBefore |= !forced;
      for (JsonNode filter : condition.path(DefinitionField.CONDITION_PROPERTIES.word())) {
        if (!(isNumber(groupType) ? groupFilterAgrees(filter, groupType) : filterAgrees(filter))) {
          return false;
        }
      }
    }
    return true;
  }

  private static boolean isNumber(JsonNode groupType) {
    return groupType.isNumber();
  }

  /** Whether a condition is about persons, or groups of a type, as its flag is. */
  private static boolean isAbout(JsonNode condition, JsonNode flagGroupType) {
    JsonNode own = condition.path(DefinitionField.CONDITION_AGGREGATION.word());
    return own.isMissingNode()
        || (own.isNull() ? !isNumber(flagGroupType) : own.equals(flagGroupType));
  }

  /** SDKs see nothing but the properties of that one group. */
  private static boolean groupFilterAgrees(JsonNode filter, JsonNode groupType) {
    JsonNode own = filter.path(DefinitionField.FILTER_GROUP_TYPE_INDEX.word());
    return text(filter, DefinitionField.FILTER_TYPE).equals("group")
        && (own.isMissingNode() || own.isNull() || own.equals(groupType))
        && operatorAgrees(filter);
  }

  private boolean filterAgrees(JsonNode filter) {
    return switch (text(filter, DefinitionField.FILTER_TYPE)) {
      case "", "person" -> operatorAgrees(filter);
      case "cohort" ->
          !filter.path(DefinitionField.FILTER_NEGATION.word()).asBoolean(false)
              && cohortAgrees(filter, new HashSet<>());
      case "flag" -> dependencyAgrees(filter);
      default -> false;
    };
  }

  /** The Java SDK takes a flag at the end of a chain for off if any before it is. */
  private boolean dependencyAgrees(JsonNode filter) {
    FlagDefinition other = flags.get(text(filter, DefinitionField.FILTER_KEY));
    return other == null
        || (other.dependencyChain().isEmpty()
            && !isNumber(
                other
                    .source()
                    .path(DefinitionField.FILTERS.word())
                    .path(DefinitionField.AGGREGATION.word())));
  }

  /** SDKs negate by the field negation alone, and tell groups from filters by the first of them. */
  private boolean cohortAgrees(JsonNode filter, Set<String> open) {
    String operator = text(filter, DefinitionField.FILTER_OPERATOR);
    String id = text(filter, DefinitionField.FILTER_VALUE);
    boolean positive = operator.isEmpty() || operator.equals("in") || operator.equals("exact");
    return positive
        && open.add(id)
        && !doubtful.contains("cohort " + id)
        && membersAgree(cohorts.path(id), open);
  }

  private boolean membersAgree(JsonNode group, Set<String> open) {
    String type = text(group, DefinitionField.COHORT_TYPE);
    JsonNode parts = group.path(DefinitionField.COHORT_VALUES.word());
    if (!(type.equals("AND") || type.equals("OR")) || parts.isEmpty()) {
      return false;
    }
    boolean nested = parts.get(0).has(DefinitionField.COHORT_VALUES.word());
    for (JsonNode part : parts) {
      boolean agrees =
          part.has(DefinitionField.COHORT_VALUES.word()) == nested
              && (nested
                  ? membersAgree(part, open)
                  : text(part, DefinitionField.FILTER_TYPE).equals("cohort")
                      ? cohortAgrees(part, new HashSet<>(open))
                      : operatorAgrees(part));
      if (!agrees) {
        return false;
      }
    }
    return true;
  }

  private static boolean operatorAgrees(JsonNode filter) {
    JsonNode value = filter.path(DefinitionField.FILTER_VALUE.word());
    return switch (text(filter, DefinitionField.FILTER_OPERATOR)) {
      case "", "exact", "is_not" -> isComparedAlike(value);
      case "icontains",
          "not_icontains",
          "starts_with",
          "not_starts_with",
          "ends_with",
          "not_ends_with" ->
          !value.isContainerNode() && ASCII.matcher(value.asText()).matches();
      case "regex", "not_regex" -> isReadAlike(value.asText());
      case "semver_eq",
          "semver_neq",
          "semver_gt",
          "semver_gte",
          "semver_lt",
          "semver_lte",
          "semver_tilde",
          "semver_caret",
          "semver_wildcard" ->
          PLAIN_VERSION.matcher(value.asText()).matches();
      default -> true;
    };
  }

  /** What the service reads as false equals much that is not; a fraction has no one text. */
  private static boolean isComparedAlike(JsonNode value) {
    if (value.isArray()) {
      boolean alike = !value.isEmpty();
      for (JsonNode element : value) {
        alike &= !element.isContainerNode() && isComparedAlike(element);
      }
      return alike;
    }
    boolean no = value.asText().equalsIgnoreCase("false");
    return !no && !value.isObject() && !value.isFloatingPointNumber();
  }

  /** Whether a regular expression means the same in RE2, JavaScript and Java. */
  private static boolean isReadAlike(String regex) {
    if (DIFFERENT_IN_REGEX.stream().anyMatch(regex::contains)) {
      return false;
    }
    for (int i = 0; i < regex.length(); i++) {
      if (regex.charAt(i) == '\\') {
        i++;
        boolean letter = i < regex.length() && Character.isLetterOrDigit(regex.charAt(i));
        if (letter && COMMON_ESCAPES.indexOf(regex.charAt(i)) < 0) {
          return false;
        }
      } else if (regex.startsWith("(?", i) && !regex.startsWith("(?:", i)) {
        return false;
      }
    }
    return true;
  }

  private static String text(JsonNode json, DefinitionField field) {
    return json.path(field.word()).asText("");
  }

  private static boolean isEmpty(JsonNode json, DefinitionField field) {
    return json.path(field.word()).isEmpty();
  }
}

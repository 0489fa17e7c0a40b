// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.util.Locale;

/** Every field of a document of flags that is read; docs/feature-flags.md explains them. */
enum DefinitionField {
  FLAGS(Part.DOCUMENT, "flags", Format.BOTH),
  GROUP_TYPE_MAPPING(Part.DOCUMENT, "group_type_mapping", Format.BOTH),
  COHORTS(Part.DOCUMENT, "cohorts", Format.OFFICIAL),
  PROPERTY_MATCHING_VERSION(Part.DOCUMENT, "property_matching_version", Format.OFFICIAL),
  TIMEZONE(Part.DOCUMENT, "timezone", Format.OFFICIAL),
  DOCUMENT_BUCKETING(Part.DOCUMENT, "bucketing", Format.HOGFLARE),
  QUOTA_LIMITED(Part.DOCUMENT, "quota_limited", Format.BOTH),
  PROJECTS(Part.DOCUMENT, "projects", Format.BOTH),

  KEY(Part.FLAG, "key", Format.BOTH),
  ACTIVE(Part.FLAG, "active", Format.BOTH),
  ID(Part.FLAG, "id", Format.BOTH),
  VERSION(Part.FLAG, "version", Format.BOTH),
  DESCRIPTION(Part.FLAG, "description", Format.BOTH),
  TYPE(Part.FLAG, "type", Format.HOGFLARE),
  ROLLOUT(Part.FLAG, "rollout_percentage", Format.HOGFLARE),
  VARIANTS(Part.FLAG, "variants", Format.HOGFLARE),
  PAYLOAD(Part.FLAG, "payload", Format.HOGFLARE),
  VARIANT_PAYLOADS(Part.FLAG, "variant_payloads", Format.HOGFLARE),
  CONDITIONS(Part.FLAG, "conditions", Format.HOGFLARE),
  GROUP_TYPE(Part.FLAG, "group_type", Format.HOGFLARE),
  SALT(Part.FLAG, "salt", Format.HOGFLARE),
  BUCKETING(Part.FLAG, "bucketing", Format.HOGFLARE),
  EVALUATION_ENVIRONMENTS(Part.FLAG, "evaluation_environments", Format.BOTH),
  EVALUATION_CONTEXTS(Part.FLAG, "evaluation_contexts", Format.BOTH),
  EVALUATION_TAGS(Part.FLAG, "evaluation_tags", Format.OFFICIAL),
  EVALUATION_RUNTIME(Part.FLAG, "evaluation_runtime", Format.OFFICIAL),
  DELETED(Part.FLAG, "deleted", Format.OFFICIAL),
  CONTINUITY(Part.FLAG, "ensure_experience_continuity", Format.OFFICIAL),
  BUCKETING_IDENTIFIER(Part.FLAG, "bucketing_identifier", Format.OFFICIAL),
  HAS_EXPERIMENT(Part.FLAG, "has_experiment", Format.OFFICIAL),
  REMOTE_CONFIGURATION(Part.FLAG, "is_remote_configuration", Format.OFFICIAL),
  FILTERS(Part.FLAG, "filters", Format.OFFICIAL),

  GROUPS(Part.FILTERS, "groups", Format.OFFICIAL),
  MULTIVARIATE(Part.FILTERS, "multivariate", Format.OFFICIAL),
  MULTIVARIATE_VARIANTS(Part.FILTERS, "variants", Format.OFFICIAL),
  PAYLOADS(Part.FILTERS, "payloads", Format.OFFICIAL),
  AGGREGATION(Part.FILTERS, "aggregation_group_type_index", Format.OFFICIAL),
  ENROLLMENT(Part.FILTERS, "feature_enrollment", Format.OFFICIAL),
  SUPER_GROUPS(Part.FILTERS, "super_groups", Format.OFFICIAL),
  HOLDOUT(Part.FILTERS, "holdout", Format.OFFICIAL),
  HOLDOUT_GROUPS(Part.FILTERS, "holdout_groups", Format.OFFICIAL),
  EARLY_EXIT(Part.FILTERS, "early_exit", Format.OFFICIAL),

  CONDITION_PROPERTIES(Part.CONDITION, "properties", Format.BOTH),
  CONDITION_ROLLOUT(Part.CONDITION, "rollout_percentage", Format.BOTH),
  CONDITION_VARIANT(Part.CONDITION, "variant", Format.BOTH),
  CONDITION_VARIANTS(Part.CONDITION, "variants", Format.HOGFLARE),
  CONDITION_AGGREGATION(Part.CONDITION, "aggregation_group_type_index", Format.OFFICIAL),

  VARIANT_KEY(Part.VARIANT, "key", Format.BOTH),
  VARIANT_ROLLOUT(Part.VARIANT, "rollout_percentage", Format.BOTH),
  VARIANT_PAYLOAD(Part.VARIANT, "payload", Format.HOGFLARE),

  HOLDOUT_ID(Part.HOLDOUT, "id", Format.OFFICIAL),
  HOLDOUT_PERCENTAGE(Part.HOLDOUT, "exclusion_percentage", Format.OFFICIAL),

  FILTER_KEY(Part.FILTER, "key", Format.BOTH),
  FILTER_VALUE(Part.FILTER, "value", Format.BOTH),
  FILTER_OPERATOR(Part.FILTER, "operator", Format.BOTH),
  FILTER_OP(Part.FILTER, "op", Format.HOGFLARE),
  FILTER_TYPE(Part.FILTER, "type", Format.BOTH),
  FILTER_GROUP_TYPE(Part.FILTER, "group_type", Format.HOGFLARE),
  FILTER_GROUP_TYPE_INDEX(Part.FILTER, "group_type_index", Format.OFFICIAL),
  FILTER_NEGATION(Part.FILTER, "negation", Format.OFFICIAL),

  COHORT_TYPE(Part.COHORT, "type", Format.OFFICIAL),
  COHORT_VALUES(Part.COHORT, "values", Format.OFFICIAL);

  /** The part of a document in which a field stands. */
  enum Part {
    DOCUMENT,
    FLAG,
    FILTERS,
    CONDITION,
    VARIANT,
    HOLDOUT,
    FILTER,
    COHORT;

    /** Returns the name in the manual. */
    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The kinds of definition that have a field. */
  enum Format {
    HOGFLARE,
    OFFICIAL,
    BOTH
  }

  private final Part part;
  private final String word;
  private final Format format;

  DefinitionField(Part part, String word, Format format) {
    this.part = part;
    this.word = word;
    this.format = format;
  }

  Part part() {
    return part;
  }

  /** Returns the name in definitions. */
  String word() {
    return word;
  }

  Format format() {
    return format;
  }
}

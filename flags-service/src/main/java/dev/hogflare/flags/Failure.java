// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

/** Why a flag could not be computed, in the codes of PostHog's service where it has one. */
enum Failure {
  PERSON("database_unavailable", "The store of persons cannot be reached"),
  GROUP("database_unavailable", "The store of groups cannot be reached"),
  CONTINUITY("hash_key_override_error", "The store of hash key overrides cannot be reached"),
  DEFINITION("flag_data_parsing_error", "The definition of the flag has an error"),
  COHORT_MISSING("dependency_not_found_cohort", "Cohort dependency not found"),
  COHORT_CYCLE("dependency_cycle_cohort", "Cohort dependency cycle detected"),
  FLAG_CYCLE("dependency_cycle_flag", "Flag dependency cycle detected"),
  DEPENDENCY("dependency_failed_flag", "A flag that this one depends on could not be computed");

  private final String code;
  private final String description;

  Failure(String code, String description) {
    this.code = code;
    this.description = description;
  }

  String code() {
    return code;
  }

  String description() {
    return description;
  }
}

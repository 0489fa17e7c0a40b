// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** A flag that is computed as PostHog's service does: the first condition that includes the id. */
final class OfficialFlag extends CompiledFlag {
  private static final byte[] NO_SALT = {};
  private static final byte[] VARIANT_SALT = "variant".getBytes(StandardCharsets.UTF_8);
  private static final byte[] HOLDOUT_PREFIX = "holdout-".getBytes(StandardCharsets.UTF_8);
  private static final double NOT_HASHED = -1;

  /**
   * One condition.
   *
   * @param groupType the type of group that it is about, null if it is about the person
   * @param rollout the percentage
   * @param forced the place of the variant that it gives, -1 if the hash chooses
   */
  record Condition(Clause[] clauses, String groupType, double rollout, int forced) {}

  /**
   * A share of ids that never gets the flag.
   *
   * @param variant the variant that they get instead
   */
  record Holdout(double percentage, String variant) {}

  /**
   * The early access that a person may have chosen.
   *
   * @param property the property that says so
   * @param clauses what has to hold for yes; null if the property itself is yes or no
   */
  record Enrollment(String property, Clause[] clauses) {}

  /**
   * What a flag consists of beside its conditions.
   *
   * @param groupType the flag's own type of group, null if it is about persons
   * @param byDevice whether persons are told apart by device
   * @param continuity whether a person keeps its bucket when it becomes known
   * @param earlyExit whether a condition that matches but excludes ends the search
   * @param enrollment null if there is none
   * @param holdout null if there is none
   */
  record Settings(
      String groupType,
      boolean byDevice,
      boolean continuity,
      boolean earlyExit,
      Enrollment enrollment,
      Holdout holdout,
      List<Variant> variants,
      Map<String, FlagPayload> payloads) {}

  private final Settings settings;
  private final Condition[] conditions;
  private final byte[] prefix;
  private final FlagResult enrolled;
  private final FlagResult notEnrolled;
  private final FlagResult heldOut;
  private final FlagResult noGroupTypeAtAll;
  private final Outcomes[] outcomes;

  /** The results of one condition. */
  private record Outcomes(
      FlagResult[] variants,
      FlagResult on,
      FlagResult outOfRollout,
      FlagResult noMatch,
      FlagResult noMatchWithoutGroup,
      FlagResult noGroupType) {}

  OfficialFlag(
      FlagDefinition definition,
      Gate gate,
      int[] chain,
      Settings settings,
      List<Condition> conditions) {
    super(definition, gate, chain);
    this.settings = settings;
    this.conditions = conditions.toArray(Condition[]::new);
    prefix = (key() + ".").getBytes(StandardCharsets.UTF_8);
    OptionalInt first = OptionalInt.of(0);
    String enrollment = "Super condition value";
    enrolled = result(true, null, settings.payloads, "super_condition_value", first, enrollment);
    notEnrolled =
        result(false, null, settings.payloads, "super_condition_value", first, enrollment);
    heldOut =
        settings.holdout == null
            ? null
            : result(
                true,
                settings.holdout.variant,
                settings.payloads,
                "holdout_condition_value",
                OptionalInt.empty(),
                "Holdout condition value");
    noGroupTypeAtAll =
        result(
            false, null, settings.payloads, "no_group_type", OptionalInt.empty(), "No group type");
    outcomes = new Outcomes[this.conditions.length];
    for (int i = 0; i < outcomes.length; i++) {
      outcomes[i] = outcomes(i);
    }
    needs(collectNeeds());
  }

  private Outcomes outcomes(int i) {
    OptionalInt index = OptionalInt.of(i);
    String matched = "Matched condition set " + (i + 1);
    FlagResult[] variants = new FlagResult[settings.variants.size()];
    for (int v = 0; v < variants.length; v++) {
      String variant = settings.variants.get(v).key();
      variants[v] = result(true, variant, settings.payloads, "condition_match", index, matched);
    }
    return new Outcomes(
        variants,
        result(true, null, settings.payloads, "condition_match", index, matched),
        off("out_of_rollout_bound", index, "Out of rollout bound"),
        off("no_condition_match", index, "No matching condition set"),
        off(
            "no_condition_match",
            index,
            "No matching condition set (group conditions were not evaluated because no group type"
                + " was provided)"),
        off("no_group_type", index, "No group type"));
  }

  private FlagResult off(String code, OptionalInt index, String description) {
    return result(false, null, settings.payloads, code, index, description);
  }

  private FlagNeeds collectNeeds() {
    FlagNeeds.Collector needs = new FlagNeeds.Collector();
    if (settings.enrollment != null) {
      needs.person(settings.enrollment.property);
      if (settings.enrollment.clauses != null) {
        for (Clause clause : settings.enrollment.clauses) {
          clause.collect(needs);
        }
      }
    }
    for (Condition condition : conditions) {
      for (Clause clause : condition.clauses) {
        clause.collect(needs);
      }
      boolean hashed =
          condition.rollout < 100 || (!settings.variants.isEmpty() && condition.forced < 0);
      if (settings.continuity && !settings.byDevice && condition.groupType == null && hashed) {
        needs.continuity();
      }
    }
    return needs.needs();
  }

  @Override
  FlagResult compute(Evaluation evaluation, FlagTrace trace) {
    FlagResult decided = beforeConditions(evaluation, trace);
    if (decided != null) {
      return decided;
    }
    FlagResult best = noGroupTypeAtAll;
    int bestRank = Rank.NO_GROUP_TYPE;
    int bestIndex = -1;
    boolean groupSkipped = false;
    double personFraction = NOT_HASHED;
    for (int i = 0; i < conditions.length; i++) {
      Condition condition = conditions[i];
      Outcomes of = outcomes[i];
      byte[] groupKey = null;
      FlagResult miss = null;
      int rank = 0;
      if (condition.groupType != null) {
        groupKey = evaluation.groupKeyOrNull(condition.groupType);
        if (groupKey == null || groupKey.length == 0) {
          groupSkipped = true;
          miss = of.noGroupType;
          rank = Rank.NO_GROUP_TYPE;
          trace(trace, i, "The request names no group of the type ", condition.groupType);
        }
      } else if (settings.byDevice && evaluation.deviceIdOrNull() == null) {
        miss = of.outOfRollout;
        rank = Rank.OUT_OF_ROLLOUT;
        trace(trace, i, "The flag goes by device, and the request names none", "");
      }
      if (miss == null && !Clause.all(condition.clauses, evaluation, trace)) {
        if (evaluation.failure() != null) {
          trace(trace, i, evaluation.failure().description(), "");
          return failed(evaluation.failure());
        }
        miss = of.noMatch;
        rank = Rank.NO_MATCH;
        trace(trace, i, "A filter does not match", "");
      }
      if (miss == null) {
        byte[] id = null;
        if (condition.rollout < 100) {
          id = groupKey == null ? personId(evaluation) : groupKey;
          if (evaluation.failure() != null) {
            trace(trace, i, evaluation.failure().description(), "");
            return failed(evaluation.failure());
          }
          double fraction = groupKey == null ? personFraction : NOT_HASHED;
          if (fraction < 0) {
            fraction = fraction(evaluation, id, NO_SALT);
          }
          if (groupKey == null) {
            personFraction = fraction;
          }
          if (trace != null) {
            trace.bucket(id, fraction * 100, condition.rollout);
          }
          if (!(fraction <= condition.rollout / 100)) {
            miss = of.outOfRollout;
            rank = Rank.OUT_OF_ROLLOUT;
            trace(trace, i, "All filters match, but the id is outside the rollout", "");
            if (settings.earlyExit) {
              return miss;
            }
          }
        }
        if (miss == null) {
          return matched(evaluation, trace, i, groupKey, id);
        }
      }
      if (rank >= bestRank) {
        best = miss;
        bestRank = rank;
        bestIndex = i;
      }
    }
    return bestRank == Rank.NO_MATCH && groupSkipped
        ? outcomes[bestIndex].noMatchWithoutGroup
        : best;
  }

  private static void trace(FlagTrace trace, int condition, String sentence, String detail) {
    if (trace != null) {
      trace.condition(condition, false, sentence + detail + ".");
    }
  }

  /** The order of reasons for a flag that is off; PostHog reports the highest. */
  private static final class Rank {
    static final int NO_GROUP_TYPE = 1;
    static final int NO_MATCH = 2;
    static final int OUT_OF_ROLLOUT = 3;

    private Rank() {}
  }

  /** Returns what early access or the holdout decide, or null. */
  private FlagResult beforeConditions(Evaluation evaluation, FlagTrace trace) {
    if (settings.enrollment != null) {
      JsonNode chosen = evaluation.personProperty(settings.enrollment.property);
      if (evaluation.failure() != null) {
        return failed(evaluation.failure());
      }
      if (chosen != null) {
        boolean yes =
            settings.enrollment.clauses == null
                ? chosen.asText().equals("true") && (chosen.isTextual() || chosen.isBoolean())
                : Clause.all(settings.enrollment.clauses, evaluation, trace);
        if (evaluation.failure() != null) {
          return failed(evaluation.failure());
        }
        if (trace != null) {
          trace.filter(settings.enrollment.property, chosen, yes);
          trace.step("early access", true, "The person has chosen.");
        }
        return yes ? enrolled : notEnrolled;
      }
    }
    if (settings.holdout != null && settings.holdout.percentage > 0) {
      byte[] id = holdoutId(evaluation);
      double fraction = evaluation.sha1().fraction(HOLDOUT_PREFIX, id, NO_SALT);
      boolean out =
          settings.holdout.percentage >= 100 || fraction <= settings.holdout.percentage / 100;
      if (trace != null) {
        trace.bucket(id, fraction * 100, settings.holdout.percentage);
        trace.step("holdout", out, out ? "The id is held out." : "The id is not held out.");
      }
      return out ? heldOut : null;
    }
    return null;
  }

  /** Returns the id that the holdout hashes: never a stored one, and an absent group is empty. */
  private byte[] holdoutId(Evaluation evaluation) {
    if (settings.groupType != null) {
      byte[] key = evaluation.groupKeyOrNull(settings.groupType);
      return key == null ? NO_SALT : key;
    }
    byte[] device = settings.byDevice ? evaluation.deviceIdOrNull() : null;
    if (device != null) {
      return device;
    }
    return settings.continuity ? evaluation.anonymousElseDistinctId() : evaluation.distinctId();
  }

  private FlagResult matched(
      Evaluation evaluation, FlagTrace trace, int index, byte[] groupKey, byte[] hashedId) {
    Condition condition = conditions[index];
    int variant = condition.forced;
    if (variant < 0 && !settings.variants.isEmpty()) {
      byte[] id = hashedId;
      if (id == null) {
        id = groupKey == null ? personId(evaluation) : groupKey;
        if (evaluation.failure() != null) {
          return failed(evaluation.failure());
        }
      }
      double fraction = fraction(evaluation, id, VARIANT_SALT);
      variant = Variant.pick(settings.variants, fraction);
      if (trace != null) {
        trace.filter("variant", "bucket " + fraction * 100, variant >= 0);
      }
    }
    if (trace != null) {
      trace.condition(index, true, "All filters match, and the rollout includes the id.");
    }
    return variant < 0 ? outcomes[index].on : outcomes[index].variants[variant];
  }

  /** Returns where an id falls; an empty one falls on 0 and so passes every rollout. */
  private double fraction(Evaluation evaluation, byte[] id, byte[] salt) {
    return id.length == 0 ? 0 : evaluation.sha1().fraction(prefix, id, salt);
  }

  private byte[] personId(Evaluation evaluation) {
    if (settings.byDevice) {
      return evaluation.deviceIdOrNull();
    }
    return settings.continuity ? evaluation.continuousId(key()) : evaluation.distinctId();
  }
}

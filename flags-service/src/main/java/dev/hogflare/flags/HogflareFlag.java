// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * A flag that is computed as hogflare's documents say: the first condition that matches decides.
 */
final class HogflareFlag extends CompiledFlag {
  private static final byte[] VARIANT_SALT = "variant".getBytes(StandardCharsets.UTF_8);

  /** How an id becomes a bucket. */
  enum Bucketing {
    /** The published formula, whole numbers from 0 to 99, one for rollout and variant. */
    HOGFLARE,
    /** PostHog's formula, from 0 to 100, another one for the variant. */
    POSTHOG
  }

  /**
   * One condition; a flag without conditions has one without clauses.
   *
   * @param rollout the percentage, clamped
   * @param variants those to choose from
   * @param forced the variant that it gives, null if the bucket chooses; need not be one of the
   *     variants
   */
  record Condition(Clause[] clauses, double rollout, List<Variant> variants, String forced) {}

  /**
   * What a flag consists of beside its conditions.
   *
   * @param groupType the type of group that is hashed, null if it is the distinct id
   * @param salt what goes into the hash, empty for the default
   * @param conditional whether the flag has conditions at all
   * @param multivariate whether a forced variant counts although there are no variants
   */
  record Settings(
      String groupType,
      String salt,
      Bucketing bucketing,
      boolean conditional,
      boolean multivariate,
      Map<String, FlagPayload> payloads) {}

  private final Settings settings;
  private final Condition[] conditions;
  private final Outcomes[] outcomes;
  private final byte[] prefix;
  private final byte[] salt;
  private final FlagResult noMatch;

  /** The results of one condition. */
  private record Outcomes(
      FlagResult[] variants,
      FlagResult forced,
      FlagResult on,
      FlagResult outOfRollout,
      FlagResult noGroup) {}

  HogflareFlag(
      FlagDefinition definition, Gate gate, Settings settings, List<Condition> conditions) {
    super(definition, gate, new int[0]);
    this.settings = settings;
    this.conditions = conditions.toArray(Condition[]::new);
    if (settings.bucketing == Bucketing.POSTHOG) {
      prefix = (key() + ".").getBytes(StandardCharsets.UTF_8);
      salt = settings.salt.getBytes(StandardCharsets.UTF_8);
    } else {
      String name = settings.salt.isEmpty() ? key() : settings.salt;
      prefix = (name + ":").getBytes(StandardCharsets.UTF_8);
      salt = null;
    }
    noMatch = off("no_match", OptionalInt.empty(), "No matching condition set");
    outcomes = new Outcomes[this.conditions.length];
    for (int i = 0; i < outcomes.length; i++) {
      outcomes[i] = outcomes(i);
    }
    FlagNeeds.Collector needs = new FlagNeeds.Collector();
    for (Condition condition : conditions) {
      for (Clause clause : condition.clauses) {
        clause.collect(needs);
      }
    }
    needs(needs.needs());
  }

  private Outcomes outcomes(int i) {
    Condition condition = conditions[i];
    OptionalInt index = settings.conditional ? OptionalInt.of(i) : OptionalInt.empty();
    String matched =
        settings.conditional ? "Matched condition set " + (i + 1) : "Matched without conditions";
    FlagResult[] variants = new FlagResult[condition.variants.size()];
    for (int v = 0; v < variants.length; v++) {
      variants[v] =
          result(true, condition.variants.get(v).key(), settings.payloads, "match", index, matched);
    }
    return new Outcomes(
        variants,
        condition.forced == null
            ? null
            : result(true, condition.forced, settings.payloads, "match", index, matched),
        result(true, null, settings.payloads, "match", index, matched),
        off("out_of_rollout", index, "Out of rollout bound"),
        off("no_match", index, "The request names no group of the type " + settings.groupType));
  }

  private FlagResult off(String code, OptionalInt index, String description) {
    return result(false, null, settings.payloads, code, index, description);
  }

  @Override
  FlagResult compute(Evaluation evaluation, FlagTrace trace) {
    for (int i = 0; i < conditions.length; i++) {
      if (Clause.all(conditions[i].clauses, evaluation, trace)) {
        return decide(evaluation, trace, i);
      }
      if (evaluation.failure() != null) {
        if (trace != null) {
          trace.condition(i, false, evaluation.failure().description() + ".");
        }
        return failed(evaluation.failure());
      }
      if (trace != null) {
        trace.condition(i, false, "A filter does not match.");
      }
    }
    return noMatch;
  }

  private FlagResult decide(Evaluation evaluation, FlagTrace trace, int index) {
    Condition condition = conditions[index];
    Outcomes of = outcomes[index];
    byte[] id =
        settings.groupType == null
            ? evaluation.distinctId()
            : evaluation.groupKeyOrNull(settings.groupType);
    if (id == null) {
      end(trace, index, false, "The request names no group of the type " + settings.groupType);
      return of.noGroup;
    }
    boolean choosing = condition.forced == null && !condition.variants.isEmpty();
    boolean sameBucket = settings.bucketing == Bucketing.HOGFLARE;
    double bucket = 0;
    if (condition.rollout < 100 || (choosing && sameBucket) || trace != null) {
      bucket = bucket(evaluation, id);
      if (trace != null) {
        trace.bucket(id, bucket, condition.rollout);
      }
      // PostHog's formula can reach 100 exactly; a rollout of 100 includes everybody.
      if (condition.rollout < 100 && !(bucket < condition.rollout)) {
        end(trace, index, false, "All filters match, but the id is outside the rollout");
        return of.outOfRollout;
      }
    }
    end(trace, index, true, "All filters match, and the rollout includes the id");
    if (of.forced != null && (settings.multivariate || !condition.variants.isEmpty())) {
      return of.forced;
    }
    if (!choosing) {
      return of.on;
    }
    int variant =
        Variant.pick(
            condition.variants,
            sameBucket ? bucket : evaluation.sha1().fraction(prefix, id, VARIANT_SALT) * 100);
    return variant < 0 ? of.on : of.variants[variant];
  }

  private double bucket(Evaluation evaluation, byte[] id) {
    return settings.bucketing == Bucketing.HOGFLARE
        ? evaluation.sha1().bucket(prefix, id)
        : evaluation.sha1().fraction(prefix, id, salt) * 100;
  }

  private static void end(FlagTrace trace, int index, boolean matched, String sentence) {
    if (trace != null) {
      trace.condition(index, matched, sentence + ".");
    }
  }
}

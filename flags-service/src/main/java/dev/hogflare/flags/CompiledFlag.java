// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** A flag ready to be computed: an immutable object that all requests share. */
abstract class CompiledFlag {
  /** The name under which the payload of a flag without variant stands. */
  static final String PLAIN = "true";

  private static final String SURVEY_PREFIX = "survey-targeting-";

  private final FlagDefinition definition;
  private final Gate gate;
  private final int[] chain;
  private final FlagResult[] failures = new FlagResult[Failure.values().length];
  private FlagNeeds needs = FlagNeeds.NONE;

  /**
   * Which requests see a flag.
   *
   * @param contexts the contexts of which a request has to name one; empty means every request
   * @param runtime the only runtime that sees it, null if each does
   */
  record Gate(Set<String> contexts, RequestRuntime runtime) {
    static final Gate OPEN = new Gate(Set.of(), null);
  }

  CompiledFlag(FlagDefinition definition, Gate gate, int[] chain) {
    this.definition = definition;
    this.gate = gate;
    this.chain = chain;
    for (Failure failure : Failure.values()) {
      failures[failure.ordinal()] =
          new FlagResult(
              definition,
              false,
              null,
              null,
              new FlagReason(failure.code(), OptionalInt.empty(), failure.description()),
              true);
    }
  }

  /**
   * Computes the flag.
   *
   * @param trace takes the steps; null if nobody asks
   */
  abstract FlagResult compute(Evaluation evaluation, FlagTrace trace);

  /** Whether an answer lists the flag; dependants ask for it all the same. */
  boolean isAnswered() {
    return true;
  }

  /** Whether the flag fails for every request. */
  boolean isBroken() {
    return false;
  }

  final FlagDefinition definition() {
    return definition;
  }

  final String key() {
    return definition.key();
  }

  /** Returns the places of the flags that have to be computed before, in order. */
  final int[] chain() {
    return chain;
  }

  /** Returns what may have to be looked up for this flag, without its chain. */
  final FlagNeeds needs() {
    return needs;
  }

  final void needs(FlagNeeds collected) {
    needs = collected;
  }

  final FlagResult failed(Failure failure) {
    return failures[failure.ordinal()];
  }

  final FlagResult result(
      boolean enabled,
      String variant,
      Map<String, FlagPayload> payloads,
      String code,
      OptionalInt condition,
      String description) {
    FlagPayload payload = enabled ? payloads.get(variant == null ? PLAIN : variant) : null;
    return new FlagResult(
        definition, enabled, variant, payload, new FlagReason(code, condition, description), false);
  }

  /** Whether a request asks for this flag and may see it. */
  final boolean isSelectedBy(EvaluationRequest request) {
    boolean official = definition.format() == FlagDefinition.Format.OFFICIAL;
    Optional<Set<String>> keys = request.flagKeys();
    if (keys.isPresent() && !keys.get().contains(key()) && !(official && keys.get().isEmpty())) {
      return false;
    }
    if (request.surveyFlagsOnly() && !key().startsWith(SURVEY_PREFIX)) {
      return false;
    }
    return isAtRuntime(request.runtime()) && isInContext(request.evaluationContexts(), official);
  }

  private boolean isAtRuntime(RequestRuntime runtime) {
    return gate.runtime == null || runtime == RequestRuntime.ALL || runtime == gate.runtime;
  }

  private boolean isInContext(Optional<Set<String>> named, boolean official) {
    if (gate.contexts.isEmpty() || named.isEmpty()) {
      return true;
    }
    if (named.get().isEmpty()) {
      return official;
    }
    for (String context : named.get()) {
      if (gate.contexts.contains(context)) {
        return true;
      }
    }
    return false;
  }

  /** A flag that has the same result for everybody. */
  static final class Constant extends CompiledFlag {
    private final boolean answered;
    private final FlagResult result;
    private final String sentence;

    private Constant(
        FlagDefinition definition,
        Gate gate,
        boolean answered,
        Failure failure,
        String code,
        String description) {
      super(definition, gate, new int[0]);
      this.answered = answered;
      this.sentence = description + ".";
      this.result =
          failure == null
              ? result(false, null, Map.of(), code, OptionalInt.empty(), description)
              : failed(failure);
    }

    /** Returns a flag that cannot be computed. */
    static Constant failing(FlagDefinition definition, Gate gate, Failure failure) {
      return new Constant(definition, gate, true, failure, "", failure.description());
    }

    /** Returns a flag that is off. */
    static Constant off(
        FlagDefinition definition, Gate gate, boolean answered, String code, String description) {
      return new Constant(definition, gate, answered, null, code, description);
    }

    @Override
    boolean isAnswered() {
      return answered;
    }

    @Override
    boolean isBroken() {
      return result.failed();
    }

    @Override
    FlagResult compute(Evaluation evaluation, FlagTrace trace) {
      if (trace != null) {
        trace.step("definition", false, sentence);
      }
      return result;
    }
  }

  /**
   * A variant and where it begins to be beyond reach.
   *
   * @param upTo the running sum of percentages, in the scale of the buckets
   */
  record Variant(String key, double upTo) {
    /** Returns the place of the first variant that reaches beyond a bucket, or -1. */
    static int pick(List<Variant> variants, double bucket) {
      for (int i = 0; i < variants.size(); i++) {
        if (bucket < variants.get(i).upTo) {
          return i;
        }
      }
      return -1;
    }
  }
}

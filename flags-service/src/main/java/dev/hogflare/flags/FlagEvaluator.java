// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Computes flags: a pure function of the definitions, the request and the stored state.
 *
 * <p>Has no state of its own; one serves every thread.
 */
public final class FlagEvaluator {
  /** Creates an evaluator. */
  public FlagEvaluator() {}

  /** Returns what has to be looked up so that every flag of this request can be decided. */
  public StateNeeds needs(FlagSet flags, EvaluationRequest request) {
    CompiledFlag[] compiled = flags.project(request.token()).compiled();
    boolean person = false;
    Set<String> groups = new TreeSet<>();
    Set<String> continuity = new TreeSet<>();
    for (CompiledFlag flag : compiled) {
      if (!flag.isAnswered() || !flag.isSelectedBy(request)) {
        continue;
      }
      person |= add(flag, request, person, groups, continuity);
      for (int before : flag.chain()) {
        person |= add(compiled[before], request, person, groups, continuity);
      }
    }
    return person || !groups.isEmpty() || !continuity.isEmpty()
        ? new StateNeeds(person, groups, continuity)
        : StateNeeds.NONE;
  }

  private static boolean add(
      CompiledFlag flag,
      EvaluationRequest request,
      boolean personKnownToBeNeeded,
      Set<String> groups,
      Set<String> continuity) {
    FlagNeeds needs = flag.needs();
    needs.addGroups(request, groups);
    if (needs.continuity()) {
      continuity.add(flag.key());
    }
    return !personKnownToBeNeeded && needs.needsPerson(request);
  }

  /** Returns the flags of a request; never fails as a whole. */
  public Evaluations evaluate(FlagSet flags, EvaluationRequest request, StateSource state) {
    CompiledFlag[] compiled = flags.project(request.token()).compiled();
    Evaluation evaluation = new Evaluation(compiled, request, state);
    List<FlagResult> results = new ArrayList<>(compiled.length);
    boolean errors = false;
    for (int i = 0; i < compiled.length; i++) {
      if (compiled[i].isAnswered() && compiled[i].isSelectedBy(request)) {
        FlagResult result = evaluation.result(i);
        errors |= result.failed();
        results.add(result);
      }
    }
    return new Evaluations(results, errors);
  }

  /**
   * Returns how one flag comes to its value, or nothing if the project has no such flag.
   *
   * <p>Also explains a flag that the request may not see.
   */
  public Optional<FlagExplanation> explain(
      FlagSet flags, EvaluationRequest request, StateSource state, String flagKey) {
    CompiledFlag[] compiled = flags.project(request.token()).compiled();
    for (int i = 0; i < compiled.length; i++) {
      if (compiled[i].key().equals(flagKey)) {
        FlagTrace trace = new FlagTrace();
        FlagResult result = new Evaluation(compiled, request, state).explain(i, trace);
        return Optional.of(trace.explanation(result));
      }
    }
    return Optional.empty();
  }
}

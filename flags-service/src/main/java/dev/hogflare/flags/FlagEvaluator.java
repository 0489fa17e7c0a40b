// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.util.Optional;

/** Computes flags: a pure function of the definitions, the request and the stored state. */
interface FlagEvaluator {
  /** Returns what has to be looked up so that every flag of this request can be decided. */
  StateNeeds needs(FlagSet flags, EvaluationRequest request);

  /** Returns the flags of a request; never fails as a whole. */
  Evaluations evaluate(FlagSet flags, EvaluationRequest request, StateSource state);

  /** Returns how one flag comes to its value, or nothing if the project has no such flag. */
  Optional<FlagExplanation> explain(
      FlagSet flags, EvaluationRequest request, StateSource state, String flagKey);
}

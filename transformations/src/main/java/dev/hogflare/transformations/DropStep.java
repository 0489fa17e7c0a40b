// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import java.util.Set;

/**
 * Drops events.
 *
 * @param events the names of those that are dropped; empty drops every one that the step's
 *     condition lets through
 */
record DropStep(Set<String> events) implements Step {
  @Override
  public void apply(Draft draft) {
    if (events.isEmpty() || events.contains(draft.event())) {
      draft.drop();
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.util.Set;

/**
 * The stored state without which a request's flags cannot all be decided.
 *
 * @param person whether the person has to be looked up
 * @param groups the group types, by name, whose group has to be looked up; the request names a key
 *     for each
 * @param continuityFlags the keys of flags whose stored ids decide; with an anonymous id in the
 *     request, these are also the flags for which it is to be stored if they have none yet
 */
public record StateNeeds(boolean person, Set<String> groups, Set<String> continuityFlags) {
  /** Nothing is needed. */
  public static final StateNeeds NONE = new StateNeeds(false, Set.of(), Set.of());

  /** Whether everything can be decided from the request alone. */
  public boolean isNothing() {
    return !person && groups.isEmpty() && continuityFlags.isEmpty();
  }
}

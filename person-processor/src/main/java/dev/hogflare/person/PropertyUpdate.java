// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * What one event says about the properties of its person.
 *
 * @param set values that overwrite
 * @param setOnce values for properties that have none yet
 * @param unset names whose values go
 */
record PropertyUpdate(Map<String, byte[]> set, Map<String, byte[]> setOnce, Set<String> unset) {
  /** Nothing. */
  static final PropertyUpdate NONE = new PropertyUpdate(Map.of(), Map.of(), Set.of());

  /** Returns what is left of the update when it may only unset, and only the given names. */
  PropertyUpdate unsetOnly(Set<String> names) {
    Set<String> left = new LinkedHashSet<>(unset);
    left.retainAll(names);
    return new PropertyUpdate(Map.of(), Map.of(), left);
  }

  /** Whether the event says nothing. */
  boolean isEmpty() {
    return set.isEmpty() && setOnce.isEmpty() && unset.isEmpty();
  }
}

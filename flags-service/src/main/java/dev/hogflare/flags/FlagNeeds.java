// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The stored state that may decide on one flag, told from its definition.
 *
 * @param person the person's properties
 * @param personItself whether the person's own record decides
 * @param groups group type to the group's properties
 * @param continuity whether a stored hash key decides
 */
record FlagNeeds(
    List<String> person,
    boolean personItself,
    Map<String, List<String>> groups,
    boolean continuity) {
  /** Nothing. */
  static final FlagNeeds NONE = new FlagNeeds(List.of(), false, Map.of(), false);

  /** Gathers the needs of one flag. */
  static final class Collector {
    private final Set<String> person = new TreeSet<>();
    private final Map<String, Set<String>> groups = new HashMap<>();
    private boolean personItself;
    private boolean continuity;

    void person(String property) {
      // The request always gives this one.
      if (!property.equals("distinct_id")) {
        person.add(property);
      }
    }

    void personItself() {
      personItself = true;
    }

    void group(String type, String property) {
      if (!property.equals("$group_key")) {
        groups.computeIfAbsent(type, t -> new TreeSet<>()).add(property);
      }
    }

    void continuity() {
      continuity = true;
    }

    FlagNeeds needs() {
      Map<String, List<String>> byType = new HashMap<>();
      groups.forEach((type, properties) -> byType.put(type, List.copyOf(properties)));
      return new FlagNeeds(List.copyOf(person), personItself, Map.copyOf(byType), continuity);
    }
  }

  /** Whether the request leaves something about the person to the store. */
  boolean needsPerson(EvaluationRequest request) {
    if (request.storedPersonIgnored()) {
      return false;
    }
    if (personItself) {
      return true;
    }
    for (String property : person) {
      if (!request.personProperties().containsKey(property)) {
        return true;
      }
    }
    return false;
  }

  /** Adds the groups of which the request leaves something to the store. */
  void addGroups(EvaluationRequest request, Set<String> out) {
    groups.forEach(
        (type, properties) -> {
          String key = request.groups().get(type);
          if (key != null
              && !key.isEmpty()
              && !request
                  .groupProperties()
                  .getOrDefault(type, Map.of())
                  .keySet()
                  .containsAll(properties)) {
            out.add(type);
          }
        });
  }
}

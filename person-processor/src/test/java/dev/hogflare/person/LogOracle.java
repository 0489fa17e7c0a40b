// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Says which persons a log with claims makes, from the order of its records alone.
 *
 * <p>There are no partitions, mail or time in it: every answer comes from the records of one
 * distinct id in their order, and the persons are what the granted pairs connect.
 */
final class LogOracle {
  private static final String ITSELF = "";

  private final Map<String, String> firsts = new HashMap<>();
  private final Set<String> claimed = new HashSet<>();
  private final Map<String, Integer> yieldsUntil = new HashMap<>();
  private final List<World.Entry> events = new ArrayList<>();
  private final Set<String> seen = new HashSet<>();
  private final List<Asked> asked = new ArrayList<>();

  private record Asked(String id, String other, boolean newcomer, boolean dangerous) {}

  /**
   * A person as the log makes it.
   *
   * @param origin the id that gives the UUID
   * @param set the values of {@code $set}
   * @param once the values of {@code $set_once}
   */
  record Expected(String origin, Map<String, Integer> set, Map<String, Integer> once) {}

  /** Notes that the claim of an event was written. */
  void claimed(World.Entry entry) {
    claimed.add(entry.other());
    if (firsts.putIfAbsent(entry.other(), entry.id()) == null) {
      yieldsUntil.put(entry.other(), events.size());
    }
  }

  /** Notes that an event was written. */
  void written(World.Entry entry) {
    events.add(entry);
    String id = entry.id();
    boolean known = !seen.add(id) || claimed.contains(id);
    if (entry.other() != null && !entry.other().equals(id)) {
      firsts.putIfAbsent(id, ITSELF);
      asked.add(new Asked(id, entry.other(), !known, entry.json().contains("$merge_dangerously")));
    }
  }

  /** Returns the persons by their ids. */
  Map<Set<String>, Expected> persons() {
    Map<String, Set<String>> groups = new HashMap<>();
    seen.forEach(id -> groups.put(id, new TreeSet<>(Set.of(id))));
    for (Asked a : asked) {
      if (a.newcomer() || a.dangerous() || a.id().equals(firsts.get(a.other()))) {
        Set<String> one = groups.get(a.id());
        one.addAll(groups.getOrDefault(a.other(), Set.of(a.other())));
        one.forEach(id -> groups.put(id, one));
      }
    }
    Map<Set<String>, Expected> persons = new HashMap<>();
    for (Set<String> group : groups.values()) {
      String name = group.iterator().next();
      for (int i = asked.size() - 1; i >= 0; i--) {
        Asked a = asked.get(i);
        if (group.contains(a.id())) {
          name = a.newcomer() ? a.other() : a.id();
        }
      }
      persons.put(Set.copyOf(group), new Expected(name, set(group), once(group)));
    }
    return persons;
  }

  private Map<String, Integer> set(Set<String> group) {
    Map<String, Integer> yielding = new HashMap<>();
    Map<String, Integer> lasting = new HashMap<>();
    for (int i = 0; i < events.size(); i++) {
      World.Entry event = events.get(i);
      if (group.contains(event.id())) {
        (i < yieldsUntil.getOrDefault(event.id(), 0) ? yielding : lasting)
            .putAll(values(event, "$set"));
      }
    }
    yielding.putAll(lasting);
    return yielding;
  }

  private Map<String, Integer> once(Set<String> group) {
    Map<String, Integer> once = new HashMap<>();
    for (World.Entry event : events) {
      if (group.contains(event.id())) {
        values(event, "$set_once").forEach(once::putIfAbsent);
      }
    }
    return once;
  }

  private static Map<String, Integer> values(World.Entry event, String field) {
    return values(Json.tree(event.json()).path("properties").path(field));
  }

  /** Returns the members of an object of numbers. */
  static Map<String, Integer> values(JsonNode object) {
    Map<String, Integer> values = new HashMap<>();
    object.properties().forEach(member -> values.put(member.getKey(), member.getValue().asInt()));
    return values;
  }
}

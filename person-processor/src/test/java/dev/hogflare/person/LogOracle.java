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
 * distinct id in their order, and the persons are what the granted pairs connect. A deletion ends a
 * life of a distinct id, and what comes behind it belongs to the next.
 */
final class LogOracle {
  private static final String ITSELF = "";

  private final Map<String, String> firsts = new HashMap<>();
  private final Set<String> claimed = new HashSet<>();
  private final Map<String, Integer> yieldsUntil = new HashMap<>();
  private final List<Written> events = new ArrayList<>();
  private final Set<String> seen = new HashSet<>();
  private final List<Asked> asked = new ArrayList<>();
  private final Map<String, Integer> lives = new HashMap<>();

  /** The lives that claims are on, by the number of the event that they were made for. */
  private final Map<Integer, String> claims = new HashMap<>();

  private record Written(String id, World.Entry entry) {}

  private record Asked(String id, String other, boolean newcomer, boolean dangerous) {}

  private record Value(String by, int number) {}

  /**
   * A person as the log makes it.
   *
   * @param origin the id that gives the UUID
   * @param set the values of {@code $set}
   * @param once the values of {@code $set_once}
   */
  record Expected(String origin, Map<String, Integer> set, Map<String, Integer> once) {}

  /** Returns the present life of a distinct id. */
  private String name(String id) {
    return Actor.name(id, lives.getOrDefault(id, 0));
  }

  private boolean isDeleted(String name) {
    return !name.equals(name(Actor.id(name)));
  }

  /** Notes that the claim of an event was written. */
  void claimed(World.Entry entry) {
    String other = name(entry.other());
    claims.put(entry.number(), other);
    claimed.add(other);
    if (firsts.putIfAbsent(other, entry.id()) == null) {
      yieldsUntil.put(other, events.size());
    }
  }

  /** Notes that an event was written, and returns whose it is. */
  String written(World.Entry entry) {
    String id = name(entry.id());
    events.add(new Written(id, entry));
    boolean known = !seen.add(id) || claimed.contains(id);
    if (entry.other() != null && !entry.other().equals(entry.id())) {
      firsts.putIfAbsent(id, ITSELF);
      String other = claims.get(entry.number());
      asked.add(new Asked(id, other, !known, entry.json().contains("$merge_dangerously")));
    }
    return id;
  }

  /** Notes that a deletion was written. */
  void deleted(String id) {
    lives.merge(id, 1, Integer::sum);
  }

  /**
   * Returns the distinct ids of the person of one, and that one, whether it has a person or not.
   */
  Set<String> personOf(String id) {
    Set<String> ids = new TreeSet<>(Set.of(id));
    for (Set<String> group : Set.copyOf(groups().values())) {
      if (group.contains(name(id))) {
        group.stream().filter(name -> !isDeleted(name)).map(Actor::id).forEach(ids::add);
      }
    }
    return ids;
  }

  private Map<String, Set<String>> groups() {
    Map<String, Set<String>> groups = new HashMap<>();
    seen.forEach(id -> groups.put(id, new TreeSet<>(Set.of(id))));
    for (Asked a : asked) {
      if (a.newcomer() || a.dangerous() || Actor.id(a.id()).equals(firsts.get(a.other()))) {
        Set<String> one = groups.get(a.id());
        one.addAll(groups.getOrDefault(a.other(), Set.of(a.other())));
        one.forEach(id -> groups.put(id, one));
      }
    }
    return groups;
  }

  /** Returns the persons that were not deleted, by their distinct ids. */
  Map<Set<String>, Expected> persons() {
    Map<Set<String>, Expected> persons = new HashMap<>();
    for (Set<String> group : groups().values()) {
      Set<String> living = new TreeSet<>();
      group.stream().filter(name -> !isDeleted(name)).map(Actor::id).forEach(living::add);
      if (living.isEmpty()) {
        continue;
      }
      String name = group.iterator().next();
      for (int i = asked.size() - 1; i >= 0; i--) {
        Asked a = asked.get(i);
        if (group.contains(a.id())) {
          name = a.newcomer() ? a.other() : a.id();
        }
      }
      persons.put(Set.copyOf(living), new Expected(name, set(group), once(group)));
    }
    return persons;
  }

  private Map<String, Integer> set(Set<String> group) {
    Map<String, Value> yielding = new HashMap<>();
    Map<String, Value> lasting = new HashMap<>();
    for (int i = 0; i < events.size(); i++) {
      Written event = events.get(i);
      if (group.contains(event.id())) {
        (i < yieldsUntil.getOrDefault(event.id(), 0) ? yielding : lasting)
            .putAll(values(event, "$set"));
      }
    }
    yielding.putAll(lasting);
    return left(yielding);
  }

  private Map<String, Integer> once(Set<String> group) {
    Map<String, Value> once = new HashMap<>();
    for (Written event : events) {
      if (group.contains(event.id())) {
        values(event, "$set_once").forEach(once::putIfAbsent);
      }
    }
    return left(once);
  }

  /** Returns what was not written by a life that is over; what that has overwritten is gone. */
  private Map<String, Integer> left(Map<String, Value> values) {
    Map<String, Integer> left = new HashMap<>();
    values.forEach(
        (name, value) -> {
          if (!isDeleted(value.by())) {
            left.put(name, value.number());
          }
        });
    return left;
  }

  private static Map<String, Value> values(Written event, String field) {
    Map<String, Value> values = new HashMap<>();
    values(Json.tree(event.entry().json()).path("properties").path(field))
        .forEach((name, number) -> values.put(name, new Value(event.id(), number)));
    return values;
  }

  /** Returns the members of an object of numbers. */
  static Map<String, Integer> values(JsonNode object) {
    Map<String, Integer> values = new HashMap<>();
    object.properties().forEach(member -> values.put(member.getKey(), member.getValue().asInt()));
    return values;
  }
}

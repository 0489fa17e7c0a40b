// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests.oracle;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.Stamp;
import dev.hogflare.contract.Uuids;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which ids of a project are one person, and which of the persons that were united gave way to
 * which.
 *
 * <p>A person begins with a distinct id, its origin. An id whose first event unites it with another
 * one has no person of its own: it shares that of the other one. All other merges unite two
 * persons, of which one gives way.
 */
final class Merges {
  /** That a person gave way at a place of history. */
  private record GaveWay(String to, Stamp at) {}

  /** One merge that unites two persons. */
  private record Union(Event event, String one, String other) {}

  private final String token;
  private final Map<String, Event> firsts = new HashMap<>();
  private final Map<String, String> origins = new TreeMap<>();
  private final Map<String, Stamp> identified = new HashMap<>();
  private final Map<String, Stamp> created = new HashMap<>();
  private final Map<String, GaveWay> gaveWay = new HashMap<>();

  /**
   * Works the merges out.
   *
   * @param writing the events of a project that write persons, those of one partition in order
   */
  Merges(String token, List<Event> writing) {
    this.token = token;
    Set<String> ids = new HashSet<>();
    for (Event event : writing) {
      firsts.putIfAbsent(event.id(), event);
      ids.add(event.id());
      if (event.otherOrNull() != null) {
        ids.add(event.otherOrNull());
      }
    }
    ids.forEach(id -> origins.put(id, originOf(id)));
    List<Event> history = new ArrayList<>(writing);
    history.sort(Comparator.comparing(Event::stamp));
    List<Union> unions = new ArrayList<>();
    for (Event event : history) {
      String origin = origins.get(event.id());
      created.putIfAbsent(origin, event.stamp());
      String other = event.otherOrNull();
      if (other != null) {
        identified.putIfAbsent(origin, event.stamp());
        created.putIfAbsent(origins.get(other), event.stamp());
        if (firsts.get(event.id()) != event) {
          unions.add(new Union(event, origin, origins.get(other)));
        }
      }
    }
    unions.forEach(this::unite);
  }

  private String originOf(String id) {
    Set<String> way = new HashSet<>();
    String at = id;
    while (way.add(at)) {
      Event first = firsts.get(at);
      if (first == null || first.otherOrNull() == null) {
        return at;
      }
      at = first.otherOrNull();
    }
    throw new AssertionError("The oracle does not know rings of newcomers such as that of " + id);
  }

  private void unite(Union union) {
    String one = survivor(union.one());
    String other = survivor(union.other());
    if (one.equals(other)) {
      return;
    }
    if (identified.containsKey(other)) {
      throw new AssertionError("The oracle does not know this conflict: " + union.event());
    }
    gaveWay.put(other, new GaveWay(one, union.event().stamp()));
    Stamp earlier = Stamp.earlier(created.get(one), created.get(other));
    created.put(one, earlier);
  }

  private String survivor(String origin) {
    String at = origin;
    while (gaveWay.containsKey(at)) {
      at = gaveWay.get(at).to();
    }
    return at;
  }

  /** Returns all ids. */
  Set<String> ids() {
    return origins.keySet();
  }

  /** Returns the origin of the person that an id belongs to in the end. */
  String personOf(String id) {
    return survivor(origins.get(id));
  }

  /** Returns how often what an id said at a place of history lost its place since. */
  int demotions(String id, Stamp stamp) {
    int count = 0;
    for (GaveWay step = gaveWay.get(origins.get(id)); step != null; step = gaveWay.get(step.to())) {
      if (stamp.isBefore(step.at())) {
        count++;
      }
    }
    return count;
  }

  /** Returns the UUID of the person with an origin. */
  String uuid(String origin) {
    return Uuids.person(new ActorKey(token, origin)).toString();
  }
}

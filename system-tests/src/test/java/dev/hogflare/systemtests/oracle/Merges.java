// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests.oracle;

import dev.hogflare.contract.Stamp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which ids of a project are one person: what the granted merges connect.
 *
 * <p>Every decision follows from the log of one id. The first of its own merging events and the
 * claims on it says whose guarded merges with it are granted; those of newcomers and dangerous ones
 * always are. All ids are lives of distinct ids.
 */
final class Merges {
  /** Stands for an id that claimed another one before anybody claimed it. */
  private static final String ITSELF = "\0";

  private record Asked(Event event, boolean newcomer) {}

  private final String token;
  private final Map<String, String> claimants = new HashMap<>();
  private final Map<String, Stamp> claimedAt = new HashMap<>();
  private final Set<String> known = new HashSet<>();
  private final Map<String, Set<String>> persons = new TreeMap<>();
  private final Map<Set<String>, Asked> earliest = new HashMap<>();

  /**
   * Works the merges out.
   *
   * @param log the claims of a project and its events that write persons, those of one partition in
   *     order
   */
  Merges(String token, List<Entry> log) {
    this.token = token;
    List<Asked> asked = new ArrayList<>();
    for (Entry entry : log) {
      switch (entry) {
        case Entry.Claim claim -> {
          known.add(claim.id());
          if (claimants.putIfAbsent(claim.id(), claim.claimant()) == null) {
            claimedAt.put(claim.id(), claim.stamp());
          }
        }
        case Event event -> {
          boolean newcomer = known.add(event.who());
          alone(event.who());
          if (event.otherOrNull() != null) {
            claimants.putIfAbsent(event.who(), ITSELF);
            asked.add(new Asked(event, newcomer));
          }
        }
      }
    }
    for (Asked one : asked) {
      Event event = one.event();
      if (one.newcomer()
          || event.isDangerous()
          || event.id().equals(claimants.get(event.askedOrNull()))) {
        unite(event.who(), event.askedOrNull());
      }
    }
    for (Asked one : asked) {
      earliest.merge(
          persons.get(one.event().who()),
          one,
          (a, b) -> a.event().stamp().isBefore(b.event().stamp()) ? a : b);
    }
  }

  private Set<String> alone(String id) {
    return persons.computeIfAbsent(id, i -> new TreeSet<>(Set.of(i)));
  }

  private void unite(String id, String other) {
    Set<String> one = alone(id);
    Set<String> two = alone(other);
    if (!one.equals(two)) {
      one.addAll(two);
      two.forEach(each -> persons.put(each, one));
    }
  }

  /** Returns the ids of the person that an id belongs to. */
  Set<String> personOf(String id) {
    return persons.get(id);
  }

  /** Returns the id that gives a person its UUID. */
  String origin(Set<String> person) {
    Asked first = earliest.get(person);
    if (first == null) {
      return person.iterator().next();
    }
    return first.newcomer() ? first.event().askedOrNull() : first.event().who();
  }

  /** Returns the event that made a person a known one, or null. */
  Event identifiedOrNull(Set<String> person) {
    Asked first = earliest.get(person);
    return first == null ? null : first.event();
  }

  /** Returns how often what an id said at a place of history lost its place since. */
  int demotions(String id, Stamp stamp) {
    Stamp claimed = claimedAt.get(id);
    return claimed != null && stamp.isBefore(claimed) ? 1 : 0;
  }

  /** Returns the UUID of the person with an origin. */
  String uuid(String origin) {
    return Lives.uuid(token, origin);
  }
}

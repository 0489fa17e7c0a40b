// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.Stamp;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/**
 * A person: the ids and properties that were united, and what of its history every rebuild gives
 * again.
 *
 * <p>Its ids are lives of distinct ids, by {@link Actor#name}. One that was deleted stays in the
 * list as long as the person, because it may have brought others along; what it wrote is erased. A
 * person of whose ids none is left is deleted.
 *
 * <p>Changed in place by the thread that holds its actor; whoever sends it away gives it up.
 */
final class Person {
  /** The most distinct ids with which a person still asks for or takes in another one. */
  static final int MAX_IDS = 10_000;

  /** The most characters of distinct ids, likewise. */
  private static final int MAX_IDS_LENGTH = 500_000;

  private static final int PARTITIONS_IN_INT_ID = 4_096;

  /**
   * The earliest identify or alias: what makes a person a known one, and names it.
   *
   * @param stamp its place in history
   * @param id its id
   * @param origin the id that gives the UUID: the other one if the event's own was a newcomer then,
   *     else its own
   * @param uuid the UUID
   */
  record Canonical(Stamp stamp, String id, String origin, UUID uuid) {
    Canonical earlier(Canonical other) {
      return other == null || stamp.compareTo(other.stamp) <= 0 ? this : other;
    }
  }

  /** Stands for the first event of an id that has had none. */
  private static final Stamp NO_EVENT = new Stamp(Long.MAX_VALUE, 0, 0);

  private final UUID birthUuid;
  private final String birthId;
  private final TreeMap<String, Stamp> firstEvents;
  private final TreeSet<String> deleted;
  private final PersonProperties properties;
  private int idsLength;
  private Stamp created;
  private long createdAt;
  private Canonical canonical;
  private long version;

  /**
   * Creates a person as it was stored.
   *
   * @param firstEvents its ids, each with the stamp of its first event or null
   * @param deleted those of them that were deleted
   */
  Person(
      UUID birthUuid,
      String birthId,
      Stamp created,
      long createdAt,
      Canonical canonical,
      long version,
      Map<String, Stamp> firstEvents,
      Set<String> deleted,
      PersonProperties properties) {
    this.birthUuid = birthUuid;
    this.birthId = birthId;
    this.created = created;
    this.createdAt = createdAt;
    this.canonical = canonical;
    this.version = version;
    this.firstEvents = new TreeMap<>();
    this.deleted = new TreeSet<>(deleted);
    this.properties = properties;
    firstEvents.forEach(
        (id, stamp) -> {
          this.firstEvents.put(id, stamp == null ? NO_EVENT : stamp);
          idsLength += id.length();
        });
  }

  /** Returns a new person that has its UUID from an id. */
  static Person born(Actor actor, Stamp stamp, long arrivedAt) {
    Person person =
        new Person(
            actor.uuid(),
            actor.name(),
            stamp,
            arrivedAt,
            null,
            0,
            Map.of(),
            Set.of(),
            new PersonProperties());
    person.firstEvents.put(actor.name(), NO_EVENT);
    person.idsLength = actor.name().length();
    return person;
  }

  /** Returns the UUID: that of {@link #origin}. */
  UUID uuid() {
    return canonical == null ? birthUuid : canonical.uuid();
  }

  /**
   * Returns the id that gives the UUID: the one that the earliest identify or alias names; until
   * there is one, the one that the person was born with.
   */
  String origin() {
    return canonical == null ? birthId : canonical.origin();
  }

  /** Returns the UUID that the person was born with, which never changes. */
  UUID birthUuid() {
    return birthUuid;
  }

  /** Returns the id that the person was born with. */
  String birthId() {
    return birthId;
  }

  /** Returns the earliest event's place in history. */
  Stamp created() {
    return created;
  }

  /** Returns the earliest event's arrival in microseconds since the epoch. */
  long createdAt() {
    return createdAt;
  }

  /** Whether an identify or alias made this a known user. */
  boolean identified() {
    return canonical != null;
  }

  /** Returns the number: rising, unique, the same after a rebuild. */
  long intId() {
    Stamp stamp = numberedBy();
    return stamp.offset() * PARTITIONS_IN_INT_ID + stamp.partition();
  }

  /**
   * Returns where the number comes from: the first event of the id that gives the UUID; until there
   * is one, the event that made the person a known one, or its first one.
   */
  Stamp numberedBy() {
    Stamp first = firstEvents.getOrDefault(origin(), NO_EVENT);
    if (!first.equals(NO_EVENT)) {
      return first;
    }
    return canonical == null ? created : canonical.stamp();
  }

  /** Returns the earliest identify or alias, or null. */
  Canonical canonicalOrNull() {
    return canonical;
  }

  /**
   * Returns the distinct id by which the person is best known: that of the earliest identify or
   * alias, else the one that the person was born with; if that was deleted, the first one that was
   * not; empty if there is none.
   */
  String canonicalId() {
    String id = canonical == null ? birthId : canonical.id();
    if (!deleted.contains(id)) {
      return Actor.id(id);
    }
    return distinctIds().stream().findFirst().orElse("");
  }

  /** Returns the number of updates applied. */
  long version() {
    return version;
  }

  /** Returns all ids, deleted ones as well, in their natural order. */
  Set<String> ids() {
    return firstEvents.keySet();
  }

  /** Returns the distinct ids of those that were not deleted, in their natural order. */
  List<String> distinctIds() {
    List<String> ids = new ArrayList<>(firstEvents.size());
    String last = null;
    for (String name : firstEvents.keySet()) {
      // The lives of a distinct id stand side by side.
      if (deleted.isEmpty() || !deleted.contains(name)) {
        String id = Actor.id(name);
        if (!id.equals(last)) {
          ids.add(id);
          last = id;
        }
      }
    }
    return ids;
  }

  /** Whether an id was deleted. */
  boolean isDeleted(String id) {
    return deleted.contains(id);
  }

  /** Whether all ids were deleted, and so the person. */
  boolean isDeleted() {
    return deleted.size() == firstEvents.size();
  }

  /** Returns the latest life of a distinct id that is one of the person's ids, or -1. */
  int lifeOf(String distinctId) {
    int latest = -1;
    for (String name : firstEvents.subMap(distinctId, distinctId + '\1').keySet()) {
      latest = Math.max(latest, Actor.life(name));
    }
    return latest;
  }

  /**
   * Deletes one of the person's ids with all that it wrote. Returns whether that changed anything:
   * an id that was deleted before has nothing left, and one that is not listed may have written
   * nothing.
   */
  boolean delete(String id) {
    boolean unlisted = !firstEvents.containsKey(id);
    if (unlisted ? !properties.wrote(id) : !deleted.add(id)) {
      return false;
    }
    properties.erase(id);
    version++;
    return true;
  }

  /** Returns the stamp of an id's first event, or null if it has had none. */
  Stamp firstEventOrNull(String id) {
    Stamp stamp = firstEvents.getOrDefault(id, NO_EVENT);
    return stamp.equals(NO_EVENT) ? null : stamp;
  }

  /** Returns the properties. */
  PersonProperties properties() {
    return properties;
  }

  /** Returns the rank in merges. */
  Rank rank() {
    return new Rank(identified(), identified() ? canonical.stamp() : created, birthUuid);
  }

  /** Whether the person has so many distinct ids that it asks for no more. */
  boolean isFull() {
    return firstEvents.size() >= MAX_IDS || idsLength >= MAX_IDS_LENGTH;
  }

  /**
   * Takes a distinct id in, and returns whether it was.
   *
   * <p>Merges that were under way before the person was full are still taken in. Twice what makes
   * it full is the end, because the person has to fit into a record; ids beyond lead to it all the
   * same, but are not listed.
   */
  boolean add(String id) {
    return add(id, NO_EVENT);
  }

  private boolean add(String id, Stamp firstEvent) {
    Stamp known = firstEvents.get(id);
    if (known != null) {
      if (firstEvent.isBefore(known)) {
        firstEvents.put(id, firstEvent);
      }
      return false;
    }
    if (firstEvents.size() >= 2 * MAX_IDS || idsLength >= 2 * MAX_IDS_LENGTH) {
      return false;
    }
    firstEvents.put(id, firstEvent);
    idsLength += id.length();
    return true;
  }

  /**
   * Counts one update by an event of one of this person's ids; returns whether its ids, creation or
   * number changed.
   */
  boolean count(String id, Stamp stamp, long arrivedAt) {
    Stamp createdBefore = created;
    long numberBefore = intId();
    boolean added = add(id, stamp);
    createdBy(stamp, arrivedAt);
    version++;
    return added || !created.equals(createdBefore) || intId() != numberBefore;
  }

  private void createdBy(Stamp stamp, long arrivedAt) {
    if (stamp.isBefore(created)) {
      created = stamp;
      createdAt = arrivedAt;
    }
  }

  /**
   * Marks the person as a known user, by an identify or alias of one of its ids.
   *
   * @param actor whose event it is
   * @param origin the id that gives the UUID, if no earlier event names another
   */
  void identify(Actor actor, Stamp stamp, String origin) {
    if (canonical == null || stamp.isBefore(canonical.stamp())) {
      UUID uuid = origin.equals(birthId) ? birthUuid : new Actor(actor.token(), origin).uuid();
      canonical = new Canonical(stamp, actor.name(), origin, uuid);
    }
  }

  /** Takes over what a person that gave way leaves. Returns whether all its ids could be listed. */
  boolean absorb(Person other, boolean withProperties) {
    boolean listed = true;
    for (Map.Entry<String, Stamp> entry : other.firstEvents.entrySet()) {
      String id = entry.getKey();
      listed &= add(id, entry.getValue()) || firstEvents.containsKey(id);
    }
    other.deleted.stream().filter(firstEvents::containsKey).forEach(deleted::add);
    createdBy(other.created, other.createdAt);
    if (other.canonical != null) {
      canonical = other.canonical.earlier(canonical);
    }
    if (withProperties) {
      properties.merge(other.properties);
    }
    version += other.version;
    return listed;
  }

  /**
   * Returns a copy whose property entries are demoted once for each of the stamps that they are
   * older than.
   */
  Person demotedBy(List<Stamp> sinces) {
    return new Person(
        birthUuid,
        birthId,
        created,
        createdAt,
        canonical,
        version,
        firstEvents,
        deleted,
        properties.demotedBy(sinces));
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.Stamp;
import dev.hogflare.contract.Uuids;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * A person: the ids and properties that were united, and what of its history every rebuild gives
 * again.
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
   * @param id its distinct id
   * @param origin the distinct id that gives the UUID: the other one if the event's own was a
   *     newcomer then, else its own
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
  private final PersonProperties properties;
  private int idsLength;
  private Stamp created;
  private long createdAt;
  private Canonical canonical;
  private long version;

  /**
   * Creates a person as it was stored.
   *
   * @param firstEvents its distinct ids, each with the stamp of its first event or null
   */
  Person(
      UUID birthUuid,
      String birthId,
      Stamp created,
      long createdAt,
      Canonical canonical,
      long version,
      Map<String, Stamp> firstEvents,
      PersonProperties properties) {
    this.birthUuid = birthUuid;
    this.birthId = birthId;
    this.created = created;
    this.createdAt = createdAt;
    this.canonical = canonical;
    this.version = version;
    this.firstEvents = new TreeMap<>();
    this.properties = properties;
    firstEvents.forEach(
        (id, stamp) -> {
          this.firstEvents.put(id, stamp == null ? NO_EVENT : stamp);
          idsLength += id.length();
        });
  }

  /** Returns a new person that has its UUID from a distinct id. */
  static Person born(ActorKey key, Stamp stamp, long arrivedAt) {
    Person person =
        new Person(
            Uuids.person(key),
            key.distinctId(),
            stamp,
            arrivedAt,
            null,
            0,
            Map.of(),
            new PersonProperties());
    person.firstEvents.put(key.distinctId(), NO_EVENT);
    person.idsLength = key.distinctId().length();
    return person;
  }

  /** Returns the UUID: that of {@link #origin}. */
  UUID uuid() {
    return canonical == null ? birthUuid : canonical.uuid();
  }

  /**
   * Returns the distinct id that gives the UUID: the one that the earliest identify or alias names;
   * until there is one, the one that the person was born with.
   */
  String origin() {
    return canonical == null ? birthId : canonical.origin();
  }

  /** Returns the UUID that the person was born with, which never changes. */
  UUID birthUuid() {
    return birthUuid;
  }

  /** Returns the distinct id that the person was born with. */
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

  /** Returns the distinct id by which the person is best known. */
  String canonicalId() {
    return canonical == null ? birthId : canonical.id();
  }

  /** Returns the number of updates applied. */
  long version() {
    return version;
  }

  /** Returns the distinct ids in their natural order. */
  Set<String> ids() {
    return firstEvents.keySet();
  }

  /** Returns the stamp of a distinct id's first event, or null if it has had none. */
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
   * @param key whose event it is
   * @param origin the distinct id that gives the UUID, if no earlier event names another
   */
  void identify(ActorKey key, Stamp stamp, String origin) {
    if (canonical == null || stamp.isBefore(canonical.stamp())) {
      UUID uuid =
          origin.equals(birthId) ? birthUuid : Uuids.person(new ActorKey(key.token(), origin));
      canonical = new Canonical(stamp, key.distinctId(), origin, uuid);
    }
  }

  /** Takes over what a person that gave way leaves. Returns whether all its ids could be listed. */
  boolean absorb(Person other, boolean withProperties) {
    boolean listed = true;
    for (Map.Entry<String, Stamp> entry : other.firstEvents.entrySet()) {
      String id = entry.getKey();
      listed &= add(id, entry.getValue()) || firstEvents.containsKey(id);
    }
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
        properties.demotedBy(sinces));
  }
}

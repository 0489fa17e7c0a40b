// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.Stamp;
import dev.hogflare.contract.Uuids;
import java.util.List;
import java.util.TreeSet;
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
   * Where the number of a person comes from.
   *
   * @param firstEvent whether the stamp is that of the first event of the id that gave the UUID;
   *     until there is one, it is that of the event that made the person
   */
  record Numbering(boolean firstEvent, Stamp stamp) {
    Numbering earlier(Numbering other) {
      if (firstEvent != other.firstEvent) {
        return firstEvent ? this : other;
      }
      return stamp.compareTo(other.stamp) <= 0 ? this : other;
    }
  }

  /** The distinct id of the earliest identify or alias. */
  record Canonical(Stamp stamp, String id) {
    Canonical earlier(Canonical other) {
      int order = stamp.compareTo(other.stamp);
      return order < 0 || (order == 0 && id.compareTo(other.id) <= 0) ? this : other;
    }
  }

  private final UUID uuid;
  private final String origin;
  private final TreeSet<String> ids;
  private final PersonProperties properties;
  private int idsLength;
  private Stamp created;
  private long createdAt;
  private boolean identified;
  private Numbering numbering;
  private Canonical canonical;
  private long version;

  Person(
      UUID uuid,
      String origin,
      Stamp created,
      long createdAt,
      boolean identified,
      Numbering numbering,
      Canonical canonical,
      long version,
      TreeSet<String> ids,
      PersonProperties properties) {
    this.uuid = uuid;
    this.origin = origin;
    this.created = created;
    this.createdAt = createdAt;
    this.identified = identified;
    this.numbering = numbering;
    this.canonical = canonical;
    this.version = version;
    this.ids = ids;
    this.properties = properties;
    ids.forEach(id -> idsLength += id.length());
  }

  /** Returns a new person that has its UUID from a distinct id. */
  static Person born(ActorKey key, Stamp stamp, long arrivedAt) {
    TreeSet<String> ids = new TreeSet<>();
    ids.add(key.distinctId());
    return new Person(
        Uuids.person(key),
        key.distinctId(),
        stamp,
        arrivedAt,
        false,
        new Numbering(false, stamp),
        null,
        0,
        ids,
        new PersonProperties());
  }

  /** Returns the UUID, derived from {@link #origin}. */
  UUID uuid() {
    return uuid;
  }

  /** Returns the distinct id that gave the UUID. */
  String origin() {
    return origin;
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
    return identified;
  }

  /** Returns where the number comes from. */
  Numbering numbering() {
    return numbering;
  }

  /** Returns the number: rising, unique, the same after a rebuild. */
  long intId() {
    return numbering.stamp().offset() * PARTITIONS_IN_INT_ID + numbering.stamp().partition();
  }

  /** Returns the earliest identify or alias, or null. */
  Canonical canonicalOrNull() {
    return canonical;
  }

  /** Returns the distinct id by which the person is best known. */
  String canonicalId() {
    return canonical == null ? origin : canonical.id();
  }

  /** Returns the number of updates applied. */
  long version() {
    return version;
  }

  /** Returns the distinct ids in their natural order. */
  TreeSet<String> ids() {
    return ids;
  }

  /** Returns the properties. */
  PersonProperties properties() {
    return properties;
  }

  /** Returns the rank in merges. */
  Rank rank() {
    return new Rank(identified, created, uuid);
  }

  /** Whether the person has so many distinct ids that it asks for no more. */
  boolean isFull() {
    return ids.size() >= MAX_IDS || idsLength >= MAX_IDS_LENGTH;
  }

  /**
   * Takes a distinct id in, and returns whether it was.
   *
   * <p>Merges that were under way before the person was full are still taken in. Twice what makes
   * it full is the end, because the person has to fit into a record; ids beyond lead to it all the
   * same, but are not listed.
   */
  boolean add(String id) {
    if (ids.size() >= 2 * MAX_IDS || idsLength >= 2 * MAX_IDS_LENGTH || !ids.add(id)) {
      return false;
    }
    idsLength += id.length();
    return true;
  }

  /**
   * Counts one update by an event of one of this person's ids; returns whether its creation or
   * number changed.
   */
  boolean count(String id, Stamp stamp, long arrivedAt) {
    Stamp createdBefore = created;
    Stamp numberBefore = numbering.stamp;
    createdBy(stamp, arrivedAt);
    if (id.equals(origin)) {
      number(new Numbering(true, stamp));
    }
    version++;
    return !created.equals(createdBefore) || !numbering.stamp.equals(numberBefore);
  }

  /** Notes an event that would have made the person. */
  void number(Numbering other) {
    numbering = numbering.earlier(other);
  }

  private void createdBy(Stamp stamp, long arrivedAt) {
    if (stamp.isBefore(created)) {
      created = stamp;
      createdAt = arrivedAt;
    }
  }

  /** Marks the person as a known user, by an identify or alias of one of its ids. */
  void identify(String id, Stamp stamp) {
    identified = true;
    Canonical asked = new Canonical(stamp, id);
    canonical = canonical == null ? asked : canonical.earlier(asked);
  }

  /**
   * Takes over what a person that gave way leaves; its UUID, number and canonical id go. Returns
   * whether all its ids could be listed.
   */
  boolean absorb(Person other, boolean withProperties) {
    boolean listed = true;
    for (String id : other.ids) {
      listed &= add(id) || ids.contains(id);
    }
    createdBy(other.created, other.createdAt);
    identified |= other.identified;
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
        uuid,
        origin,
        created,
        createdAt,
        identified,
        numbering,
        canonical,
        version,
        new TreeSet<>(ids),
        properties.demotedBy(sinces));
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.Stamp;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The stored form of an actor's state; one byte of version leads.
 *
 * <p>Used by one thread.
 */
final class StateCodec {
  static final int VERSION = GenerationRecord.CODE_VERSION;
  static final int ROOT = 0;
  private static final int LINK = 1;
  private static final int JOINING = 2;
  private static final int REROUTING = 3;

  /** Behind the kinds of {@link Claim.Settled}. */
  private static final int OPEN = 2;

  private final BinaryWriter out = new BinaryWriter();

  /** Returns the stored form. */
  byte[] encode(ActorState state) {
    out.clear().put(VERSION);
    switch (state) {
      case ActorState.Root root -> person(out.put(ROOT), root.person());
      case ActorState.Link link -> out.put(LINK).text(link.parent()).stamps(link.sinces());
      case ActorState.Joining joining ->
          claim(out.put(JOINING).text(joining.target()), joining.claim())
              .number(joining.firstParked())
              .number(joining.nextParked());
      case ActorState.Rerouting rerouting ->
          out.put(REROUTING)
              .text(rerouting.parent())
              .stamps(rerouting.sinces())
              .number(rerouting.firstParked())
              .number(rerouting.nextParked());
    }
    return out.toBytes();
  }

  /**
   * Reads the stored form; null stays null.
   *
   * @throws MalformedRecordException if the bytes are anything else
   */
  static ActorState decode(byte[] bytes) {
    if (bytes == null) {
      return null;
    }
    BinaryReader in = new BinaryReader(bytes);
    int version = in.next();
    if (version != VERSION) {
      throw new MalformedRecordException(
          "The state has version " + version + "; this program reads " + VERSION + ".");
    }
    int kind = in.next();
    ActorState state =
        switch (kind) {
          case ROOT -> new ActorState.Root(person(in));
          case LINK -> new ActorState.Link(in.text(), in.stamps());
          case JOINING -> new ActorState.Joining(in.text(), claim(in), in.number(), in.number());
          case REROUTING ->
              new ActorState.Rerouting(in.text(), in.stamps(), in.number(), in.number());
          default ->
              throw new MalformedRecordException("The state has the unknown kind " + kind + ".");
        };
    in.end();
    return state;
  }

  /** Writes what is known of a claim. */
  static BinaryWriter claim(BinaryWriter out, Claim claim) {
    return switch (claim) {
      case Claim.Settled settled -> out.put(settled.ordinal());
      case Claim.Open open -> out.put(OPEN).text(open.claimant()).number(open.offset());
    };
  }

  /** Reads what is known of a claim. */
  static Claim claim(BinaryReader in) {
    int kind = in.next();
    if (kind == OPEN) {
      return new Claim.Open(in.text(), in.number());
    }
    if (kind > OPEN) {
      throw new MalformedRecordException("A claim has the unknown kind " + kind + ".");
    }
    return Claim.Settled.values()[kind];
  }

  /**
   * Writes a person: first what it was born as, if that is not what it is called now, then its
   * {@link #content}, which does not depend on the order in which its history arrived.
   */
  static void person(BinaryWriter out, Person person) {
    boolean renamed = !person.birthId().equals(person.origin());
    out.bool(renamed);
    if (renamed) {
      out.uuid(person.birthUuid()).text(person.birthId());
    }
    out.uuid(person.uuid())
        .text(person.origin())
        .stamp(person.created())
        .fixedLong(person.createdAt());
    Person.Canonical canonical = person.canonicalOrNull();
    out.bool(canonical != null);
    if (canonical != null) {
      out.stamp(canonical.stamp()).text(canonical.id());
    }
    out.number(person.version());
    out.number(person.ids().size());
    for (String id : person.ids()) {
      stampOrNull(out.text(id), person.firstEventOrNull(id));
    }
    Map<String, SetEntry> set = person.properties().setEntries();
    out.number(set.size());
    set.forEach(
        (name, entry) ->
            out.text(name).number(entry.demotions()).stamp(entry.stamp()).optional(entry.value()));
    Map<String, OnceEntry> once = person.properties().onceEntries();
    out.number(once.size());
    once.forEach(
        (name, entry) -> {
          out.text(name);
          stampOrNull(out, entry.unsetAt());
          stampOrNull(out, entry.stamp());
          out.optional(entry.value());
        });
  }

  private static void stampOrNull(BinaryWriter out, Stamp stamp) {
    out.bool(stamp != null);
    if (stamp != null) {
      out.stamp(stamp);
    }
  }

  private static Stamp stampOrNull(BinaryReader in) {
    return in.bool() ? in.stamp() : null;
  }

  /** Reads a person. */
  static Person person(BinaryReader in) {
    return in.bool() ? content(in, in.uuid(), in.text()) : content(in, null, null);
  }

  /**
   * Reads what follows behind what a person was born as.
   *
   * @param renamedUuid the UUID that it was born with, or null if it has it still
   * @param renamedId the distinct id that gave it, or null likewise
   */
  static Person content(BinaryReader in, UUID renamedUuid, String renamedId) {
    UUID uuid = in.uuid();
    String origin = in.text();
    Stamp created = in.stamp();
    long createdAt = in.fixedLong();
    Person.Canonical canonical =
        in.bool() ? new Person.Canonical(in.stamp(), in.text(), origin, uuid) : null;
    long version = in.number();
    Map<String, Stamp> ids = new HashMap<>();
    for (int left = in.count(); left > 0; left--) {
      ids.put(in.text(), stampOrNull(in));
    }
    TreeMap<String, SetEntry> set = new TreeMap<>();
    for (int left = in.count(); left > 0; left--) {
      set.put(in.text(), new SetEntry((int) in.number(), in.stamp(), in.optional()));
    }
    TreeMap<String, OnceEntry> once = new TreeMap<>();
    for (int left = in.count(); left > 0; left--) {
      once.put(in.text(), new OnceEntry(stampOrNull(in), stampOrNull(in), in.optional()));
    }
    return new Person(
        uuid, origin, created, createdAt, canonical, version, ids, new PersonProperties(set, once));
  }
}

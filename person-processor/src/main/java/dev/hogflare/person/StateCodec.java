// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.Stamp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
  private static final int NOTHING = 4;

  /** Says that the places of the distinct id's deletions stand before its first life. */
  private static final int DELETED = 0x80;

  private static final int HAS_EVENT = 1;
  private static final int IS_DELETED = 2;

  /** Behind the kinds of {@link Claim.Settled}. */
  private static final int OPEN = 2;

  private final BinaryWriter out = new BinaryWriter();

  /** Returns the stored form of a life that is not the first. */
  byte[] encode(ActorState state) {
    return encode(new Lives(List.of(), state));
  }

  /** Returns the stored form of what stands under a distinct id's own key. */
  byte[] encode(Lives lives) {
    out.clear().put(VERSION);
    switch (lives.firstOrNull()) {
      case null -> kind(NOTHING, lives);
      case ActorState.Root root -> person(kind(ROOT, lives), root.person());
      case ActorState.Link link -> kind(LINK, lives).text(link.parent()).stamps(link.sinces());
      case ActorState.Joining joining ->
          claim(kind(JOINING, lives).text(joining.target()), joining.claim())
              .number(joining.firstParked())
              .number(joining.nextParked());
      case ActorState.Rerouting rerouting ->
          kind(REROUTING, lives)
              .text(rerouting.parent())
              .stamps(rerouting.sinces())
              .number(rerouting.firstParked())
              .number(rerouting.nextParked());
    }
    return out.toBytes();
  }

  private BinaryWriter kind(int kind, Lives lives) {
    List<Long> deletions = lives.deletions();
    if (deletions.isEmpty()) {
      return out.put(kind);
    }
    out.put(kind | DELETED).number(deletions.size());
    deletions.forEach(out::number);
    return out;
  }

  /**
   * Reads the stored form of a life that is not the first; null stays null.
   *
   * @throws MalformedRecordException if the bytes are anything else
   */
  static ActorState decode(byte[] bytes) {
    return decodeLives(bytes).firstOrNull();
  }

  /**
   * Reads what stands under a distinct id's own key; null is an id that was never seen.
   *
   * @throws MalformedRecordException if the bytes are anything else
   */
  static Lives decodeLives(byte[] bytes) {
    if (bytes == null) {
      return Lives.NONE;
    }
    BinaryReader in = new BinaryReader(bytes);
    int kind = kind(in);
    List<Long> deletions = deletions(kind, in);
    ActorState state = state(kind & ~DELETED, in);
    in.end();
    return new Lives(deletions, state);
  }

  /** Reads the version and the kind. */
  private static int kind(BinaryReader in) {
    int version = in.next();
    if (version != VERSION) {
      throw new MalformedRecordException(
          "The state has version " + version + "; this program reads " + VERSION + ".");
    }
    return in.next();
  }

  private static List<Long> deletions(int kind, BinaryReader in) {
    if ((kind & DELETED) == 0) {
      return List.of();
    }
    List<Long> deletions = new ArrayList<>();
    for (int left = in.count(); left > 0; left--) {
      deletions.add(in.number());
    }
    return List.copyOf(deletions);
  }

  private static ActorState state(int kind, BinaryReader in) {
    return switch (kind) {
      case ROOT -> new ActorState.Root(person(in));
      case LINK -> new ActorState.Link(in.text(), in.stamps());
      case JOINING -> new ActorState.Joining(in.text(), claim(in), in.number(), in.number());
      case REROUTING -> new ActorState.Rerouting(in.text(), in.stamps(), in.number(), in.number());
      case NOTHING -> null;
      default -> throw new MalformedRecordException("The state has the unknown kind " + kind + ".");
    };
  }

  /**
   * Reads the bytes that say everything of the person that lives under a key, or null if none lives
   * there; nothing of them is parsed.
   *
   * @throws MalformedRecordException if the bytes are no state that this version writes
   */
  static byte[] contentOrNull(byte[] bytes) {
    BinaryReader in = new BinaryReader(bytes);
    int kind = kind(in);
    if ((kind & ~DELETED) != ROOT) {
      return null;
    }
    if ((kind & DELETED) != 0) {
      for (int left = in.count(); left > 0; left--) {
        in.number();
      }
    }
    if (in.bool()) {
      // What the person was born as depends on how partitions interleave.
      in.uuid();
      in.text();
    }
    return in.rest();
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
      Stamp first = person.firstEventOrNull(id);
      out.text(id).put((first == null ? 0 : HAS_EVENT) | (person.isDeleted(id) ? IS_DELETED : 0));
      if (first != null) {
        out.stamp(first);
      }
    }
    properties(out, person.properties());
  }

  /**
   * Writes properties: first who wrote them, then each with the place of its writer in that list.
   */
  private static void properties(BinaryWriter out, PersonProperties properties) {
    Map<String, Integer> writers = new LinkedHashMap<>();
    for (SetEntry entry : properties.setEntries().values()) {
      writers.putIfAbsent(entry.by(), writers.size());
    }
    for (OnceEntry entry : properties.onceEntries().values()) {
      if (entry.by() != null) {
        writers.putIfAbsent(entry.by(), writers.size());
      }
    }
    out.number(writers.size());
    writers.keySet().forEach(out::text);
    Map<String, SetEntry> set = properties.setEntries();
    out.number(set.size());
    set.forEach(
        (name, entry) ->
            out.text(name)
                .number(entry.demotions())
                .stamp(entry.stamp())
                .number(writers.get(entry.by()))
                .optional(entry.value()));
    Map<String, OnceEntry> once = properties.onceEntries();
    out.number(once.size());
    once.forEach(
        (name, entry) -> {
          out.text(name);
          stampOrNull(out, entry.unsetAt());
          stampOrNull(out, entry.stamp());
          if (entry.stamp() != null) {
            out.number(writers.get(entry.by())).optional(entry.value());
          }
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
   * @param renamedId the id that gave it, or null likewise
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
    Set<String> deleted = new HashSet<>();
    for (int left = in.count(); left > 0; left--) {
      String id = in.text();
      int flags = in.next();
      ids.put(id, (flags & HAS_EVENT) == 0 ? null : in.stamp());
      if ((flags & IS_DELETED) != 0) {
        deleted.add(id);
      }
    }
    return new Person(
        uuid, origin, created, createdAt, canonical, version, ids, deleted, properties(in));
  }

  private static PersonProperties properties(BinaryReader in) {
    List<String> writers = in.texts();
    TreeMap<String, SetEntry> set = new TreeMap<>();
    for (int left = in.count(); left > 0; left--) {
      set.put(
          in.text(),
          new SetEntry((int) in.number(), in.stamp(), writer(writers, in), in.optional()));
    }
    TreeMap<String, OnceEntry> once = new TreeMap<>();
    for (int left = in.count(); left > 0; left--) {
      String name = in.text();
      Stamp unsetAt = stampOrNull(in);
      Stamp stamp = stampOrNull(in);
      once.put(
          name,
          stamp == null
              ? OnceEntry.unset(unsetAt)
              : new OnceEntry(unsetAt, stamp, writer(writers, in), in.optional()));
    }
    return new PersonProperties(set, once);
  }

  private static String writer(List<String> writers, BinaryReader in) {
    long place = in.number();
    if (place < 0 || place >= writers.size()) {
      throw new MalformedRecordException("A property names a writer that is not listed.");
    }
    return writers.get((int) place);
  }
}

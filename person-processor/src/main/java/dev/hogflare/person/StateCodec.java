// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.Stamp;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The stored form of an actor's state; one byte of version leads.
 *
 * <p>Used by one thread.
 */
final class StateCodec {
  static final int VERSION = 1;
  static final int ROOT = 0;
  private static final int LINK = 1;
  private static final int JOINING = 2;
  private static final int REROUTING = 3;

  private final BinaryWriter out = new BinaryWriter();

  /** Returns the stored form. */
  byte[] encode(ActorState state) {
    out.clear().put(VERSION);
    switch (state) {
      case ActorState.Root root -> person(out.put(ROOT), root.person());
      case ActorState.Link link -> out.put(LINK).text(link.parent()).stamps(link.sinces());
      case ActorState.Joining joining ->
          out.put(JOINING)
              .text(joining.target())
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
          case JOINING -> new ActorState.Joining(in.text(), in.number(), in.number());
          case REROUTING ->
              new ActorState.Rerouting(in.text(), in.stamps(), in.number(), in.number());
          default ->
              throw new MalformedRecordException("The state has the unknown kind " + kind + ".");
        };
    in.end();
    return state;
  }

  /** Writes a person. */
  static void person(BinaryWriter out, Person person) {
    out.uuid(person.uuid())
        .text(person.origin())
        .stamp(person.created())
        .fixedLong(person.createdAt());
    out.bool(person.identified());
    out.bool(person.numbering().firstEvent()).stamp(person.numbering().stamp());
    Person.Canonical canonical = person.canonicalOrNull();
    out.bool(canonical != null);
    if (canonical != null) {
      out.stamp(canonical.stamp()).text(canonical.id());
    }
    out.number(person.version());
    out.number(person.ids().size());
    person.ids().forEach(out::text);
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
    var uuid = in.uuid();
    String origin = in.text();
    Stamp created = in.stamp();
    long createdAt = in.fixedLong();
    boolean identified = in.bool();
    Person.Numbering numbering = new Person.Numbering(in.bool(), in.stamp());
    Person.Canonical canonical = in.bool() ? new Person.Canonical(in.stamp(), in.text()) : null;
    long version = in.number();
    TreeSet<String> ids = new TreeSet<>();
    for (int left = in.count(); left > 0; left--) {
      ids.add(in.text());
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
        uuid,
        origin,
        created,
        createdAt,
        identified,
        numbering,
        canonical,
        version,
        ids,
        new PersonProperties(set, once));
  }
}

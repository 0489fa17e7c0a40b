// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.person.StoredActor;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.UUID;

/**
 * What one generation knows of all distinct ids and persons, as fingerprints.
 *
 * <p>Fed with the records of the changelog of actors, those of one partition in order, the
 * partitions by several threads if need be. Takes some 130 bytes of memory a distinct id and 60 a
 * person.
 */
final class PersonIndex {
  /** What {@link #resolve} says of a distinct id that was never seen. */
  static final long ABSENT = 0;

  /** What {@link #resolve} says of a distinct id that waits, or leads to one that does. */
  static final long WAITING = 1;

  /** What {@link #resolve} says of a distinct id that leads nowhere. */
  static final long BROKEN = 2;

  private static final int LONGEST_CHAIN = 10_000;

  private static final int TARGET_HIGH = 0;
  private static final int TARGET_LOW = 1;
  private static final int CONTENT = 2;
  private static final int PLACE = 3;

  private static final int GONE = 0;
  private static final int ROOT = 1;
  private static final int LINK = 2;
  private static final int WAITS = 3;

  /** Hears of every change of a person. */
  @FunctionalInterface
  interface Listener {
    /**
     * Hears of a change.
     *
     * @param content the person's new content, or 0 if it is not known where it lives
     */
    void changed(long high, long low, long content);
  }

  /** By distinct id: the person that lives there or the id that it leads to, content, place. */
  private final FingerprintTable actors = new FingerprintTable(4);

  /** By UUID: the sum of the contents of the person, and at how many ids it lives. */
  private final FingerprintTable persons = new FingerprintTable(2);

  private final Listener listener;

  PersonIndex(Listener listener) {
    this.listener = listener;
  }

  /**
   * Takes one record of the changelog.
   *
   * @param value the state, or null if it was deleted
   * @throws MalformedRecordException if it cannot be read
   */
  void apply(byte[] key, byte[] value, Place place) {
    Fingerprint id = Fingerprint.of(key);
    long[] now = new long[4];
    int kind = GONE;
    if (value != null) {
      switch (StoredActor.read(value)) {
        case StoredActor.Root root -> {
          kind = ROOT;
          now[TARGET_HIGH] = root.person().getMostSignificantBits();
          now[TARGET_LOW] = root.person().getLeastSignificantBits();
          now[CONTENT] = content(key, root.content());
        }
        case StoredActor.Link link -> {
          kind = LINK;
          Fingerprint parent = sibling(key, link.parent());
          now[TARGET_HIGH] = parent.high();
          now[TARGET_LOW] = parent.low();
        }
        case StoredActor.Waiting waiting -> kind = WAITS;
        case StoredActor.Nothing nothing -> kind = GONE;
      }
    }
    now[PLACE] = place.packed() << 2 | kind;
    long[] before = new long[4];
    actors.put(id.high(), id.low(), now, before);
    // Arrival before departure would show a person that only changed at two places for a moment.
    boolean stays =
        kind(before) == ROOT
            && kind == ROOT
            && before[TARGET_HIGH] == now[TARGET_HIGH]
            && before[TARGET_LOW] == now[TARGET_LOW];
    if (stays) {
      count(now, now[CONTENT] - before[CONTENT], 0);
      return;
    }
    if (kind(before) == ROOT) {
      count(before, -before[CONTENT], -1);
    }
    if (kind == ROOT) {
      count(now, now[CONTENT], 1);
    }
  }

  private void count(long[] actor, long content, int homes) {
    long[] after = new long[2];
    long high = actor[TARGET_HIGH];
    long low = actor[TARGET_LOW];
    persons.add(high, low, new long[] {content, homes}, after);
    listener.changed(high, low, known(after));
  }

  private static long known(long[] person) {
    return person[1] == 1 ? person[0] : 0;
  }

  private static int kind(long[] actor) {
    return (int) actor[PLACE] & 3;
  }

  /** Returns the fingerprint of a person's project and content; never 0, which says "unknown". */
  private static long content(byte[] key, byte[] content) {
    long high = Fingerprint.of(Arrays.copyOf(key, tokenLength(key)), content).high();
    return high == 0 ? 1 : high;
  }

  private static Fingerprint sibling(byte[] key, String distinctId) {
    return Fingerprint.of(
        Arrays.copyOf(key, tokenLength(key)), distinctId.getBytes(StandardCharsets.UTF_8));
  }

  /** Returns the length of the key's token with the NUL behind it. */
  private static int tokenLength(byte[] key) {
    for (int i = 0; i < key.length; i++) {
      if (key[i] == 0) {
        return i + 1;
      }
    }
    throw new MalformedRecordException("A key of the store of actors is not token NUL id.");
  }

  /**
   * Returns a person's content, or 0 if it does not live at exactly one distinct id.
   *
   * @param buffer of two numbers
   */
  long content(long high, long low, long[] buffer) {
    persons.get(high, low, buffer);
    return known(buffer);
  }

  /** Shows the UUIDs of all persons that live at exactly one distinct id, with their contents. */
  void forEachPerson(FingerprintTable.Visitor visitor) {
    persons.forEach(
        (high, low, values) -> {
          if (values[1] != 0) {
            visitor.visit(high, low, values);
          }
        });
  }

  /** Shows all distinct ids that have a state. */
  void forEachId(FingerprintTable.Visitor visitor) {
    actors.forEach(
        (high, low, values) -> {
          if (kind(values) != GONE) {
            visitor.visit(high, low, values);
          }
        });
  }

  /** Returns where the latest state of a distinct id stands in the changelog, or null. */
  Place placeOrNull(long high, long low) {
    long[] actor = new long[4];
    actors.get(high, low, actor);
    return kind(actor) == GONE ? null : Place.unpacked(actor[PLACE] >>> 2);
  }

  /** Returns where the latest record of a person stands in the changelog, or null. */
  Place homeOrNull(long high, long low) {
    Place[] found = new Place[1];
    actors.forEach(
        (idHigh, idLow, actor) -> {
          if (kind(actor) == ROOT && actor[TARGET_HIGH] == high && actor[TARGET_LOW] == low) {
            found[0] = Place.unpacked(actor[PLACE] >>> 2);
          }
        });
    return found[0];
  }

  /**
   * Follows a distinct id's links to its person.
   *
   * @param person takes the UUID; or zero and one of {@link #ABSENT}, {@link #WAITING}, {@link
   *     #BROKEN}
   * @param buffer of four numbers
   * @return whether the links end in a person
   */
  boolean resolve(long high, long low, long[] person, long[] buffer) {
    person[0] = 0;
    person[1] = ABSENT;
    long atHigh = high;
    long atLow = low;
    for (int step = 0; step < LONGEST_CHAIN; step++) {
      actors.get(atHigh, atLow, buffer);
      switch (kind(buffer)) {
        case ROOT -> {
          person[0] = buffer[TARGET_HIGH];
          person[1] = buffer[TARGET_LOW];
          return true;
        }
        case LINK -> {
          atHigh = buffer[TARGET_HIGH];
          atLow = buffer[TARGET_LOW];
        }
        case WAITS -> {
          person[1] = WAITING;
          return false;
        }
        default -> {
          person[1] = step == 0 ? ABSENT : BROKEN;
          return false;
        }
      }
    }
    person[1] = BROKEN;
    return false;
  }

  /** Returns the person that a distinct id's links end in, or null. */
  UUID personOrNull(byte[] key) {
    Fingerprint id = Fingerprint.of(key);
    long[] person = new long[2];
    return resolve(id.high(), id.low(), person, new long[4])
        ? new UUID(person[0], person[1])
        : null;
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/**
 * Finds out whether two generations that go on working know the same.
 *
 * <p>Neither stands still while the other is read, so that one may know an event that the other
 * does not yet. What differs at first is therefore watched for some rounds. Before each round both
 * generations have passed what the raw topics held at its beginning, and whatever they changed
 * since is taken in. Then a subject is
 *
 * <ul>
 *   <li><em>equal</em> if one generation is in a state that the other one was in since the first
 *       round: states carry the stamps and the number of events that made them;
 *   <li><em>different</em> if neither generation changed it for two whole rounds and for a time:
 *       both then know exactly the events of it that the raw topics held when these began. What
 *       waits for an answer in one of them is given more time, because its answer may stand behind
 *       many other messages;
 *   <li>watched on otherwise.
 * </ul>
 *
 * <p>Changes may be taken in by several threads at once; everything else is done by one thread
 * while none are.
 */
final class Comparison {
  /** Messages may be under way for longer than one round, behind a long chain of links. */
  private static final int QUIET_ROUNDS = 2;

  /** A busy machine takes seconds for a message that a round does not know of. */
  private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** An answer that has not come in so long is lost. */
  private static final long QUIET_NANOS_OF_WAITING = TimeUnit.SECONDS.toNanos(60);

  /** The most states that are remembered of one subject. */
  private static final int MAX_SEEN = 10_000;

  /** What can differ. */
  enum Kind {
    PERSON,
    ID,
    GROUP,
    OVERRIDE
  }

  /** Something that can differ: a person by its UUID, anything else by its key's fingerprint. */
  record Subject(Kind kind, long high, long low) {}

  /** One of the two generations. */
  static final class Side {
    private final Map<Subject, Watched> watched = new ConcurrentHashMap<>();
    private final BiConsumer<Watched, Long> note;
    final PersonIndex persons = new PersonIndex(noting(Kind.PERSON));
    final ContentIndex groups = new ContentIndex(noting(Kind.GROUP));

    /** Overrides that this generation wrote; empty for one that is muted. */
    final OverrideIndex overrides = new OverrideIndex();

    private Side(BiConsumer<Watched, Long> note) {
      this.note = note;
    }

    private PersonIndex.Listener noting(Kind kind) {
      return (high, low, content) -> {
        if (!watched.isEmpty()) {
          Watched subject = watched.get(new Subject(kind, high, low));
          if (subject != null) {
            note.accept(subject, content);
          }
        }
      };
    }
  }

  /** What is remembered of a subject that differed at first. */
  private static final class Watched {
    private final Set<Long> liveSeen = new HashSet<>();
    private final Set<Long> otherSeen = new HashSet<>();
    private boolean touched;
    private int quietRounds;
    private long quietSince;
    private List<Long> last = List.of();

    synchronized void see(Set<Long> seen, long content) {
      if (content != 0 && seen.size() < MAX_SEEN) {
        seen.add(content);
      }
    }

    synchronized void touch(Set<Long> seen, long content) {
      touched = true;
      see(seen, content);
    }

    synchronized boolean metOnTheWay() {
      return !Collections.disjoint(liveSeen, otherSeen);
    }

    synchronized boolean takeTouched() {
      boolean was = touched;
      touched = false;
      return was;
    }
  }

  /** How much there is in the live generation. */
  record Counts(long persons, long ids, long groups, long overrides) {}

  private final Side live =
      new Side((watched, content) -> watched.touch(watched.liveSeen, content));
  private final Side other =
      new Side((watched, content) -> watched.touch(watched.otherSeen, content));
  private final int maxWatched;
  private final Set<Subject> differences = new LinkedHashSet<>();
  private final Map<Subject, Watched> watched = new LinkedHashMap<>();
  private long unwatched;
  private Counts counts = new Counts(0, 0, 0, 0);

  // Reused by the one thread that compares.
  private final long[] two = new long[2];
  private final long[] three = new long[3];
  private final long[] four = new long[4];

  /**
   * Creates a comparison.
   *
   * @param maxWatched how many subjects are watched at once; what differs beyond is compared again
   *     from the beginning when these are settled
   */
  Comparison(int maxWatched) {
    this.maxWatched = maxWatched;
  }

  /** Returns the generation that writes the rows. */
  Side live() {
    return live;
  }

  /** Returns the generation that is compared with it. */
  Side other() {
    return other;
  }

  /** Compares everything, and watches what differs. */
  void begin() {
    unwatched = 0;
    long[] sizes = new long[4];
    live.persons.forEachPerson(
        (high, low, values) -> {
          sizes[0]++;
          comparePerson(high, low);
        });
    other.persons.forEachPerson(
        (high, low, values) -> {
          if (live.persons.content(high, low, two) == 0) {
            comparePerson(high, low);
          }
        });
    live.persons.forEachId(
        (high, low, values) -> {
          sizes[1]++;
          compareId(high, low);
        });
    other.persons.forEachId(
        (high, low, values) -> {
          live.persons.resolve(high, low, two, four);
          if (two[0] == 0 && two[1] == PersonIndex.ABSENT) {
            compareId(high, low);
          }
        });
    live.groups.forEach(
        (high, low, values) -> {
          sizes[2]++;
          compareGroup(high, low);
        });
    other.groups.forEach(
        (high, low, values) -> {
          if (live.groups.content(high, low, two) == 0) {
            compareGroup(high, low);
          }
        });
    live.overrides.forEach(
        (high, low, values) -> {
          sizes[3]++;
          List<Long> found = read(new Subject(Kind.OVERRIDE, high, low));
          if (!agree(Kind.OVERRIDE, found)) {
            watch(new Subject(Kind.OVERRIDE, high, low));
          }
        });
    counts = new Counts(sizes[0], sizes[1], sizes[2], sizes[3]);
  }

  private void comparePerson(long high, long low) {
    long one = live.persons.content(high, low, two);
    if (one == 0 || one != other.persons.content(high, low, two)) {
      watch(new Subject(Kind.PERSON, high, low));
    }
  }

  private void compareId(long high, long low) {
    boolean one = live.persons.resolve(high, low, two, four);
    long personHigh = two[0];
    long personLow = two[1];
    boolean two0 = other.persons.resolve(high, low, two, four);
    if (!one || !two0 || two[0] != personHigh || two[1] != personLow) {
      watch(new Subject(Kind.ID, high, low));
    }
  }

  private void compareGroup(long high, long low) {
    if (live.groups.content(high, low, two) != other.groups.content(high, low, two)) {
      watch(new Subject(Kind.GROUP, high, low));
    }
  }

  private void watch(Subject subject) {
    if (watched.containsKey(subject) || differences.contains(subject)) {
      return;
    }
    if (watched.size() >= maxWatched) {
      unwatched++;
      return;
    }
    Watched entry = new Watched();
    List<Long> now = read(subject);
    entry.last = now;
    if (subject.kind() == Kind.PERSON || subject.kind() == Kind.GROUP) {
      entry.see(entry.liveSeen, now.get(0));
      entry.see(entry.otherSeen, now.get(1));
      live.watched.put(subject, entry);
      other.watched.put(subject, entry);
    }
    watched.put(subject, entry);
  }

  /** Returns what both sides say of a subject now, half of the numbers by each. */
  private List<Long> read(Subject subject) {
    long high = subject.high();
    long low = subject.low();
    return switch (subject.kind()) {
      case PERSON ->
          List.of(live.persons.content(high, low, two), other.persons.content(high, low, two));
      case GROUP ->
          List.of(live.groups.content(high, low, two), other.groups.content(high, low, two));
      case ID -> {
        live.persons.resolve(high, low, two, four);
        long personHigh = two[0];
        long personLow = two[1];
        other.persons.resolve(high, low, two, four);
        yield List.of(personHigh, personLow, two[0], two[1]);
      }
      case OVERRIDE -> {
        live.overrides.get(high, low, three);
        live.persons.resolve(high, low, two, four);
        yield List.of(three[0], three[1], two[0], two[1]);
      }
    };
  }

  private static boolean agree(Kind kind, List<Long> read) {
    int half = read.size() / 2;
    boolean same = read.subList(0, half).equals(read.subList(half, read.size()));
    // A person that is on its way, or an id that waits, proves nothing by being so on both sides.
    return same && (kind == Kind.GROUP || read.get(0) != 0);
  }

  /** Whether something is on its way in a generation: an answer to an id, or a person. */
  private static boolean waits(Kind kind, List<Long> read) {
    return switch (kind) {
      case PERSON -> read.contains(0L);
      case GROUP -> false;
      case ID -> waits(read.get(0), read.get(1)) || waits(read.get(2), read.get(3));
      case OVERRIDE -> waits(read.get(2), read.get(3));
    };
  }

  private static boolean waits(long high, long low) {
    return high == 0 && low == PersonIndex.WAITING;
  }

  /**
   * Judges what is watched, after another round of changes was taken in.
   *
   * @param now when the round began, by {@link System#nanoTime}
   */
  void endRound(long now) {
    List<Subject> settledIds = new ArrayList<>();
    for (Iterator<Map.Entry<Subject, Watched>> all = watched.entrySet().iterator();
        all.hasNext(); ) {
      Map.Entry<Subject, Watched> next = all.next();
      Subject subject = next.getKey();
      Watched entry = next.getValue();
      List<Long> found = read(subject);
      boolean touched = entry.takeTouched() || !found.equals(entry.last);
      entry.last = found;
      entry.quietRounds = touched ? 0 : entry.quietRounds + 1;
      if (entry.quietRounds <= 1) {
        entry.quietSince = now;
      }
      boolean equal = agree(subject.kind(), found) || entry.metOnTheWay();
      boolean quiet =
          entry.quietRounds >= QUIET_ROUNDS
              && now - entry.quietSince
                  >= (waits(subject.kind(), found) ? QUIET_NANOS_OF_WAITING : QUIET_NANOS);
      if (!equal && !quiet) {
        continue;
      }
      all.remove();
      live.watched.remove(subject);
      other.watched.remove(subject);
      if (!equal && !bothAreTheSame(found)) {
        differences.add(subject);
      } else if (subject.kind() == Kind.ID) {
        settledIds.add(subject);
      }
    }
    // A person that was on its way in both generations stood in neither, and was not compared yet.
    for (Subject id : settledIds) {
      if (live.persons.resolve(id.high(), id.low(), two, four)) {
        comparePerson(two[0], two[1]);
      }
    }
  }

  /** Whether both say the same, though it is not what they should come to. */
  private static boolean bothAreTheSame(List<Long> read) {
    int half = read.size() / 2;
    return read.subList(0, half).equals(read.subList(half, read.size()));
  }

  /** Whether nothing is watched any more. */
  boolean isSettled() {
    return watched.isEmpty();
  }

  /** Returns how many subjects differed that there was no room to watch. */
  long unwatched() {
    return unwatched;
  }

  /** Returns what is different for certain, in the order in which it was found. */
  List<Subject> differences() {
    return List.copyOf(differences);
  }

  /** Returns what neither was equal nor stood still so far. */
  List<Subject> undecided() {
    return List.copyOf(watched.keySet());
  }

  /** Returns how much there was in the live generation when everything was compared. */
  Counts counts() {
    return counts;
  }
}

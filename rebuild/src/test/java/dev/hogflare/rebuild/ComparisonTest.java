// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.rebuild.Comparison.Kind;
import dev.hogflare.rebuild.Comparison.Subject;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  private final Comparison comparison = new Comparison(1_000);
  private final Comparison.Side live = comparison.live();
  private final Comparison.Side other = comparison.other();
  private long offset;
  private long nanos = new Random(20_261_201).nextLong();

  private void actor(Comparison.Side side, String id, byte[] state) {
    side.persons.apply(States.key(id), state, new Place(0, offset++));
  }

  private void both(String id, byte[] state) {
    actor(live, id, state);
    actor(other, id, state);
  }

  private void group(Comparison.Side side, String key, byte[] state) {
    side.groups.apply(States.groupKey(key), state, new Place(0, offset++));
  }

  private static Subject person(String origin) {
    UUID uuid = States.uuid(origin);
    return new Subject(Kind.PERSON, uuid.getMostSignificantBits(), uuid.getLeastSignificantBits());
  }

  private static Subject id(String id) {
    Fingerprint key = Fingerprint.of(States.key(id));
    return new Subject(Kind.ID, key.high(), key.low());
  }

  /** Lets rounds pass, each of them so long that what stands still is judged. */
  private void rounds(int count) {
    rounds(comparison, count, Duration.ofMinutes(2));
  }

  private void rounds(Comparison of, int count, Duration each) {
    for (int i = 0; i < count; i++) {
      nanos += each.toNanos();
      of.endRound(nanos);
    }
  }

  private void assertEqual() {
    assertThat(comparison.isSettled()).isTrue();
    assertThat(comparison.differences()).isEmpty();
  }

  @Test
  void equalGenerationsAreEqualAtOnce() {
    both("a", States.root(3, "a", "b"));
    both("b", States.link("a"));
    group(live, "acme", States.group(2));
    group(other, "acme", States.group(2));
    comparison.begin();
    assertEqual();
    assertThat(comparison.counts()).isEqualTo(new Comparison.Counts(1, 2, 1, 0));
  }

  @Test
  void aPersonMayLiveAtAnotherOfItsIdsAndLinksMayBeLonger() {
    actor(live, "a", States.root(3, "a", "b", "c"));
    actor(live, "b", States.link("a"));
    actor(live, "c", States.link("b"));
    actor(other, "b", States.root(3, "a", "b", "c"));
    actor(other, "a", States.link("b"));
    actor(other, "c", States.link("b"));
    comparison.begin();
    assertEqual();
  }

  @Test
  void aDifferenceThatStandsStillIsReal() {
    both("a", States.root(3, "a"));
    actor(live, "b", States.root(2, "pro", List.of("b")));
    actor(other, "b", States.root(2, "free", List.of("b")));
    comparison.begin();
    assertThat(comparison.undecided()).containsExactly(person("b"));
    rounds(1);
    assertThat(comparison.differences()).isEmpty();
    rounds(1);
    assertThat(comparison.differences()).containsExactly(person("b"));
    assertThat(comparison.isSettled()).isTrue();
  }

  @Test
  void aDifferenceIsNotRealBeforeItHasStoodStillForSomeTime() {
    both("a", States.root(3, "a"));
    actor(live, "b", States.root(2, "pro", List.of("b")));
    actor(other, "b", States.root(2, "free", List.of("b")));
    comparison.begin();
    rounds(comparison, 5, Duration.ofSeconds(1));
    assertThat(comparison.differences()).as("after a first round and four seconds").isEmpty();
    rounds(comparison, 1, Duration.ofSeconds(1));
    assertThat(comparison.differences()).containsExactly(person("b"));
  }

  @Test
  void anIdThatWaitsForAnAnswerInOneGenerationIsGivenAMinute() {
    both("a", States.root(3, "a", "b"));
    actor(live, "b", States.joining("a"));
    actor(other, "b", States.link("a"));
    comparison.begin();
    rounds(comparison, 60, Duration.ofSeconds(1));
    assertThat(comparison.undecided()).containsExactly(id("b"));
    actor(live, "b", States.link("a"));
    rounds(comparison, 1, Duration.ofSeconds(1));
    assertEqual();
  }

  @Test
  void anAnswerThatNeverComesIsADifference() {
    both("a", States.root(3, "a", "b"));
    actor(live, "b", States.joining("a"));
    actor(other, "b", States.link("a"));
    comparison.begin();
    rounds(comparison, 62, Duration.ofSeconds(1));
    assertThat(comparison.differences()).containsExactly(id("b"));
  }

  @Test
  void aPersonThatOnlyOneGenerationHasIsReal() {
    actor(other, "ghost", States.root(1, "ghost"));
    actor(live, "lost", States.root(1, "lost"));
    comparison.begin();
    rounds(2);
    assertThat(comparison.differences())
        .containsExactlyInAnyOrder(person("ghost"), person("lost"), id("ghost"), id("lost"));
  }

  @Test
  void aGenerationThatIsBehindOnAHotPersonIsEqual() {
    actor(live, "hot", States.root(7, "hot"));
    actor(other, "hot", States.root(5, "hot"));
    comparison.begin();
    actor(other, "hot", States.root(6, "hot"));
    actor(other, "hot", States.root(7, "hot"));
    actor(other, "hot", States.root(8, "hot"));
    actor(live, "hot", States.root(9, "hot"));
    rounds(1);
    assertEqual();
  }

  @Test
  void aHotPersonThatIsReallyDifferentIsNeverCalledEqual() {
    actor(live, "hot", States.root(1, "pro", List.of("hot")));
    actor(other, "hot", States.root(1, "free", List.of("hot")));
    comparison.begin();
    for (int version = 2; version < 20; version++) {
      actor(live, "hot", States.root(version, "pro", List.of("hot")));
      actor(other, "hot", States.root(version, "free", List.of("hot")));
      rounds(1);
    }
    assertThat(comparison.undecided()).containsExactly(person("hot"));
    rounds(2);
    assertThat(comparison.differences()).containsExactly(person("hot"));
  }

  @Test
  void aStateFromBeforeTheFirstRoundProvesNothing() {
    // The live generation was at 4 once, but is known to have passed an event that made it 5.
    actor(live, "a", States.root(4, "a"));
    actor(live, "a", States.root(5, "a"));
    actor(other, "a", States.root(4, "a"));
    comparison.begin();
    rounds(2);
    assertThat(comparison.differences()).containsExactly(person("a"));
  }

  @Test
  void anIdThatLeadsToAnotherPersonIsReal() {
    both("a", States.root(1, "a", "x"));
    both("b", States.root(1, "b", "x"));
    actor(live, "x", States.link("a"));
    actor(other, "x", States.link("b"));
    comparison.begin();
    rounds(2);
    assertThat(comparison.differences()).containsExactly(id("x"));
  }

  @Test
  void aMergeThatOneGenerationHasNotMadeYetIsNoDifference() {
    actor(live, "a", States.root(2, "a", "b"));
    actor(live, "b", States.link("a"));
    actor(other, "a", States.root(1, "a"));
    actor(other, "b", States.root(1, "b"));
    comparison.begin();
    rounds(1);
    actor(other, "b", States.link("a"));
    actor(other, "a", States.root(2, "a", "b"));
    rounds(1);
    rounds(2);
    assertEqual();
  }

  @Test
  void aPersonOnItsWayInBothIsComparedWhenItHasArrived() {
    both("a", States.link("u"));
    both("u", States.joining("a"));
    comparison.begin();
    assertThat(comparison.undecided()).containsExactlyInAnyOrder(id("a"), id("u"));
    actor(live, "u", States.root(1, "pro", List.of("a", "u")));
    actor(other, "u", States.root(1, "free", List.of("a", "u")));
    rounds(3);
    assertThat(comparison.differences()).containsExactly(person("a"));
  }

  @Test
  void anIdThatWaitsForeverInBothIsTheSame() {
    both("u", States.joining("a"));
    comparison.begin();
    rounds(2);
    assertEqual();
  }

  @Test
  void groupsAreComparedByteForByte() {
    group(live, "acme", States.group(2));
    group(other, "acme", States.group(3));
    group(live, "only-live", States.group(1));
    group(other, "only-other", States.group(1));
    comparison.begin();
    rounds(2);
    assertThat(comparison.differences()).hasSize(3).allMatch(s -> s.kind() == Kind.GROUP);
  }

  @Test
  void anOverrideAgreesWithThePersonOfItsId() {
    both("a", States.root(2, "a", "b", "c"));
    both("b", States.link("a"));
    both("c", States.link("a"));
    live.overrides.apply(
        States.key("b"), States.override(States.uuid("a")), new Place(0, offset++));
    live.overrides.apply(
        States.key("c"), States.override(States.uuid("zzz")), new Place(0, offset++));
    comparison.begin();
    rounds(2);
    Fingerprint c = Fingerprint.of(States.key("c"));
    assertThat(comparison.differences())
        .containsExactly(new Subject(Kind.OVERRIDE, c.high(), c.low()));
    assertThat(comparison.counts().overrides()).isEqualTo(2);
  }

  @Test
  void aDeletedStateIsNone() {
    both("a", States.root(2, "a"));
    actor(live, "a", null);
    actor(other, "a", null);
    comparison.begin();
    assertEqual();
    assertThat(comparison.counts().ids()).isZero();
  }

  @Test
  void saysHowManyItHadNoRoomToWatch() {
    Comparison small = new Comparison(1);
    for (String id : List.of("a", "b", "c")) {
      small.live().persons.apply(States.key(id), States.root(1, id), new Place(0, offset++));
      small.other().persons.apply(States.key(id), States.root(2, id), new Place(0, offset++));
    }
    small.begin();
    assertThat(small.unwatched()).isEqualTo(2);
    for (String id : List.of("a", "b", "c")) {
      small.live().persons.apply(States.key(id), States.root(2, id), new Place(0, offset++));
    }
    rounds(small, 1, Duration.ofMinutes(2));
    small.begin();
    assertThat(small.unwatched()).isZero();
    assertThat(small.differences()).isEmpty();
  }

  @Test
  void refusesARecordThatIsNoState() {
    assertThatThrownBy(() -> actor(live, "a", new byte[] {9, 9, 9}))
        .isInstanceOf(MalformedRecordException.class);
  }

  @Property(tries = 200)
  void generationsThatLagBehindEachOtherAreEqualAndADamagedPersonIsFound(@ForAll Random random) {
    int persons = 1 + random.nextInt(8);
    int damaged = random.nextInt(persons);
    Comparison watched = new Comparison(1_000);
    long[] liveVersions = new long[persons];
    long[] otherVersions = new long[persons];
    for (int p = 0; p < persons; p++) {
      liveVersions[p] = 1L + random.nextInt(5);
      otherVersions[p] = 1L + random.nextInt(5);
      write(watched.live(), p, liveVersions[p], false);
      write(watched.other(), p, otherVersions[p], p == damaged);
    }
    watched.begin();
    // Each generation works on at its own pace, and passes in a round what was there before it.
    for (int round = 0; round < 5; round++) {
      for (int p = 0; p < persons; p++) {
        long cut = Math.max(liveVersions[p], otherVersions[p]);
        while (liveVersions[p] < cut || (liveVersions[p] < 10 && random.nextBoolean())) {
          write(watched.live(), p, ++liveVersions[p], false);
        }
        while (otherVersions[p] < cut || (otherVersions[p] < 10 && random.nextBoolean())) {
          write(watched.other(), p, ++otherVersions[p], p == damaged);
        }
      }
      rounds(watched, 1, Duration.ofMinutes(2));
      assertThat(watched.differences()).isSubsetOf(person("p" + damaged));
    }
    for (int p = 0; p < persons; p++) {
      while (liveVersions[p] < 10) {
        write(watched.live(), p, ++liveVersions[p], false);
      }
      while (otherVersions[p] < 10) {
        write(watched.other(), p, ++otherVersions[p], p == damaged);
      }
    }
    rounds(watched, 3, Duration.ofMinutes(2));
    assertThat(watched.isSettled()).isTrue();
    assertThat(watched.differences()).containsExactly(person("p" + damaged));
  }

  private void write(Comparison.Side side, int person, long version, boolean damaged) {
    String id = "p" + person;
    side.persons.apply(
        States.key(id),
        States.root(version, damaged ? "wrong" : "right", List.of(id)),
        new Place(0, offset++));
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.Stamp;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class RankTest {
  private static final Stamp EARLY = new Stamp(1, 0, 0);
  private static final Stamp LATE = new Stamp(1, 0, 1);
  private static final UUID LOW = new UUID(1, 1);
  private static final UUID HIGH = new UUID(1, 2);

  @Test
  void aKnownUserBeatsAnAnonymousOneHoweverOld() {
    assertThat(new Rank(true, LATE, LOW)).isGreaterThan(new Rank(false, EARLY, HIGH));
  }

  @Test
  void theOlderBeatsTheYounger() {
    assertThat(new Rank(true, EARLY, LOW)).isGreaterThan(new Rank(true, LATE, HIGH));
  }

  @Test
  void ofTwoOfOneAgeTheUuidDecides() {
    assertThat(new Rank(true, EARLY, HIGH)).isGreaterThan(new Rank(true, EARLY, LOW));
  }

  @Property
  void isATotalOrder(@ForAll("ranks") Rank a, @ForAll("ranks") Rank b, @ForAll("ranks") Rank c) {
    assertThat(Integer.signum(a.compareTo(b))).isEqualTo(-Integer.signum(b.compareTo(a)));
    assertThat(a.compareTo(b) == 0).isEqualTo(a.equals(b));
    if (a.compareTo(b) <= 0 && b.compareTo(c) <= 0) {
      assertThat(a).isLessThanOrEqualTo(c);
    }
  }

  @Provide
  Arbitrary<Rank> ranks() {
    return Combinators.combine(
            Arbitraries.of(true, false),
            Arbitraries.of(EARLY, LATE, new Stamp(0, 9, 9)),
            Arbitraries.of(LOW, HIGH, new UUID(-1, 0)))
        .as(Rank::new);
  }

  @Property
  void onlyRisesWhileAPersonLives(@ForAll("steps") int[] steps) {
    Person person = Person.born(new Actor("t", "a"), new Stamp(100, 0, 0), 100);
    Rank before = person.rank();
    for (int step : steps) {
      Stamp stamp = new Stamp(90 + step, 0, step);
      switch (step % 3) {
        case 0 -> person.count("a", stamp, stamp.appendedAt());
        case 1 -> person.identify(new Actor("t", "a"), stamp, "a");
        default -> person.absorb(Person.born(new Actor("t", "b" + step), stamp, step), true);
      }
      assertThat(person.rank()).isGreaterThanOrEqualTo(before);
      before = person.rank();
    }
  }

  @Provide
  Arbitrary<int[]> steps() {
    return Arbitraries.integers().between(0, 30).array(int[].class).ofMaxSize(12);
  }
}

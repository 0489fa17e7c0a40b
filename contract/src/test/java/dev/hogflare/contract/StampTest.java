// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Comparator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StampTest {

  @Test
  void ordersByTimeThenPartitionThenOffset() {
    assertThat(new Stamp(1, 9, 9)).isLessThan(new Stamp(2, 0, 0));
    assertThat(new Stamp(1, 1, 9)).isLessThan(new Stamp(1, 2, 0));
    assertThat(new Stamp(1, 1, 1)).isLessThan(new Stamp(1, 1, 2));
    assertThat(new Stamp(1, 1, 1)).isEqualByComparingTo(new Stamp(1, 1, 1));
  }

  @Test
  void ordersTheEndsOfTheRange() {
    assertThat(new Stamp(Long.MIN_VALUE, 0, 0)).isLessThan(new Stamp(Long.MAX_VALUE, 0, 0));
    assertThat(new Stamp(0, 0, Long.MIN_VALUE)).isLessThan(new Stamp(0, 0, Long.MAX_VALUE));
  }

  @Test
  void isBeforeOnlyALaterOne() {
    Stamp early = new Stamp(1, 0, 0);
    Stamp late = new Stamp(1, 0, 1);
    assertThat(early.isBefore(late)).isTrue();
    assertThat(late.isBefore(early)).isFalse();
    assertThat(early.isBefore(new Stamp(1, 0, 0))).isFalse();
  }

  @Test
  void theEarlierOfTwoDoesNotDependOnTheirOrder() {
    Stamp early = new Stamp(1, 0, 0);
    Stamp late = new Stamp(1, 0, 1);
    assertThat(Stamp.earlier(early, late)).isEqualTo(early);
    assertThat(Stamp.earlier(late, early)).isEqualTo(early);
  }

  @Test
  void isWrittenAsTimePartitionOffset() {
    assertThat(new Stamp(1764000000123L, 3, 42).toText()).isEqualTo("1764000000123:3:42");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ":",
        "::",
        "1:2",
        "1:2:",
        ":2:3",
        "1::3",
        "1:2:3:4",
        "1:2:3 ",
        "a:2:3",
        "1:2147483648:3",
        "1:2:9223372036854775808",
        "1.5:2:3"
      })
  void refusesAnythingElse(String text) {
    assertThatThrownBy(() -> Stamp.fromText(text))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessage("The stamp \"" + text + "\" is not time:partition:offset.");
  }

  @Property
  void everyStampSurvivesItsText(@ForAll("stamps") Stamp stamp) {
    assertThat(Stamp.fromText(stamp.toText())).isEqualTo(stamp);
  }

  @Property
  void theOrderIsTotalAndAgreesWithEquality(
      @ForAll("stamps") Stamp a, @ForAll("stamps") Stamp b, @ForAll("stamps") Stamp c) {
    Comparator<Stamp> oracle =
        Comparator.comparingLong(Stamp::appendedAt)
            .thenComparingInt(Stamp::partition)
            .thenComparingLong(Stamp::offset);
    assertThat(Integer.signum(a.compareTo(b))).isEqualTo(Integer.signum(oracle.compare(a, b)));
    assertThat(Integer.signum(a.compareTo(b))).isEqualTo(-Integer.signum(b.compareTo(a)));
    assertThat(a.compareTo(b) == 0).isEqualTo(a.equals(b));
    if (a.isBefore(b) && b.isBefore(c)) {
      assertThat(a.isBefore(c)).isTrue();
    }
  }

  @Provide
  Arbitrary<Stamp> stamps() {
    return Combinators.combine(
            Arbitraries.oneOf(Arbitraries.longs(), Arbitraries.longs().between(0, 2)),
            Arbitraries.oneOf(Arbitraries.integers(), Arbitraries.integers().between(0, 2)),
            Arbitraries.oneOf(Arbitraries.longs(), Arbitraries.longs().between(0, 2)))
        .as(Stamp::new);
  }
}

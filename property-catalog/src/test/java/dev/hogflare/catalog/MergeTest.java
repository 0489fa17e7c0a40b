// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.Definition;
import dev.hogflare.contract.DefinitionKey;
import dev.hogflare.contract.DefinitionKey.Kind;
import dev.hogflare.contract.SchemaChange.Change;
import dev.hogflare.contract.ValueCounts;
import dev.hogflare.contract.ValueType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MergeTest {
  private static final DefinitionKey PRICE =
      new DefinitionKey("t", Kind.EVENT_PROPERTY, "", "price");

  private Definition price;

  private static ValueCounts numbers(long count) {
    return new ValueCounts(0, 0, count, 0, 0);
  }

  private static ValueCounts strings(long count) {
    return new ValueCounts(0, count, 0, 0, 0);
  }

  private List<Change> see(ValueCounts values) {
    Merge.Result result =
        Merge.of(PRICE, price, new Seen(Kind.EVENTS_PROPERTY, "buy", "price", values, 5, 9));
    price = result.definition();
    return result.changes().stream().map(change -> change.change()).toList();
  }

  @Test
  void theFirstTypeStaysUntilAnotherIsSeenMoreThanTwiceAsOften() {
    assertThat(see(numbers(10))).containsExactly(Change.ADDED);
    assertThat(see(strings(1))).containsExactly(Change.TYPE_ADDED);
    assertThat(price.type()).contains(ValueType.NUMERIC);
    assertThat(price.conflicts()).isEqualTo(1);
    assertThat(see(strings(19))).isEmpty();
    assertThat(price.type()).contains(ValueType.NUMERIC);
    assertThat(see(strings(1))).containsExactly(Change.TYPE_CHANGED);
    assertThat(price.type()).contains(ValueType.STRING);
    assertThat(see(numbers(20))).isEmpty();
    assertThat(price.count()).isEqualTo(51);
  }

  @Test
  void aPropertyThatIsHalfOneThingAndHalfAnotherIsToldOnce() {
    List<Change> changes = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      changes.addAll(see(i % 2 == 0 ? numbers(1) : strings(1)));
    }
    assertThat(changes).containsExactly(Change.ADDED, Change.TYPE_ADDED);
  }

  @Test
  void nullsListsAndObjectsSayNothingAboutTheType() {
    assertThat(see(new ValueCounts(0, 0, 0, 0, 100))).containsExactly(Change.ADDED);
    assertThat(price.type()).isEmpty();
    assertThat(see(strings(1))).isEmpty();
    assertThat(price.type()).contains(ValueType.STRING);
  }

  @Test
  void ofTwoTypesAtOnceTheMoreFrequentIsThePropertysAndTheOtherIsTold() {
    assertThat(see(new ValueCounts(0, 3, 7, 0, 0)))
        .containsExactly(Change.ADDED, Change.TYPE_ADDED);
    assertThat(price.type()).contains(ValueType.NUMERIC);
  }

  @Test
  void timesAreTheEarliestAndTheLatest() {
    see(numbers(1));
    price = price.plus(numbers(1), 2, 7);
    assertThat(price.firstSeen()).isEqualTo(2);
    assertThat(price.lastSeen()).isEqualTo(9);
  }

  @Test
  void aPropertyBelongsToAllEventsAndToItsOwn() {
    assertThat(Merge.keys("t", new Seen(Kind.EVENTS_PROPERTY, "buy", "p", numbers(1), 0, 0)))
        .containsExactly(
            new DefinitionKey("t", Kind.EVENT_PROPERTY, "", "p"),
            new DefinitionKey("t", Kind.EVENTS_PROPERTY, "buy", "p"));
  }

  @Test
  void whetherAFlagIsOnIsNotKeptForEachEvent() {
    for (String name : List.of("$feature/x", "$feature_enrollment/x")) {
      assertThat(Merge.keys("t", new Seen(Kind.EVENTS_PROPERTY, "buy", name, numbers(1), 0, 0)))
          .containsExactly(new DefinitionKey("t", Kind.EVENT_PROPERTY, "", name));
    }
  }

  @Test
  void whatAPropertyIsOnOneEventIsNotToldTwice() {
    DefinitionKey pair = new DefinitionKey("t", Kind.EVENTS_PROPERTY, "buy", "p");
    Seen seen = new Seen(Kind.EVENTS_PROPERTY, "buy", "p", new ValueCounts(0, 3, 7, 0, 0), 0, 0);
    assertThat(Merge.of(pair, null, seen).changes()).isEmpty();
  }
}

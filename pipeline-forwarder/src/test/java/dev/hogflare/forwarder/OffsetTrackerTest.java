// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class OffsetTrackerTest {
  private final OffsetTracker tracker = new OffsetTracker(3);

  @Test
  void hasNothingToCommitBeforeAnythingWasRead() {
    assertThat(tracker.committable()).isEqualTo(OffsetTracker.NONE);
    assertThat(tracker.outstanding()).isZero();
  }

  @Test
  void staysAtTheFirstRowThatIsNotDone() {
    tracker.received(10);
    tracker.received(11);
    tracker.received(12);

    tracker.acknowledge(12);
    assertThat(tracker.committable()).isEqualTo(10);
    assertThat(tracker.open()).isEqualTo(3);
    assertThat(tracker.outstanding()).isEqualTo(2);
    tracker.acknowledge(10);
    assertThat(tracker.committable()).isEqualTo(11);
    tracker.acknowledge(11);
    assertThat(tracker.committable()).isEqualTo(13);
    assertThat(tracker.outstanding()).isZero();
  }

  @Test
  void passesOffsetsThatHoldNoRow() {
    tracker.received(10);
    tracker.received(15);
    tracker.readUpTo(17);

    tracker.acknowledge(10);
    assertThat(tracker.committable()).isEqualTo(15);
    tracker.acknowledge(15);
    assertThat(tracker.committable()).isEqualTo(17);
  }

  @Test
  void canBePastATransactionMarkerWithoutAnyRow() {
    tracker.readUpTo(1);

    assertThat(tracker.committable()).isEqualTo(1);
  }

  @Test
  void tellsARowThatItDoesNotKnow() {
    tracker.received(10);

    assertThat(tracker.acknowledge(9)).isFalse();
    assertThat(tracker.acknowledge(11)).isFalse();
    assertThat(tracker.acknowledge(10)).isTrue();
    assertThat(tracker.acknowledge(10)).isFalse();
  }

  @Test
  void doesNotTakeAnOffsetThatWasPassed() {
    tracker.received(10);
    tracker.readUpTo(20);

    assertThatThrownBy(() -> tracker.received(19))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Offset 19 of partition 3 came after 19");
  }

  @Property(tries = 300)
  void agreesWithANaiveModel(@ForAll long seed, @ForAll @IntRange(min = 1, max = 5_000) int rows) {
    OffsetTracker tracked = new OffsetTracker(0);
    Random random = new Random(seed);
    TreeMap<Long, Boolean> doneByOffset = new TreeMap<>();
    List<Long> open = new ArrayList<>();
    long offset = random.nextInt(100);
    long next = OffsetTracker.NONE;
    long last = OffsetTracker.NONE;
    for (int i = 0; i < rows; i++) {
      if (random.nextBoolean() || open.isEmpty()) {
        offset += 1 + (random.nextInt(10) == 0 ? random.nextInt(5) : 0);
        tracked.received(offset);
        doneByOffset.put(offset, false);
        open.add(offset);
        next = offset + 1;
      } else {
        int index = random.nextInt(open.size());
        Collections.swap(open, index, open.size() - 1);
        long acknowledged = open.removeLast();
        assertThat(tracked.acknowledge(acknowledged)).isTrue();
        doneByOffset.put(acknowledged, true);
      }
      long expected =
          doneByOffset.entrySet().stream()
              .filter(entry -> !entry.getValue())
              .mapToLong(entry -> entry.getKey())
              .findFirst()
              .orElse(next);
      // The model forgets what lies behind, as nothing there can change.
      doneByOffset.headMap(expected).clear();
      assertThat(tracked.committable()).isEqualTo(expected).isGreaterThanOrEqualTo(last);
      assertThat(tracked.outstanding()).isEqualTo(open.size());
      last = expected;
    }
  }
}

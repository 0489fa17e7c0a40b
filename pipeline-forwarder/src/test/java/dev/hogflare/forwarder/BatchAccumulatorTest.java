// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class BatchAccumulatorTest {
  private static final long AGE = 200;

  private final OffsetTracker tracker = new OffsetTracker(0);
  private final BatchAccumulator accumulator = new BatchAccumulator(100, 3, AGE);

  @Test
  void givesAFullBatchAtTheRowLimit() {
    assertThat(accumulator.add(Rows.row(tracker, 0, 1), 0)).isEmpty();
    assertThat(accumulator.add(Rows.row(tracker, 1, 1), 0)).isEmpty();
    assertThat(offsets(accumulator.add(Rows.row(tracker, 2, 1), 0))).containsExactly(0L, 1L, 2L);
    assertThat(accumulator.size()).isZero();
  }

  @Test
  void keepsARowThatDoesNotFitForTheNextBatch() {
    accumulator.add(Rows.row(tracker, 0, 60), 0);

    assertThat(offsets(accumulator.add(Rows.row(tracker, 1, 60), 0))).containsExactly(0L);
    assertThat(offsets(accumulator.take())).containsExactly(1L);
  }

  @Test
  void fillsTheBodyToTheLastByte() {
    // Two brackets, one comma and 97 bytes of rows.
    accumulator.add(Rows.row(tracker, 0, 50), 0);
    Optional<Batch> full = accumulator.add(Rows.row(tracker, 1, 47), 0);

    assertThat(offsets(full)).containsExactly(0L, 1L);
    assertThat(full.orElseThrow().bodyBytes()).isEqualTo(100);
  }

  @Test
  void sendsARowThatIsLongerThanTheLimitAlone() {
    assertThat(accumulator.add(Rows.row(tracker, 0, 1), 0)).isEmpty();
    assertThat(offsets(accumulator.add(Rows.row(tracker, 1, 500), 0))).containsExactly(0L);
    assertThat(offsets(accumulator.add(Rows.row(tracker, 2, 1), 0))).containsExactly(1L);
    assertThat(offsets(accumulator.take())).containsExactly(2L);
  }

  @Test
  void letsTheFirstRowWaitForTheAgeAndNoLonger() {
    assertThat(accumulator.nanosUntilDue(5)).isEqualTo(Long.MAX_VALUE);
    accumulator.add(Rows.row(tracker, 0, 1), 1_000);
    accumulator.add(Rows.row(tracker, 1, 1), 1_100);

    assertThat(accumulator.takeIfDue(1_000 + AGE - 1)).isEmpty();
    assertThat(accumulator.nanosUntilDue(1_000 + AGE - 1)).isEqualTo(1);
    assertThat(offsets(accumulator.takeIfDue(1_000 + AGE))).containsExactly(0L, 1L);
  }

  @Test
  void givesUpTheRowsOfADroppedPartitionAndKeepsTheOthers() {
    OffsetTracker lost = new OffsetTracker(1);
    accumulator.add(Rows.row(tracker, 0, 10), 0);
    accumulator.add(Rows.row(lost, 7, 10), 0);
    lost.drop();

    assertThat(accumulator.removeDropped()).extracting(Row::offset).containsExactly(7L);
    assertThat(accumulator.nanosUntilDue(0)).isEqualTo(AGE);
    assertThat(offsets(accumulator.take())).containsExactly(0L);
    assertThat(accumulator.removeDropped()).isEmpty();
  }

  @Property(tries = 500)
  void breaksNoLimitAndLosesNoRow(
      @ForAll @Size(max = 300) List<@IntRange(min = 1, max = 400) Integer> lengths,
      @ForAll @IntRange(min = 10, max = 1_000) int maxBytes,
      @ForAll @IntRange(min = 1, max = 20) int maxRows) {
    BatchAccumulator limited = new BatchAccumulator(maxBytes, maxRows, AGE);
    List<Batch> batches = new ArrayList<>();
    for (int i = 0; i < lengths.size(); i++) {
      limited.add(Rows.row(tracker, i, lengths.get(i)), i).ifPresent(batches::add);
      limited.takeIfDue(i).ifPresent(batches::add);
    }
    limited.take().ifPresent(batches::add);

    List<Long> offsets = new ArrayList<>();
    for (Batch batch : batches) {
      batch.rows().forEach(row -> offsets.add(row.offset()));
      assertThat(batch.rows()).hasSizeLessThanOrEqualTo(maxRows);
      if (batch.rows().size() > 1) {
        assertThat(batch.bodyBytes()).isLessThanOrEqualTo(maxBytes);
      }
    }
    assertThat(offsets).hasSize(lengths.size()).isSorted().doesNotHaveDuplicates();
  }

  @Property
  void halvesHoldTheSameRows(@ForAll @IntRange(min = 2, max = 500) int rows) {
    List<Row> all = new ArrayList<>();
    for (int i = 0; i < rows; i++) {
      all.add(Rows.row(tracker, i, 1));
    }
    List<Batch> halves = new Batch(all).halves();

    List<Row> joined = new ArrayList<>(halves.get(0).rows());
    joined.addAll(halves.get(1).rows());
    assertThat(joined).isEqualTo(all);
    assertThat(halves.get(0).rows().size() - halves.get(1).rows().size()).isBetween(-1, 1);
  }

  private static List<Long> offsets(Optional<Batch> batch) {
    return batch.orElseThrow().rows().stream().map(Row::offset).toList();
  }
}

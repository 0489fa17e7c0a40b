// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ErrorCode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class RetryPolicyTest {
  private static final RetryPolicy POLICY =
      new RetryPolicy(Duration.ofMillis(100), Duration.ofSeconds(30), Duration.ofMinutes(5));

  /** Draws the largest delay that is allowed. */
  private static final RandomGenerator LAST =
      new RandomGenerator() {
        @Override
        public long nextLong() {
          throw new AssertionError("The delay is drawn below a bound.");
        }

        @Override
        public long nextLong(long bound) {
          return bound - 1;
        }
      };

  private static final OffsetTracker TRACKER = new OffsetTracker(0);
  private static final Batch ONE = new Batch(List.of(Rows.row(TRACKER, 0, 7)));
  private static final Batch TWO =
      new Batch(List.of(Rows.row(TRACKER, 0, 7), Rows.row(TRACKER, 1, 7)));

  @Test
  void deliversWhatWasAccepted() {
    assertThat(decide(new Outcome.Accepted(202), TWO)).isEqualTo(new Decision.Deliver());
  }

  @Test
  void doublesTheDelayUpToTheCap() {
    Outcome busy = new Outcome.Busy(503, Optional.empty(), "");
    assertThat(delay(busy, 0)).isEqualTo(Duration.ofMillis(100));
    assertThat(delay(busy, 1)).isEqualTo(Duration.ofMillis(200));
    assertThat(delay(busy, 5)).isEqualTo(Duration.ofMillis(3_200));
    assertThat(delay(busy, 9)).isEqualTo(Duration.ofSeconds(30));
    assertThat(delay(busy, Integer.MAX_VALUE)).isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void repeatsWhatWasNotAnswered() {
    for (Outcome.Failure failure : Outcome.Failure.values()) {
      assertThat(delay(new Outcome.Unanswered(failure, ""), 0)).isEqualTo(Duration.ofMillis(100));
    }
  }

  @Test
  void leavesTheSinkAloneForAsLongAsItWishes() {
    Outcome wish = new Outcome.Busy(429, Optional.of(Duration.ofSeconds(7)), "");
    assertThat(delay(wish, 0)).isEqualTo(Duration.ofMillis(7_100));
  }

  @Test
  void obeysNoWishForHours() {
    Outcome wish = new Outcome.Busy(429, Optional.of(Duration.ofHours(7)), "");
    assertThat(delay(wish, 0)).isEqualTo(Duration.ofMinutes(5).plusMillis(100));
  }

  @Test
  void halvesWhatIsTooLong() {
    assertThat(decide(new Outcome.TooLarge(""), TWO)).isEqualTo(new Decision.Split());
  }

  @Test
  void givesUpASingleRowThatIsTooLong() {
    assertThat(decide(new Outcome.TooLarge("limit 5"), ONE))
        .isEqualTo(
            new Decision.DeadLetter(
                ErrorCode.ROW_TOO_LARGE,
                "The sink answered 413 (limit 5) to this row alone, which has 7 bytes; send less in"
                    + " the event, or raise the sink's limit."));
  }

  @Test
  void looksForTheRowThatTheSinkDoesNotLike() {
    assertThat(decide(new Outcome.Malformed(400, ""), TWO)).isEqualTo(new Decision.Split());
    assertThat(decide(new Outcome.Malformed(400, "no"), ONE))
        .isEqualTo(
            new Decision.DeadLetter(
                ErrorCode.REFUSED_BY_SINK,
                "The sink answered 400 (no) to this row alone; compare the row with the stream's"
                    + " schema."));
  }

  @Test
  void haltsWhenTheSinkDoesNotWantUs() {
    assertThat(decide(new Outcome.Denied(401, "who?"), ONE))
        .isEqualTo(new Decision.Halt(401, "who?"));
  }

  @Property
  void drawsEveryDelayBetweenZeroAndItsBound(
      @ForAll long seed, @ForAll @IntRange(max = 1_000_000) int attempt) {
    Outcome busy = new Outcome.Busy(500, Optional.empty(), "");
    Decision.RetryAfter retry =
        (Decision.RetryAfter) POLICY.decide(busy, ONE, attempt, new SplittableRandom(seed));
    double bound = Math.min(30e9, 1e8 * Math.pow(2, attempt));
    assertThat((double) retry.delay().toNanos()).isBetween(0.0, bound);
  }

  @Test
  void aBatchLivesUntilItIsDeliveredHalvedOrRefused() {
    BatchState.Sending sending = new BatchState.Ready(2).send();
    assertThat(sending.after(new Decision.Deliver(), 5)).isEqualTo(new BatchState.Delivered());
    assertThat(sending.after(new Decision.Split(), 5)).isEqualTo(new BatchState.Halved());
    assertThat(sending.after(new Decision.DeadLetter(ErrorCode.REFUSED_BY_SINK, "m"), 5))
        .isEqualTo(new BatchState.Refused(ErrorCode.REFUSED_BY_SINK, "m"));
    assertThat(sending.after(new Decision.RetryAfter(Duration.ofNanos(10)), 5))
        .isEqualTo(new BatchState.Waiting(3, 15));
    assertThat(new BatchState.Waiting(3, 15).ready()).isEqualTo(new BatchState.Ready(3));
    assertThat(sending.after(new Decision.Halt(401, ""), 5)).isEqualTo(new BatchState.Ready(3));
  }

  private static Decision decide(Outcome outcome, Batch batch) {
    return POLICY.decide(outcome, batch, 0, LAST);
  }

  private static Duration delay(Outcome outcome, int attempt) {
    return ((Decision.RetryAfter) POLICY.decide(outcome, TWO, attempt, LAST)).delay();
  }
}

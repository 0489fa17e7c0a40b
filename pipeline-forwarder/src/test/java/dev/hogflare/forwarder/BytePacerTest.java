// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class BytePacerTest {
  private static final long SECOND = 1_000_000_000;

  private record Arrived(long at, int bytes) {}

  private record Answer(long at, BytePacer.Ticket ticket) {}

  /**
   * Whatever the bound and the way to the sink, and however late threads and bodies are now and
   * then: no second sees more than the bound arrive, and a backlog uses 95 % of it if nothing is
   * late. A failure names the seed.
   */
  @Property(tries = 100)
  void neverExceedsTheBoundWhereItCountsAndUsesNearlyAllOfIt(
      @ForAll @LongRange(min = 100_000, max = 50_000_000) long rate, @ForAll long seed) {
    Random random = new Random(seed);
    BytePacer pacer = new BytePacer(rate);
    int largest = pacer.batchBytes(1_000_000);
    long way = 100_000L + random.nextInt(80_000_000); // One direction.
    boolean troubled = random.nextBoolean();
    List<Arrived> arrived = new ArrayList<>();
    PriorityQueue<Answer> answers = new PriorityQueue<>(Comparator.comparingLong(a -> a.at()));
    long began = random.nextInt(); // A steady clock may begin anywhere.
    long total = 0;
    for (long now = began; now - began < 15 * SECOND; ) {
      while (!answers.isEmpty() && answers.peek().at() <= now) {
        Answer answer = answers.poll();
        pacer.over(answer.ticket(), true, answer.at());
      }
      // Full batches, as a backlog makes them; the last row may not fit.
      int bytes = largest - random.nextInt(1 + largest / 50);
      Optional<BytePacer.Ticket> ticket = pacer.start(bytes, now);
      if (ticket.isEmpty()) {
        long wait = pacer.nanosUntilStart(bytes, now);
        long answer = answers.isEmpty() ? Long.MAX_VALUE : answers.peek().at() - now;
        now += Math.max(1, Math.min(wait, answer)) + random.nextInt(1_000_000);
        continue;
      }
      long late = troubled && random.nextInt(50) == 0 ? random.nextInt(400_000_000) : 0;
      long at = now + way + late;
      arrived.add(new Arrived(at, bytes));
      answers.add(new Answer(at + way + random.nextInt(1_000_000), ticket.get()));
      total += bytes;
      now += random.nextInt(100_000);
    }
    arrived.sort(Comparator.comparingLong(Arrived::at));
    long inWindow = 0;
    int first = 0;
    for (Arrived each : arrived) {
      inWindow += each.bytes();
      while (each.at() - arrived.get(first).at() >= SECOND) {
        inWindow -= arrived.get(first++).bytes();
      }
      assertThat(inWindow).as("bytes that arrived in a second").isLessThanOrEqualTo(rate);
    }
    if (!troubled) {
      assertThat((double) total).as("of 15 seconds").isGreaterThanOrEqualTo(0.95 * rate * 15);
    }
  }

  @Test
  void holdsNothingBackWithoutABound() {
    BytePacer pacer = new BytePacer(0);
    for (int i = 0; i < 100; i++) {
      assertThat(pacer.start(1_000_000, 5)).isPresent();
    }
    assertThat(pacer.batchBytes(1_000_000)).isEqualTo(1_000_000);
  }

  @Test
  void sendsARowThatIsLongerThanTheBoundAndRestsForIt() {
    BytePacer pacer = new BytePacer(100_000);
    pacer.over(pacer.start(1_000, 0).orElseThrow(), true, 10);
    assertThat(pacer.nanosUntilStart(500_000, 10)).isGreaterThan(SECOND);
    long now = 2 * SECOND;
    pacer.over(pacer.start(500_000, now).orElseThrow(), true, now + 10);
    assertThat(pacer.start(1_000, now + 10)).isEmpty();
    assertThat(pacer.nanosUntilStart(1_000, now + 10)).isGreaterThanOrEqualTo(5 * SECOND - 10);
    assertThat(pacer.start(1_000, now + 5 * SECOND + 10)).isPresent();
  }

  @Test
  void countsARequestUntilItsAnswerHoweverLate() {
    BytePacer pacer = new BytePacer(100_000);
    BytePacer.Ticket slow = pacer.start(90_000, 0).orElseThrow();
    assertThat(pacer.nanosUntilStart(20_000, 30 * SECOND)).isEqualTo(Long.MAX_VALUE);
    pacer.over(slow, false, 30 * SECOND);
    assertThat(pacer.nanosUntilStart(20_000, 30 * SECOND)).isGreaterThanOrEqualTo(SECOND);
    assertThat(pacer.start(20_000, 32 * SECOND)).isPresent();
  }

  @Test
  void spreadsTheFirstRequestsToo() {
    BytePacer pacer = new BytePacer(1_000_000);
    int bytes = pacer.batchBytes(1_000_000);
    int started = 0;
    while (pacer.start(bytes, 0).isPresent()) {
      started++;
    }
    assertThat(started * bytes).as("bytes at once").isLessThan(130_000);
  }
}

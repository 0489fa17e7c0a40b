// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RateLimitsTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long START = SECOND;

  private final RateLimits limits = new RateLimits(10, 20, 1_024, 42);

  @Test
  void allowsABurstAndThenItsRate() {
    for (int i = 0; i < 20; i++) {
      assertThat(limits.take(1, START)).as("take %d", i).isZero();
    }
    assertThat(limits.take(1, START)).isEqualTo(SECOND / 10);
    assertThat(limits.take(1, START + SECOND / 10)).isZero();
    assertThat(limits.take(1, START + SECOND / 10)).isEqualTo(SECOND / 10);
    int allowed = 0;
    for (long now = START + SECOND; now < START + 11 * SECOND; now += SECOND / 100) {
      allowed += limits.take(1, now) == 0 ? 1 : 0;
    }
    assertThat(allowed).isBetween(100, 110);
  }

  @Test
  void whatIsRefusedCostsNothing() {
    for (int i = 0; i < 1_000; i++) {
      limits.take(1, START);
    }
    assertThat(limits.take(1, START + SECOND / 10)).isZero();
  }

  @Test
  void oneKeyDoesNotDisturbAnother() {
    while (limits.take(1, START) == 0) {
      // Until it is used up.
    }
    assertThat(limits.take(2, START)).isZero();
    assertThat(limits.take(RateLimits.key("phc_a", "d"), START)).isZero();
  }

  @Test
  void tellsTextsApart() {
    assertThat(RateLimits.key("a", "bc")).isNotEqualTo(RateLimits.key("ab", "c"));
    assertThat(RateLimits.key("a", "")).isNotEqualTo(RateLimits.key("", "a"));
    assertThat(RateLimits.key("a", "b")).isEqualTo(RateLimits.key("a", "b"));
  }

  @Test
  void neverAllowsLessThanTheRateHoweverManyKeysThereAre() {
    long seed = 20_261_201;
    Random random = new Random(seed);
    Map<Integer, Long> paidAt = new HashMap<>();
    long now = START;
    for (int i = 0; i < 500_000; i++) {
      now += random.nextInt(1_000_000);
      int key = random.nextInt(10) == 0 ? random.nextInt(5) : random.nextInt(20_000);
      long paid = Math.max(now, paidAt.getOrDefault(key, 0L));
      boolean due = paid - now <= 19 * SECOND / 10;
      boolean allowed = limits.take(key, now) == 0;
      assertThat(allowed || !due).as("seed %d, take %d of key %d", seed, i, key).isTrue();
      if (allowed) {
        paidAt.put(key, paid + SECOND / 10);
      }
    }
  }

  @Test
  void holdsABusyKeyToItsRateAmongManyThatComeOnce() {
    int allowed = 0;
    long now = START;
    for (int i = 0; i < 100_000; i++) {
      now += SECOND / 1_000;
      allowed += limits.take(7, now) == 0 ? 1 : 0;
      limits.take(1_000 + i, now);
    }
    assertThat(allowed).isBetween(1_000, 1_050);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Waits for what is bound to happen, up to a deadline. */
final class Await {
  /** Long enough for a machine that is busy with other things; a passing test never needs it. */
  static final Duration PATIENCE = Duration.ofMinutes(3);

  private static final Duration POLL = Duration.ofMillis(50);

  private Await() {}

  /**
   * Returns the first value that suits, or the last one that was seen when the patience ends, so
   * that the caller's assertion shows what was there instead.
   */
  static <T> T value(Supplier<T> source, Predicate<T> suits) {
    return value(source, suits, PATIENCE);
  }

  /** Returns likewise with another patience. */
  static <T> T value(Supplier<T> source, Predicate<T> suits, Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    T value = source.get();
    while (!suits.test(value) && System.nanoTime() < deadline) {
      LockSupport.parkNanos(POLL.toNanos());
      value = source.get();
    }
    return value;
  }

  /**
   * Returns when a condition holds.
   *
   * @param what completes the sentence "waited in vain until …"
   * @throws AssertionError if it does not come to hold in time
   */
  static void until(String what, BooleanSupplier condition) {
    if (!value(condition::getAsBoolean, holds -> holds)) {
      throw new AssertionError("Waited " + PATIENCE.toSeconds() + " s in vain until " + what + ".");
    }
  }
}

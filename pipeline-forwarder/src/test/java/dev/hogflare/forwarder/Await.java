// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.assertj.core.api.Assertions;

/** Waits for conditions with a deadline. */
final class Await {
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private Await() {}

  /** Returns when the condition holds, or fails after 20 s. */
  static void until(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline >= 0) {
        Assertions.fail("Not within " + DEADLINE.toSeconds() + " s: " + what);
      }
      LockSupport.parkNanos(1_000_000);
    }
  }
}

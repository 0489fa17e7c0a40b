// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import dev.hogflare.rebuild.Deployment;
import dev.hogflare.rebuild.GenerationStatus;
import dev.hogflare.rebuild.ProgressSurvey;
import dev.hogflare.rebuild.RebuildException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;

/** Waits until nothing is under way between the raw topics and the rows. */
final class Drained {
  /** How long nothing may get on; how long it takes in all depends on the machine. */
  private static final Duration STANDSTILL = Duration.ofMinutes(3);

  private static final Duration POLL = Duration.ofMillis(200);

  private Drained() {}

  /**
   * Returns when the processors of the live generation have read all raw events, mail and events on
   * their way to groups.
   *
   * @throws AssertionError if they stand still before
   */
  static void await(Deployment deployment) {
    long least = Long.MAX_VALUE;
    boolean quiet = false;
    long deadline = System.nanoTime() + STANDSTILL.toNanos();
    try (ProgressSurvey survey = new ProgressSurvey(deployment)) {
      while (System.nanoTime() < deadline) {
        OptionalLong waiting = waiting(survey);
        if (waiting.isPresent() && waiting.getAsLong() < least) {
          least = waiting.getAsLong();
          deadline = System.nanoTime() + STANDSTILL.toNanos();
        }
        boolean nothing = waiting.isPresent() && waiting.getAsLong() == 0;
        if (nothing && quiet) {
          return;
        }
        // Twice, because a record may be between two topics when each of them is asked.
        quiet = nothing;
        LockSupport.parkNanos(POLL.toNanos());
      }
    }
    throw new AssertionError(least + " records stay under way for " + STANDSTILL + ".");
  }

  private static OptionalLong waiting(ProgressSurvey survey) {
    try {
      GenerationStatus status = survey.measure(survey.generations().live(), Optional.empty());
      return OptionalLong.of(status.rawWaiting() + status.mailWaiting() + status.groupsWaiting());
    } catch (RebuildException | IllegalStateException e) {
      // Brokers that were killed a moment ago do not answer yet; asked again until the deadline.
      return OptionalLong.empty();
    }
  }
}

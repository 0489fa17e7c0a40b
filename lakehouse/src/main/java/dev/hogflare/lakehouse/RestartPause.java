// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.time.Duration;

/**
 * How long a loop that failed waits before it begins anew: a second, twice as long each time, a
 * minute at most, and a second again once it has committed something.
 */
final class RestartPause {
  private static final Duration FIRST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofSeconds(60);

  private Duration next = FIRST;
  private long commits;

  /**
   * Returns the pause after one more failure.
   *
   * @param commitsSoFar the commits since the start, over all loops
   */
  Duration after(long commitsSoFar) {
    if (commitsSoFar > commits) {
      commits = commitsSoFar;
      next = FIRST;
    }
    Duration pause = next;
    Duration twice = pause.multipliedBy(2);
    next = twice.compareTo(LONGEST) < 0 ? twice : LONGEST;
    return pause;
  }
}

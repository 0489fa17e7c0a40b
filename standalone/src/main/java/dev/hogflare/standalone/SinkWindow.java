// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.operations.Reconciliation;
import java.time.Duration;
import java.time.Instant;

/**
 * The minutes whose deliveries are summed, and the stretch in which a sink may have written them.
 *
 * <p>A sink writes a row some minutes after it was acknowledged. So the last ten minutes are left
 * out of the deliveries, and the sink is asked for ten minutes more than they have: what it wrote
 * of later rows can hide a loss, but none is reported because rows flow.
 *
 * @param from the first minute of deliveries since the epoch
 * @param to the minute behind their last
 */
record SinkWindow(long from, long to) {
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  /**
   * Returns the minutes of deliveries within hours.
   *
   * @param asked whether a sink is asked what it wrote of them
   */
  static SinkWindow of(Instant now, Reconciliation.Hours hours, boolean asked) {
    long behind = asked ? now.minus(PATIENCE).getEpochSecond() / 60 : now.getEpochSecond() / 60 + 1;
    return new SinkWindow(
        hours.from() == Long.MIN_VALUE ? 0 : hours.from() * 60,
        hours.to() == Long.MAX_VALUE ? behind : Math.min(behind, hours.to() * 60));
  }

  /**
   * Returns from when on the sink is asked.
   *
   * @param firstMinute the first minute in which anything was delivered
   */
  Instant sinkFrom(long firstMinute) {
    return Instant.ofEpochSecond(60 * firstMinute);
  }

  /**
   * Returns until when the sink is asked, which is never in the future.
   *
   * @param firstMinute the first minute in which anything was delivered
   */
  Instant sinkTo(long firstMinute) {
    return Instant.ofEpochSecond(60 * Math.max(to, firstMinute)).plus(PATIENCE);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import java.time.Duration;

/** Words the one line that says how the pipeline is doing. */
final class LiveLine {
  private LiveLine() {}

  /**
   * Returns the line, short enough for a terminal of 80 columns.
   *
   * @param before the figures some time ago
   * @param now the present ones
   * @param between the time in between
   */
  static String of(Figures before, Figures now, Duration between) {
    double seconds = Math.max(0.001, between.toNanos() / 1e9);
    long rate = Math.max(0, Math.round((now.eventsIn() - before.eventsIn()) / seconds));
    return "events in "
        + Words.count(now.eventsIn())
        + "  "
        + Words.count(rate)
        + "/s  persons "
        + Words.count(now.persons())
        + "  lake rows "
        + Words.count(now.lakeRows())
        + "  lag "
        + Words.count(now.lag());
  }
}

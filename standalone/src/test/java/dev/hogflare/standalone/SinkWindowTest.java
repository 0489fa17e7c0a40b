// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.operations.Reconciliation.Hours;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class SinkWindowTest {
  private static final Instant NOW = Instant.parse("2026-11-21T09:30:40Z");
  private static final Hours ALL = new Hours(Long.MIN_VALUE, Long.MAX_VALUE);

  private static Instant minute(long minute) {
    return Instant.ofEpochSecond(60 * minute);
  }

  private static long hour(String time) {
    return Instant.parse(time).getEpochSecond() / 3_600;
  }

  @Test
  void givesTheSinkTenMinutesForTheLastRowThatCounts() {
    SinkWindow window = SinkWindow.of(NOW, ALL, true);

    assertThat(minute(window.to())).isEqualTo("2026-11-21T09:20:00Z");
    assertThat(window.sinkTo(window.to() - 5)).isEqualTo("2026-11-21T09:30:00Z");
    assertThat(window.sinkFrom(window.to() - 5)).isEqualTo("2026-11-21T09:15:00Z");
    assertThat(window.from()).isZero();
  }

  @Test
  void givesThemAlsoBehindTheLastHourThatIsAskedFor() {
    SinkWindow window =
        SinkWindow.of(
            NOW, new Hours(hour("2026-11-21T06:00:00Z"), hour("2026-11-21T08:00:00Z")), true);

    assertThat(minute(window.from())).isEqualTo("2026-11-21T06:00:00Z");
    assertThat(minute(window.to())).isEqualTo("2026-11-21T08:00:00Z");
    assertThat(window.sinkTo(window.from())).isEqualTo("2026-11-21T08:10:00Z");
  }

  @Test
  void countsEverythingUpToNowIfNoSinkIsAsked() {
    assertThat(minute(SinkWindow.of(NOW, ALL, false).to())).isEqualTo("2026-11-21T09:31:00Z");
  }
}

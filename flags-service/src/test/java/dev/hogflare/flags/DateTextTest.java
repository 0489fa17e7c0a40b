// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

/** What the vectors do not say: time zones and the far ends. */
class DateTextTest {
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  private static String at(String text, ZoneId zone, String now) {
    return DateText.parse(text, zone)
        .flatMap(date -> date.at(Instant.parse(now)))
        .map(Instant::toString)
        .orElse("none");
  }

  private static String at(String text, ZoneId zone) {
    return at(text, zone, "2026-03-31T12:30:15Z");
  }

  @Test
  void datesWithoutOffsetAreReadInTheZone() {
    assertThat(at("2026-07-01", BERLIN)).isEqualTo("2026-06-30T22:00:00Z");
    assertThat(at("2026-01-01 08:30", BERLIN)).isEqualTo("2026-01-01T07:30:00Z");
    assertThat(at("2026-01-01T08:30:00-05:00", BERLIN)).isEqualTo("2026-01-01T13:30:00Z");
  }

  @Test
  void anHourThatTheClockSkipsIsNoTimeAndOneThatItRepeatsIsTheEarlier() {
    assertThat(at("2026-03-29 02:30", BERLIN)).isEqualTo("none");
    assertThat(at("2026-10-25 02:30", BERLIN)).isEqualTo("2026-10-25T00:30:00Z");
  }

  @Test
  void relativeDatesCountOnTheClockOfTheZone() {
    // The clocks went forward in between, so that a day was an hour shorter.
    assertThat(at("1d", BERLIN, "2026-03-29T12:00:00Z")).isEqualTo("2026-03-28T13:00:00Z");
    assertThat(at("1d", ZoneOffset.UTC, "2026-03-29T12:00:00Z")).isEqualTo("2026-03-28T12:00:00Z");
  }

  @Test
  void aDayThatAShortMonthCutOffStaysCutOff() {
    assertThat(at("1m", ZoneOffset.UTC)).startsWith("2026-02-28");
    assertThat(at("2m", ZoneOffset.UTC)).startsWith("2026-01-28");
    assertThat(at("1m", ZoneOffset.UTC, "2024-03-31T00:00:00Z")).startsWith("2024-02-29");
    assertThat(at("13m", ZoneOffset.UTC, "2024-03-31T00:00:00Z")).startsWith("2023-02-28");
    assertThat(at("1y", ZoneOffset.UTC, "2024-02-29T00:00:00Z")).startsWith("2023-02-28");
    assertThat(at("4y", ZoneOffset.UTC, "2024-02-29T00:00:00Z")).startsWith("2020-02-28");
    assertThat(at("0m", ZoneOffset.UTC, "2024-03-31T00:00:00Z")).startsWith("2024-03-31");
  }

  @Test
  void theFarEndsAreReached() {
    for (String text : new String[] {"9999h", "9999d", "9999w", "9999m", "9999y"}) {
      assertThat(at(text, BERLIN)).isNotEqualTo("none");
    }
    assertThat(at("10000h", BERLIN)).isEqualTo("none");
    assertThat(at("99999999999999999999y", BERLIN)).isEqualTo("none");
  }

  @Test
  void secondsBeyondAllYearsAreNoDate() {
    Instant now = Instant.parse("2026-03-31T12:30:15Z");
    assertThat(DateText.ofProperty(Flags.json("1e300"), BERLIN, now)).isEmpty();
    assertThat(DateText.ofProperty(Flags.json("'NaN'"), BERLIN, now)).isEmpty();
    assertThat(DateText.ofProperty(Flags.json("-1.5"), BERLIN, now))
        .contains(Instant.ofEpochSecond(-2, 500_000_000));
  }
}

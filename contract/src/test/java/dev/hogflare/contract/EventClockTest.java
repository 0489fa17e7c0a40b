// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** PostHog's rules of time; the numbers are those of its scenarios. */
class EventClockTest {
  private static final long NOW = micros("2026-11-21T04:43:25.000Z");
  private static final long HOUR = 3_600_000_000L;
  private static final String AN_HOUR_AGO = "2026-11-21T03:43:25Z";

  private static long micros(String text) {
    return Rfc3339.parseOrNull(text);
  }

  private static String resolve(Long offset, String timestamp, Long sentAt, boolean ignoreSentAt) {
    return Rfc3339.format(EventClock.resolve(offset, timestamp, sentAt, ignoreSentAt, NOW));
  }

  @Test
  @DisplayName("58: a clock that is an hour ahead or behind is corrected by an hour")
  void correctsTheSkewOfTheClientsClock() {
    assertThat(resolve(null, "2026-11-21T05:43:20Z", NOW + HOUR, false))
        .isEqualTo("2026-11-21T04:43:20.000000Z");
    assertThat(resolve(null, "2026-11-21T03:43:20Z", NOW - HOUR, false))
        .isEqualTo("2026-11-21T04:43:20.000000Z");
  }

  @Test
  @DisplayName("59: a client that objects is not corrected")
  void doesNotCorrectAClientThatObjects() {
    assertThat(resolve(null, "2026-11-21T05:43:20Z", NOW + HOUR, true))
        .isEqualTo("2026-11-21T05:43:20.000000Z");
  }

  @Test
  @DisplayName("60: without the time of sending nothing is corrected")
  void doesNotCorrectWithoutTheTimeOfSending() {
    assertThat(resolve(null, AN_HOUR_AGO, null, false)).isEqualTo("2026-11-21T03:43:25.000000Z");
  }

  @Test
  @DisplayName("61: an offset beats everything")
  void anOffsetBeatsEverything() {
    assertThat(resolve(1_500L, AN_HOUR_AGO, NOW + HOUR, false))
        .isEqualTo("2026-11-21T04:43:23.500000Z");
    assertThat(resolve(0L, AN_HOUR_AGO, NOW + HOUR, true)).isEqualTo("2026-11-21T04:43:25.000000Z");
  }

  @ParameterizedTest
  @DisplayName("62: what cannot be read is now")
  @ValueSource(
      strings = {
        "",
        " ",
        "now",
        "yesterday",
        "2026-13-01",
        "2026-02-30",
        "2026-11-21T25:00:00Z",
        "2026-11-21T04:60:00Z",
        "2026-11-21T04:43:61Z",
        "2026-11-21T04:43:25+99",
        "2026-11-21T04:43:25+03:99",
        "2026-11-21T04:43:25 UTC+3",
        "99999-01-01T00:00:00Z",
        "+10000-01-01T00:00:00Z",
        "-0001-01-01T00:00:00Z",
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "0x1p3",
        "1790000000d",
        "1790000000f",
        "1_790_000_000",
        "1790000000 s",
        "Sat, 31 Feb 2026 04:43:25 GMT",
        "null"
      })
  void takesTheArrivalForWhatCannotBeRead(String text) {
    assertThat(EventClock.parseOrNull(text)).isNull();
    assertThat(resolve(null, text, NOW - HOUR, false)).isEqualTo("2026-11-21T04:43:25.000000Z");
  }

  @Test
  void anEndlessTextIsNotReadAtAll() {
    assertThat(EventClock.parseOrNull("1".repeat(1_000_000))).isNull();
    assertThat(EventClock.parseOrNull("2026-01-02" + " ".repeat(1_000_000) + "Z")).isNull();
  }

  @Test
  @DisplayName("62: what is missing is now")
  void takesTheArrivalForWhatIsMissing() {
    assertThat(resolve(null, null, NOW + HOUR, false)).isEqualTo("2026-11-21T04:43:25.000000Z");
  }

  @Test
  @DisplayName("63: up to 23 hours ahead is kept, more is now")
  void aTimeFarAheadIsNow() {
    assertThat(resolve(null, "2026-11-22T03:42:25Z", null, false))
        .isEqualTo("2026-11-22T03:42:25.000000Z");
    assertThat(resolve(null, "2026-11-22T03:43:25Z", null, false))
        .isEqualTo("2026-11-22T03:43:25.000000Z");
    assertThat(resolve(null, "2026-11-22T03:43:25.000001Z", null, false))
        .isEqualTo("2026-11-21T04:43:25.000000Z");
    assertThat(resolve(null, "2026-11-22T03:44:25Z", null, false))
        .isEqualTo("2026-11-21T04:43:25.000000Z");
  }

  @Test
  void aNegativeOffsetIsAheadWithinTheSameBound() {
    assertThat(resolve(-1_000L, null, null, false)).isEqualTo("2026-11-21T04:43:26.000000Z");
    assertThat(resolve(-23 * 3_600_000L, null, null, false))
        .isEqualTo("2026-11-22T03:43:25.000000Z");
    assertThat(resolve(-23 * 3_600_000L - 1, null, null, false))
        .isEqualTo("2026-11-21T04:43:25.000000Z");
  }

  @Test
  void nothingIsTooLongAgo() {
    assertThat(resolve(null, "1990-01-01T00:00:00Z", null, false))
        .isEqualTo("1990-01-01T00:00:00.000000Z");
    assertThat(resolve(null, "0000-01-01T00:00:00Z", null, false))
        .isEqualTo("0000-01-01T00:00:00.000000Z");
  }

  @Test
  @DisplayName("64: a year before 0 is the epoch, and one after 9999 is far ahead, so now")
  void aYearThatRowsCannotHoldIsTheEpochOrNow() {
    assertThat(resolve(null, "0000-01-01T00:00:00Z", NOW + HOUR, false))
        .isEqualTo("1970-01-01T00:00:00.000000Z");
    assertThat(resolve(100_000_000_000_000L, null, null, false))
        .isEqualTo("1970-01-01T00:00:00.000000Z");
    assertThat(resolve(null, "9999-12-31T23:59:59Z", NOW - HOUR, false))
        .isEqualTo("2026-11-21T04:43:25.000000Z");
    assertThat(
            Rfc3339.format(
                EventClock.resolve(-3_600_000L, null, null, false, micros("9999-12-31T23:30:00Z"))))
        .isEqualTo("1970-01-01T00:00:00.000000Z");
  }

  @ParameterizedTest
  @ValueSource(
      longs = {100_000_000_000_001L, -100_000_000_000_001L, Long.MAX_VALUE, Long.MIN_VALUE})
  void anOffsetOfThousandsOfYearsIsADefectAndDoesNotCount(long offset) {
    assertThat(resolve(offset, AN_HOUR_AGO, null, false)).isEqualTo("2026-11-21T03:43:25.000000Z");
    assertThat(resolve(offset, null, null, false)).isEqualTo("2026-11-21T04:43:25.000000Z");
  }

  @ParameterizedTest
  @DisplayName("65, 66: every form of text that PostHog reads; without a zone it is UTC")
  @CsvSource(
      delimiter = '|',
      value = {
        "2026-01-02T03:04:05Z | 2026-01-02T03:04:05.000000Z",
        "2026-01-02T03:04:05.678Z | 2026-01-02T03:04:05.678000Z",
        "2026-01-02T03:04:05.123456789Z | 2026-01-02T03:04:05.123456Z",
        "2026-01-02t03:04:05z | 2026-01-02T03:04:05.000000Z",
        "2026-01-02T03:04:05+03:00 | 2026-01-02T00:04:05.000000Z",
        "2026-01-02T03:04:05-03:30 | 2026-01-02T06:34:05.000000Z",
        "2026-01-02T03:04:05+03 | 2026-01-02T00:04:05.000000Z",
        "2026-01-02T03:04:05-03 | 2026-01-02T06:04:05.000000Z",
        "2026-01-02T03:04:05+0330 | 2026-01-01T23:34:05.000000Z",
        "2026-01-02T03:04:05.5+03 | 2026-01-02T00:04:05.500000Z",
        "2026-01-02 03:04:05+03 | 2026-01-02T00:04:05.000000Z",
        "2026-01-02 03:04:05 +03:00 | 2026-01-02T00:04:05.000000Z",
        "2026-01-02 03:04:05 | 2026-01-02T03:04:05.000000Z",
        "2026-01-02 03:04:05.25 | 2026-01-02T03:04:05.250000Z",
        "2026-01-02T03:04:05,25 | 2026-01-02T03:04:05.250000Z",
        "2026-01-02T03:04:05 | 2026-01-02T03:04:05.000000Z",
        "2026-01-02T03:04 | 2026-01-02T03:04:00.000000Z",
        "2026-01-02 | 2026-01-02T00:00:00.000000Z",
        "2026/01/02 | 2026-01-02T00:00:00.000000Z",
        "2026/1/2 3:04:05 | 2026-01-02T03:04:05.000000Z",
        "2026-01-02T03:04:60Z | 2026-01-02T03:05:00.000000Z",
        "2024-02-29 | 2024-02-29T00:00:00.000000Z",
        "Fri, 2 Jan 2026 03:04:05 GMT | 2026-01-02T03:04:05.000000Z",
        "Fri, 02 Jan 2026 03:04:05 +0300 | 2026-01-02T00:04:05.000000Z",
        "2 Jan 2026 03:04:05 -0330 | 2026-01-02T06:34:05.000000Z",
        "1767323045 | 2026-01-02T03:04:05.000000Z",
        "1767323045.25 | 2026-01-02T03:04:05.250000Z",
        "1767323045678 | 2026-01-02T03:04:05.678000Z",
        "1767323045678.5 | 2026-01-02T03:04:05.678500Z",
        "1.767323045E9 | 2026-01-02T03:04:05.000000Z",
        "0 | 1970-01-01T00:00:00.000000Z",
        "-1 | 1969-12-31T23:59:59.000000Z",
        "99999999999 | 5138-11-16T09:46:39.000000Z",
        "100000000000 | 1973-03-03T09:46:40.000000Z"
      })
  void readsEveryFormOfText(String text, String expected) {
    assertThat(Rfc3339.format(EventClock.parseOrNull(text))).isEqualTo(expected);
    assertThat(Rfc3339.format(EventClock.parseOrNull("  " + text + " "))).isEqualTo(expected);
  }

  @Property(tries = 2_000)
  void everyInputGivesATimeThatARowCanHold(
      @ForAll Long offset,
      @ForAll String timestamp,
      @ForAll @LongRange(min = -253_402_300_800_000_000L, max = 253_402_300_800_000_000L)
          long sentAt,
      @ForAll boolean ignoreSentAt,
      @ForAll boolean hasOffset) {
    long time = EventClock.resolve(hasOffset ? offset : null, timestamp, sentAt, ignoreSentAt, NOW);
    assertThat(time)
        .isBetween(micros("0000-01-01T00:00:00Z"), micros("9999-12-31T23:59:59.999999Z"))
        .isLessThanOrEqualTo(NOW + 23 * HOUR);
  }

  @Property(tries = 2_000)
  void everyTimeSurvivesItsText(
      @ForAll @LongRange(min = -62_167_219_200_000_000L, max = 253_402_300_799_999_999L)
          long time) {
    assertThat(EventClock.parseOrNull(Rfc3339.format(time))).isEqualTo(time);
    String civil = Rfc3339.format(time).replace('T', ' ').replace("Z", "");
    assertThat(EventClock.parseOrNull(civil)).isEqualTo(time);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Locale;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Rfc3339Test {
  private static final String FIRST = "0000-01-01T00:00:00.000000Z";
  private static final String LAST = "9999-12-31T23:59:59.999999Z";
  private static final long FIRST_MICROS = micros(Instant.parse("0000-01-01T00:00:00Z"));
  private static final long LAST_MICROS = micros(Instant.parse("9999-12-31T23:59:59.999999Z"));
  private static final DateTimeFormatter SIX_DIGITS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  @Test
  void writesSixDigitsOfASecond() {
    assertThat(Rfc3339.format(0)).isEqualTo("1970-01-01T00:00:00.000000Z");
    assertThat(Rfc3339.format(-1)).isEqualTo("1969-12-31T23:59:59.999999Z");
    assertThat(Rfc3339.format(1_795_236_205_000_123L)).isEqualTo("2026-11-21T04:43:25.000123Z");
  }

  @Test
  void writesTheEndsOfItsRange() {
    assertThat(Rfc3339.format(FIRST_MICROS)).isEqualTo(FIRST);
    assertThat(Rfc3339.format(LAST_MICROS)).isEqualTo(LAST);
  }

  @Test
  void writesTheNearestEndForATimeBeyondItsRange() {
    assertThat(Rfc3339.format(FIRST_MICROS - 1)).isEqualTo(FIRST);
    assertThat(Rfc3339.format(Long.MIN_VALUE)).isEqualTo(FIRST);
    assertThat(Rfc3339.format(LAST_MICROS + 1)).isEqualTo(LAST);
    assertThat(Rfc3339.format(Long.MAX_VALUE)).isEqualTo(LAST);
  }

  @Test
  void writesExactly27BytesWhereItIsTold() {
    byte[] out = new byte[29];
    Arrays.fill(out, (byte) '#');
    Rfc3339.write(0, out, 1);
    assertThat(new String(out, StandardCharsets.US_ASCII))
        .isEqualTo("#1970-01-01T00:00:00.000000Z#");
  }

  @ParameterizedTest
  @CsvSource({
    "1970-01-01T00:00:00Z, 0",
    "1970-01-01t00:00:00z, 0",
    "1970-01-01 00:00:00Z, 0",
    "1970-01-01T00:00:00+00:00, 0",
    "1970-01-01T00:00:00-00:00, 0",
    "1970-01-01T01:30:00+01:30, 0",
    "1969-12-31T18:30:00-05:30, 0",
    "1970-01-01T00:00:00.1Z, 100000",
    "1970-01-01T00:00:00.000001Z, 1",
    "1970-01-01T00:00:00.0000019Z, 1",
    "1969-12-31T23:59:59.9999999Z, -1",
    "1970-01-01T00:00:00.123456789012345678901234567890Z, 123456",
    "2024-02-29T00:00:00Z, 1709164800000000",
    "2000-02-29T00:00:00Z, 951782400000000",
  })
  void reads(String text, long micros) {
    assertThat(Rfc3339.parseOrNull(text)).isEqualTo(micros);
    assertThat(Rfc3339.isStrict(text)).isTrue();
  }

  @Test
  void readsALeapSecondAsTheSecondAfterIt() {
    assertThat(Rfc3339.parseOrNull("2016-12-31T23:59:60Z"))
        .isEqualTo(Rfc3339.parseOrNull("2017-01-01T00:00:00Z"));
    assertThat(Rfc3339.parseOrNull("1990-12-31T15:59:60-08:00"))
        .isEqualTo(Rfc3339.parseOrNull("1991-01-01T00:00:00Z"));
  }

  @Test
  void readsTheEndsOfItsRange() {
    assertThat(Rfc3339.parseOrNull(FIRST)).isEqualTo(FIRST_MICROS);
    assertThat(Rfc3339.parseOrNull(LAST)).isEqualTo(LAST_MICROS);
    assertThat(Rfc3339.parseOrNull("0000-01-01T01:00:00+01:00")).isEqualTo(FIRST_MICROS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0000-01-01T00:00:00+00:01",
        "0000-01-01T00:00:00.999999+23:59",
        "9999-12-31T23:59:59-00:01",
        "9999-12-31T23:59:60Z"
      })
  void refusesATimeWhoseUtcYearHasNoFourDigits(String text) {
    assertThat(Rfc3339.parseOrNull(text)).isNull();
    assertThat(Rfc3339.isStrict(text)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "now",
        "2026-11-21",
        "2026-11-21T04:43",
        "2026-11-21T04:43:25",
        "2026-11-21T04:43:25.1",
        "2026-11-21T04:43:25.",
        "2026-11-21T04:43:25.Z",
        "2026-11-21T04:43:25,1Z",
        "2026-11-21T04:43:25+01",
        "2026-11-21T04:43:25+0100",
        "2026-11-21T04:43:25+01:0",
        "2026-11-21T04:43:25+01:000",
        "2026-11-21T04:43:25+24:00",
        "2026-11-21T04:43:25+01:60",
        "2026-11-21T04:43:25*01:00",
        "2026-11-21T04:43:25+0a:00",
        "2026-11-21T04:43:25ZZ",
        "2026-11-21T04:43:25Z ",
        " 2026-11-21T04:43:25Z",
        "2026-11-21_04:43:25Z",
        "2026/11/21T04:43:25Z",
        "2026-11-21T04.43.25Z",
        "2026-00-21T04:43:25Z",
        "2026-13-21T04:43:25Z",
        "2026-11-00T04:43:25Z",
        "2026-11-31T04:43:25Z",
        "2023-02-29T04:43:25Z",
        "1900-02-29T04:43:25Z",
        "2026-11-21T24:00:00Z",
        "2026-11-21T04:60:25Z",
        "2026-11-21T04:43:61Z",
        "-026-11-21T04:43:25Z",
        "+026-11-21T04:43:25Z",
        "+99999-11-21T04:43:25Z",
        "99999-11-21T04:43:25Z",
        "20२6-11-21T04:43:25Z",
        "2026-11-21T04:43:25.१Z",
        "1795236205000123"
      })
  void refusesAnythingElse(String text) {
    assertThat(Rfc3339.parseOrNull(text)).isNull();
    assertThat(Rfc3339.isStrict(text)).isFalse();
  }

  @Property
  void writesWhatTheJdkWrites(@ForAll("times") long micros) {
    assertThat(Rfc3339.format(micros))
        .isEqualTo(SIX_DIGITS.format(Instant.EPOCH.plus(micros, ChronoUnit.MICROS)));
  }

  @Property
  void readsWhatItWrote(@ForAll("times") long micros) {
    assertThat(Rfc3339.parseOrNull(Rfc3339.format(micros))).isEqualTo(micros);
  }

  @Property
  void readsWhatTheJdkWritesWithAnyOffset(
      @ForAll("times") long micros, @ForAll @IntRange(min = -1_439, max = 1_439) int minutes) {
    // The JDK knows no offset beyond 18 hours, so that the oracle shifts the time itself.
    String zone =
        String.format(
            Locale.ROOT,
            "%s%02d:%02d",
            minutes < 0 ? "-" : "+",
            Math.abs(minutes) / 60,
            Math.abs(minutes) % 60);
    Instant local = Instant.EPOCH.plus(micros, ChronoUnit.MICROS).plus(minutes, ChronoUnit.MINUTES);
    if (local.atOffset(ZoneOffset.UTC).getYear() < 0
        || local.atOffset(ZoneOffset.UTC).getYear() > 9999) {
      return;
    }
    String text = SIX_DIGITS.format(local).replace("Z", zone);
    assertThat(Rfc3339.parseOrNull(text)).isEqualTo(micros);
    if (Math.abs(minutes) <= 18 * 60) {
      assertThat(micros(OffsetDateTime.parse(text).toInstant())).isEqualTo(micros);
    }
  }

  @Property
  void neverThrowsAndNeverLeavesItsRange(@ForAll("almostTimes") String text) {
    Long micros = Rfc3339.parseOrNull(text);
    if (micros != null) {
      assertThat(micros).isBetween(FIRST_MICROS, LAST_MICROS);
      assertThat(Rfc3339.parseOrNull(Rfc3339.format(micros))).isEqualTo(micros);
    }
  }

  @Provide
  Arbitrary<Long> times() {
    return Arbitraries.longs().between(FIRST_MICROS, LAST_MICROS);
  }

  @Provide
  Arbitrary<String> almostTimes() {
    Arbitrary<Character> characters =
        Arbitraries.chars().with("0123456789-:.+TtZz ").with('é', '\0');
    return times()
        .flatMap(
            micros ->
                Arbitraries.integers()
                    .between(0, 26)
                    .flatMap(
                        at ->
                            characters.map(
                                c -> {
                                  StringBuilder text = new StringBuilder(Rfc3339.format(micros));
                                  text.setCharAt(at, c);
                                  return text.toString();
                                })));
  }

  private static long micros(Instant instant) {
    return Math.addExact(
        Math.multiplyExact(instant.getEpochSecond(), 1_000_000L), instant.getNano() / 1_000L);
  }
}

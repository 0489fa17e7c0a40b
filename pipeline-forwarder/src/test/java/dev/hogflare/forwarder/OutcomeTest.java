// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutcomeTest {
  private static final Instant NOW = Instant.parse("2026-05-06T07:08:09Z");

  @ParameterizedTest
  @CsvSource({
    "200, accepted",
    "201, accepted",
    "202, accepted",
    "204, accepted",
    "299, accepted",
    "400, malformed",
    "422, malformed",
    "413, too_large",
    "408, busy",
    "409, busy",
    "425, busy",
    "429, busy",
    "500, busy",
    "502, busy",
    "503, busy",
    "504, busy",
    "599, busy",
    "401, denied",
    "403, denied",
    "404, denied",
    "405, denied",
    "410, denied",
    "415, denied",
    "451, denied",
    "301, denied",
    "307, denied",
    "101, denied",
    "600, denied"
  })
  void sortsAnAnswerByItsStatus(int status, String kind) {
    assertThat(Outcome.of(status, Optional.empty(), "", NOW).text()).isEqualTo(kind);
  }

  @Test
  void readsRetryAfterInSeconds() {
    assertThat(retryAfter(" 17 ")).contains(Duration.ofSeconds(17));
  }

  @Test
  void readsRetryAfterAsADate() {
    assertThat(retryAfter("Wed, 06 May 2026 07:08:39 GMT")).contains(Duration.ofSeconds(30));
    assertThat(retryAfter("Wed, 06 May 2026 07:00:00 GMT")).contains(Duration.ZERO);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "soon", "-1", "1.5", "99999999999999999999", "Wed, 99 May 2026"})
  void ignoresAnUnreadableRetryAfter(String text) {
    assertThat(retryAfter(text)).isEmpty();
  }

  @Test
  void describesItselfInOneClause() {
    assertThat(Outcome.of(400, Optional.empty(), "row 3: no event", NOW).describe())
        .isEqualTo("answered 400 (row 3: no event)");
    assertThat(new Outcome.Unanswered(Outcome.Failure.UNREACHABLE, "ConnectException").describe())
        .isEqualTo("could not be reached (ConnectException)");
  }

  private static Optional<Duration> retryAfter(String text) {
    return ((Outcome.Busy) Outcome.of(429, Optional.of(text), "", NOW)).retryAfter();
  }
}

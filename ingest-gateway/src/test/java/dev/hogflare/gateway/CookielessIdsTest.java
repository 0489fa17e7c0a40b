// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.fixtures.Encodings;
import dev.hogflare.gateway.CookielessIds.Visit;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CookielessIdsTest {
  private static final LocalDate DAY = LocalDate.of(2026, 11, 21);
  private static final Visit VISIT = new Visit("phc_a", "1.2.3.4", "www.example.com", "ua", "");
  private final CookielessIds ids = new CookielessIds(Encodings.utf8("0123456789abcdef"));

  @Test
  void aVisitorHasOneIdOnOneDay() {
    String id = ids.of(VISIT, DAY);
    assertThat(id).matches("cookieless_[A-Za-z0-9_-]{22}");
    assertThat(ids.of(VISIT, DAY)).isEqualTo(id);
    assertThat(new CookielessIds(Encodings.utf8("0123456789abcdef")).of(VISIT, DAY)).isEqualTo(id);
    assertThat(ids.of(new Visit("phc_a", "1.2.3.4", "app.example.com:8080", "ua", ""), DAY))
        .isEqualTo(id);
  }

  @Test
  void whateverDiffersGivesAnotherId() {
    Set<String> all = new HashSet<>();
    for (Visit visit :
        List.of(
            VISIT,
            new Visit("phc_b", "1.2.3.4", "www.example.com", "ua", ""),
            new Visit("phc_a", "1.2.3.5", "www.example.com", "ua", ""),
            new Visit("phc_a", "1.2.3.4", "www.example.org", "ua", ""),
            new Visit("phc_a", "1.2.3.4", "www.example.com", "ub", ""),
            new Visit("phc_a", "1.2.3.4", "www.example.com", "ua", "x"),
            new Visit("phc_a", "1.2.3.4", "www.example.com", "", "ua"))) {
      all.add(ids.of(visit, DAY));
    }
    all.add(ids.of(VISIT, DAY.plusDays(1)));
    all.add(new CookielessIds(Encodings.utf8("another secret")).of(VISIT, DAY));
    assertThat(all).hasSize(9);
  }

  @Test
  void aSessionIsOneVisitorsInOneHalfHour() {
    long begin = 1_795_235_400_000_000L;
    Set<UUID> all = new HashSet<>();
    for (long time : new long[] {begin, begin + 1_799_999_999L}) {
      all.add(ids.session("cookieless_a", time));
    }
    assertThat(all).hasSize(1);
    all.add(ids.session("cookieless_a", begin - 1));
    all.add(ids.session("cookieless_a", begin + 1_800_000_000L));
    all.add(ids.session("cookieless_b", begin));
    all.add(new CookielessIds(Encodings.utf8("another secret")).session("cookieless_a", begin));
    assertThat(all).hasSize(5).allMatch(session -> session.version() == 7);
    assertThat(ids.session("cookieless_a", -1).version()).as("before 1970").isEqualTo(7);
  }

  @Test
  void ofWhatASiteAddsTheFirstHundredCharactersCount() {
    String hundred = "x".repeat(100);
    assertThat(ids.of(new Visit("t", "a", "h", "u", hundred + "1"), DAY))
        .isEqualTo(ids.of(new Visit("t", "a", "h", "u", hundred + "2"), DAY));
  }

  @ParameterizedTest
  @CsvSource({
    "example.com,example.com",
    "WWW.Example.com:443,example.com",
    "a.b.example.com,example.com",
    "www.example.co.uk,example.co.uk",
    "example.co.uk,example.co.uk",
    "co.uk,co.uk",
    "www.example.de,example.de",
    "localhost:3000,localhost",
    "10.1.2.3:80,10.1.2.3",
    "[::1]:80,[::1]",
    "com,com"
  })
  void hostsOfOneSiteAreOneDomain(String host, String domain) {
    assertThat(CookielessIds.domain(host)).isEqualTo(domain);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.geoip.GeoIp;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Flags whose conditions are about where the client is. */
class FlagsByPlaceTest {
  private static final String SWEDEN = "89.160.20.129";
  private static final String FLAGS =
      """
      {"flags": [{"key": "swedish", "id": 1, "active": true, "filters": {"groups": [{"properties":
        [{"key": "$geoip_country_code", "value": "SE", "operator": "exact", "type": "person"}],
        "rollout_percentage": 100}]}}]}
      """;

  private final GeoIp geo =
      GeoIp.open(Optional.of(Path.of("../geoip/src/test/resources/city.mmdb")), Optional.empty());
  private final FlagsFixture flags = new FlagsFixture(geo, FLAGS);

  @AfterEach
  void stop() {
    flags.close();
    geo.close();
  }

  private boolean swedish(String path, String fields, String... headers) {
    JsonNode answer =
        flags.post(path, "{\"token\":\"k\",\"distinct_id\":\"ada\"" + fields + "}", headers).json();
    return answer.path("featureFlags").path("swedish").asBoolean(false);
  }

  @Test
  void theAddressOfTheClientDecides() {
    assertThat(swedish("/flags?v=2", "", "X-Forwarded-For", SWEDEN)).isTrue();
    assertThat(swedish("/flags?v=2", "", "X-Forwarded-For", "2.125.160.216")).isFalse();
    assertThat(swedish("/flags?v=2", "", "CF-Connecting-IP", SWEDEN)).isTrue();
    assertThat(swedish("/flags?v=2", "")).isFalse();
  }

  @Test
  void aServerThatAsksForItsUsersHasNoPlace() {
    assertThat(swedish("/flags?v=2", ",\"geoip_disable\":true", "X-Forwarded-For", SWEDEN))
        .isFalse();
    assertThat(swedish("/flags?v=2", ",\"geoip_disable\":false", "X-Forwarded-For", SWEDEN))
        .isTrue();
    assertThat(swedish("/flags?v=2&ip=0", "", "X-Forwarded-For", SWEDEN)).isFalse();
  }

  @Test
  void thePlaceOfTheRequestWinsOverTheStoredOneAndYieldsToTheRequestsOwn() {
    flags.state.person("k", "ada", "{\"$geoip_country_code\":\"GB\"}");
    assertThat(swedish("/flags?v=2", "", "X-Forwarded-For", SWEDEN)).isTrue();
    assertThat(
            swedish(
                "/flags?v=2",
                ",\"person_properties\":{\"$geoip_country_code\":\"GB\"}",
                "X-Forwarded-For",
                SWEDEN))
        .isFalse();
  }
}

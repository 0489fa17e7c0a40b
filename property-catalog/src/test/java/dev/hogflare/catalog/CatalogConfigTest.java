// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.Settings;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CatalogConfigTest {
  private static CatalogConfig config(Map<String, String> environment) {
    Settings settings = new Settings(environment);
    CatalogConfig config = CatalogConfig.from(settings);
    settings.check();
    return config;
  }

  @Test
  void theDefaultsAreThoseOfTheManual() {
    CatalogConfig config = config(Map.of());
    assertThat(config.partitions()).isEqualTo(4);
    assertThat(config.interval()).isEqualTo(Duration.ofMinutes(1));
    assertThat(config.streams().applicationId())
        .isEqualTo(new Topics("hogflare.").catalogApplication());
  }

  @Test
  void commitsAreTwoSecondsApartAtLeast() {
    assertThat(config(Map.of()).streams().commitInterval()).isEqualTo(Duration.ofSeconds(2));
    assertThat(config(Map.of("HOGFLARE_COMMIT_INTERVAL_MS", "5000")).streams().commitInterval())
        .isEqualTo(Duration.ofSeconds(5));
  }
}

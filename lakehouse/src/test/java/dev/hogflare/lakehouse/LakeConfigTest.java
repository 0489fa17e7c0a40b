// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.runtime.HostPort;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.SettingsException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LakeConfigTest {
  @Test
  void hasTheseDefaults() {
    assertThat(LakeConfig.from(new Settings(Map.of())))
        .isEqualTo(
            new LakeConfig(
                Path.of("lake"),
                new HostPort("127.0.0.1", 8088),
                Optional.empty(),
                Duration.ofSeconds(60),
                InvalidRows.REJECT,
                new LakeConfig.Limits(
                    5_242_880, 1_048_576, 50_331_648, 1_073_741_824, 1_000_000, 268_435_456)));
  }

  @Test
  void readsEveryVariable() {
    Settings settings =
        new Settings(
            Map.of(
                "HOGFLARE_LAKE_DIR", "/data",
                "HOGFLARE_LAKE_HOST", "0.0.0.0",
                "HOGFLARE_LAKE_PORT", "1234",
                "HOGFLARE_LAKE_TOKEN", "secret",
                "HOGFLARE_LAKE_COMMIT_SECONDS", "7",
                "HOGFLARE_LAKE_INVALID_ROWS", "drop"));
    LakeConfig config = LakeConfig.from(settings);
    settings.check();
    assertThat(config)
        .isEqualTo(
            new LakeConfig(
                Path.of("/data"),
                new HostPort("0.0.0.0", 1234),
                Optional.of("secret"),
                Duration.ofSeconds(7),
                InvalidRows.DROP,
                LakeConfig.Limits.DEFAULT));
  }

  @Test
  void namesEveryMalformedVariable() {
    Settings settings =
        new Settings(
            Map.of(
                "HOGFLARE_LAKE_PORT", "70000",
                "HOGFLARE_LAKE_COMMIT_SECONDS", "0",
                "HOGFLARE_LAKE_INVALID_ROWS", "ignore"));
    LakeConfig.from(settings);
    assertThatThrownBy(settings::check)
        .isInstanceOf(SettingsException.class)
        .hasMessageContainingAll(
            "HOGFLARE_LAKE_PORT", "HOGFLARE_LAKE_COMMIT_SECONDS", "HOGFLARE_LAKE_INVALID_ROWS");
  }

  @Test
  void doesNotShowItsToken() {
    LakeConfig config = LakeConfig.from(new Settings(Map.of("HOGFLARE_LAKE_TOKEN", "very-secret")));
    assertThat(config.toString()).contains("token=set").doesNotContain("very-secret");
  }

  @Test
  void refusesLimitsThatContradictEachOther() {
    assertThatThrownBy(() -> new LakeConfig.Limits(10, 20, 30, 40, 1, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new LakeConfig.Limits(20, 10, 30, 40, 0, 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> LakeConfig.local(Path.of("x"), 0, Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class);
  }
}

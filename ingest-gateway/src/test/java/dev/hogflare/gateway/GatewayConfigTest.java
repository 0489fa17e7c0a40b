// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.runtime.HostPort;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.SettingsException;
import dev.hogflare.runtime.Variable;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class GatewayConfigTest {
  private static final Pattern TABLE_ROW =
      Pattern.compile("^\\| `([A-Z][A-Z0-9_]+)` \\| (.+?) \\|", Pattern.MULTILINE);

  @Test
  void hasDefaultsForEverything() {
    Settings settings = new Settings(Map.of());
    GatewayConfig config = GatewayConfig.from(settings);
    settings.check();
    long least = 20L * 1024 * 1024 * 5 / 4 + 2L * 64 * 1024 * 1024;
    assertThat(config)
        .isEqualTo(
            new GatewayConfig(
                new HostPort("0.0.0.0", 8080),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                20 * 1024 * 1024,
                64 * 1024 * 1024,
                Math.max(least, Runtime.getRuntime().maxMemory() / 4),
                Duration.ofSeconds(8),
                Optional.empty(),
                LimitsConfig.NONE,
                Optional.empty(),
                2_000));
    assertThat(config.maxRecordingBodyBytes()).isEqualTo(25 * 1024 * 1024);
  }

  @Test
  void readsEveryVariable() {
    Settings settings =
        new Settings(
            Map.ofEntries(
                Map.entry("APP_ADDR", "127.0.0.1:9000"),
                Map.entry("POSTHOG_API_KEY", "phc_a"),
                Map.entry("POSTHOG_SIGNING_SECRET", "s3cret"),
                Map.entry("HOGFLARE_COOKIELESS_SECRET", "0123456789abcdef"),
                Map.entry("PERSON_DEBUG_TOKEN", "t0ken"),
                Map.entry("HOGFLARE_PERSON_PROCESSOR_URL", "http://persons:8081"),
                Map.entry("HOGFLARE_MAX_BODY_BYTES", "1000000"),
                Map.entry("HOGFLARE_MAX_INFLATED_BYTES", "2000000"),
                Map.entry("HOGFLARE_MAX_IN_FLIGHT_BYTES", "9000000"),
                Map.entry("HOGFLARE_ACK_TIMEOUT_MS", "2500"),
                Map.entry("HOGFLARE_SPOOL_DIR", "/var/spool"),
                Map.entry("HOGFLARE_SPOOL_MAX_MB", "64"),
                Map.entry("HOGFLARE_PROJECT_TOKENS", "phc_a"),
                Map.entry("HOGFLARE_DROP_EVENTS", "phc_a:bot"),
                Map.entry("HOGFLARE_UNKNOWN_TOKEN_RATE", "5"),
                Map.entry("HOGFLARE_OVERFLOW_TOKEN_RATE", "1000"),
                Map.entry("HOGFLARE_OVERFLOW_KEY_RATE", "100"),
                Map.entry("HOGFLARE_HISTORICAL_EVENTS_PER_SECOND", "70")));
    GatewayConfig config = GatewayConfig.from(settings);
    settings.check();
    assertThat(config)
        .isEqualTo(
            new GatewayConfig(
                new HostPort("127.0.0.1", 9000),
                Optional.of("phc_a"),
                Optional.of("s3cret"),
                Optional.of("t0ken"),
                Optional.of(URI.create("http://persons:8081")),
                1_000_000,
                2_000_000,
                9_000_000,
                Duration.ofMillis(2_500),
                Optional.of(new SpoolConfig(Path.of("/var/spool"), 64L * 1024 * 1024)),
                new LimitsConfig(
                    Optional.of("phc_a"),
                    Optional.of("phc_a:bot"),
                    5,
                    Optional.of(1000),
                    Optional.of(100)),
                Optional.of("0123456789abcdef"),
                70));
    assertThat(config.toString()).doesNotContain("phc_a", "s3cret", "t0ken", "0123456789abcdef");
  }

  @Test
  void refusesToHoldLessThanOneRequestNeeds() {
    Settings settings = new Settings(Map.of("HOGFLARE_MAX_IN_FLIGHT_BYTES", "100000000"));
    GatewayConfig.from(settings);
    assertThatThrownBy(settings::check)
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("HOGFLARE_MAX_IN_FLIGHT_BYTES")
        .hasMessageContaining("160432128");
  }

  @Test
  void takesNoShortSecret() {
    Settings settings = new Settings(Map.of("HOGFLARE_COOKIELESS_SECRET", "short"));
    GatewayConfig.from(settings);
    assertThatThrownBy(settings::check)
        .hasMessageContaining("HOGFLARE_COOKIELESS_SECRET")
        .hasMessageContaining("16 characters")
        .hasMessageNotContaining("short ");
  }

  @Test
  void namesEveryProblemWithItsVariable() {
    Settings settings =
        new Settings(
            Map.of(
                "APP_ADDR", "here",
                "HOGFLARE_MAX_BODY_BYTES", "20MB",
                "HOGFLARE_ACK_TIMEOUT_MS", "5",
                "HOGFLARE_PERSON_PROCESSOR_URL", "persons"));
    GatewayConfig.from(settings);
    assertThatThrownBy(settings::check)
        .hasMessageContaining("APP_ADDR")
        .hasMessageContaining("HOGFLARE_MAX_BODY_BYTES")
        .hasMessageContaining("HOGFLARE_ACK_TIMEOUT_MS")
        .hasMessageContaining("HOGFLARE_PERSON_PROCESSOR_URL");
  }

  @Test
  void takesNoPersonalKeyForAProjectKey() {
    Settings settings = new Settings(Map.of("POSTHOG_API_KEY", "phx_personal"));
    GatewayConfig.from(settings);
    assertThatThrownBy(settings::check)
        .isInstanceOf(SettingsException.class)
        .hasMessage(
            "POSTHOG_API_KEY is a personal API key (phx_), which must stay secret; set it to the"
                + " project's key.")
        .hasMessageNotContaining("phx_personal");
  }

  @Test
  void isDescribedByTheReadme() throws IOException {
    Matcher rows = TABLE_ROW.matcher(Files.readString(Path.of("README.md")));
    Set<String> documented = new TreeSet<>();
    while (rows.find()) {
      Variable variable = Variable.valueOf(rows.group(1));
      documented.add(variable.name());
      String value = variable.defaultOrNull();
      assertThat(rows.group(2))
          .as(variable.name())
          .isEqualTo(value == null ? "unset" : "`" + value + "`");
    }
    assertThat(documented)
        .containsExactlyInAnyOrder(
            "APP_ADDR",
            "POSTHOG_API_KEY",
            "POSTHOG_SIGNING_SECRET",
            "HOGFLARE_COOKIELESS_SECRET",
            "PERSON_DEBUG_TOKEN",
            "HOGFLARE_PERSON_PROCESSOR_URL",
            "HOGFLARE_MAX_BODY_BYTES",
            "HOGFLARE_MAX_INFLATED_BYTES",
            "HOGFLARE_MAX_IN_FLIGHT_BYTES",
            "HOGFLARE_ACK_TIMEOUT_MS",
            "HOGFLARE_GEOIP_DB",
            "HOGFLARE_GEOIP_ASN_DB",
            "HOGFLARE_TRUSTED_PROXIES",
            "HOGFLARE_SPOOL_DIR",
            "HOGFLARE_SPOOL_MAX_MB",
            "HOGFLARE_PROJECT_TOKENS",
            "HOGFLARE_DROP_EVENTS",
            "HOGFLARE_UNKNOWN_TOKEN_RATE",
            "HOGFLARE_OVERFLOW_KEY_RATE",
            "HOGFLARE_OVERFLOW_TOKEN_RATE",
            "HOGFLARE_HISTORICAL_EVENTS_PER_SECOND",
            "HOGFLARE_TOPIC_PREFIX",
            "HOGFLARE_PARTITIONS",
            "HOGFLARE_REPLICATION_FACTOR",
            "HOGFLARE_ADMIN_HOST",
            "HOGFLARE_ADMIN_PORT");
  }
}

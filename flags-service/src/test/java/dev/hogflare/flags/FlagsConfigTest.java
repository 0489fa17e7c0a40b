// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.flags.SecretKeys.Access;
import dev.hogflare.runtime.HostPort;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.SettingsException;
import dev.hogflare.runtime.Variable;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class FlagsConfigTest {
  private static final Pattern TABLE_ROW =
      Pattern.compile("^\\| `([A-Z0-9_]+)` \\| (\\S+) \\| .* \\|$", Pattern.MULTILINE);

  @Test
  void theDefaultsArePinned() {
    FlagsConfig config = read(Map.of());
    assertThat(config.address()).isEqualTo(new HostPort("0.0.0.0", 8080));
    assertThat(config.document()).isEmpty();
    assertThat(config.file()).isEmpty();
    assertThat(config.mode()).isEqualTo(FlagsConfig.Mode.HOGFLARE);
    assertThat(config.projectKeys()).isEmpty();
    assertThat(config.secretKeys().isEmpty()).isTrue();
    assertThat(config.maxBodyBytes()).isEqualTo(2_097_152);
    assertThat(config.stateTimeout()).isEqualTo(Duration.ofMillis(500));
    assertThat(config.personProcessorUrl()).isEmpty();
    assertThat(config.groupProcessorUrl()).isEmpty();
    assertThat(config.assets()).isEmpty();
    assertThat(config.recordingEndpoint()).isEmpty();
  }

  @Test
  void everyVariableIsRead() {
    FlagsConfig config =
        read(
            Map.ofEntries(
                Map.entry("APP_ADDR", "127.0.0.1:9000"),
                Map.entry("HOGFLARE_FEATURE_FLAGS", "[]"),
                Map.entry("POSTHOG_API_KEY", "phc_default"),
                Map.entry("POSTHOG_SIGNING_SECRET", "s3cret"),
                Map.entry("HOGFLARE_FLAGS_MODE", "posthog"),
                Map.entry("HOGFLARE_FLAGS_PROJECT_KEYS", "a, b,"),
                Map.entry("HOGFLARE_FLAGS_SECRET_KEYS", "phx_all, a:phs_a"),
                Map.entry("HOGFLARE_FLAGS_MAX_BODY_BYTES", "5000"),
                Map.entry("HOGFLARE_FLAGS_STATE_TIMEOUT_MS", "100"),
                Map.entry("HOGFLARE_PERSON_PROCESSOR_URL", "http://p:1"),
                Map.entry("HOGFLARE_GROUP_PROCESSOR_URL", "http://g:1"),
                Map.entry("HOGFLARE_SDK_ASSETS_DIR", "dist"),
                Map.entry("POSTHOG_SESSION_RECORDING_ENDPOINT", "/s/")));
    assertThat(config.address()).isEqualTo(new HostPort("127.0.0.1", 9000));
    assertThat(config.document()).contains("[]");
    assertThat(config.apiKey()).contains("phc_default");
    assertThat(config.mode()).isEqualTo(FlagsConfig.Mode.POSTHOG);
    assertThat(config.projectKeys()).isEqualTo(Set.of("a", "b"));
    assertThat(config.maxBodyBytes()).isEqualTo(5_000);
    assertThat(config.stateTimeout()).isEqualTo(Duration.ofMillis(100));
    assertThat(config.personProcessorUrl()).contains(URI.create("http://p:1"));
    assertThat(config.groupProcessorUrl()).contains(URI.create("http://g:1"));
    assertThat(config.assets()).contains(Path.of("dist"));
    assertThat(config.recordingEndpoint()).contains("/s/");
    assertThat(config.toString()).doesNotContain("s3cret").doesNotContain("phs_a");
    assertThat(config.secretKeys()).hasToString("2 secret keys");
    assertThat(read(Map.of("HOGFLARE_FEATURE_FLAGS_FILE", "flags.json")).file())
        .contains(Path.of("flags.json"));
  }

  @Test
  void aKeyOpensItsProjectAndNoOther() {
    SecretKeys keys = SecretKeys.of(Set.of("phx_all", "a:phs_a"));
    assertThat(keys.access("phx_all", "anything")).isEqualTo(Access.GRANTED);
    assertThat(keys.access("phs_a", "a")).isEqualTo(Access.GRANTED);
    assertThat(keys.access("phs_a", "b")).isEqualTo(Access.OTHER_PROJECT);
    assertThat(keys.access("phs_", "a")).isEqualTo(Access.NONE);
    assertThat(keys.access("", "a")).isEqualTo(Access.NONE);
    assertThat(keys.projectOf("phs_a")).contains("a");
    assertThat(keys.projectOf("phx_all")).isEmpty();
  }

  @Test
  void twoSourcesOfFlagsAreOneTooMany() {
    assertThatThrownBy(
            () ->
                read(
                    Map.of(
                        "HOGFLARE_FEATURE_FLAGS", "[]", "HOGFLARE_FEATURE_FLAGS_FILE", "f.json")))
        .isInstanceOf(SettingsException.class)
        .hasMessage(
            "HOGFLARE_FEATURE_FLAGS and HOGFLARE_FEATURE_FLAGS_FILE are both set; keep the one that"
                + " holds the flags.");
  }

  @Test
  void theReadmeNamesEveryVariableWithItsDefault() throws Exception {
    Matcher rows = TABLE_ROW.matcher(Files.readString(Path.of("README.md")));
    int count = 0;
    while (rows.find()) {
      count++;
      String value = Variable.valueOf(rows.group(1)).defaultOrNull();
      assertThat(rows.group(2))
          .as(rows.group(1))
          .isEqualTo(value == null ? "unset" : "`" + value + "`");
    }
    assertThat(count).isEqualTo(16);
  }

  private static FlagsConfig read(Map<String, String> environment) {
    Settings settings = new Settings(environment);
    FlagsConfig config = FlagsConfig.from(settings);
    settings.check();
    return config;
  }
}

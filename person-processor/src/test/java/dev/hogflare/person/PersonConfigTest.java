// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.runtime.HostPort;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.SettingsException;
import dev.hogflare.runtime.StreamsSettings;
import dev.hogflare.runtime.Variable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PersonConfigTest {
  private static final Pattern TABLE_ROW =
      Pattern.compile("^\\| `([A-Z][A-Z0-9_]+)` \\| (.+?) \\|", Pattern.MULTILINE);

  @Test
  void hasDefaultsForEverything() {
    Settings settings = new Settings(Map.of());

    PersonConfig config = PersonConfig.from(settings);

    settings.check();
    assertThat(config)
        .isEqualTo(
            new PersonConfig(
                new StreamsSettings(
                    "hogflare.person-processor",
                    "1",
                    Path.of("state"),
                    1,
                    Duration.ofMillis(100),
                    1,
                    Optional.empty()),
                Optional.empty(),
                PersonConfig.Snapshots.ALL,
                Duration.ofHours(24)));
  }

  @Test
  void readsEveryVariable() {
    Settings settings =
        new Settings(
            Map.of(
                "HOGFLARE_TOPIC_PREFIX", "x.",
                "HOGFLARE_INSTANCE_ID", "b",
                "HOGFLARE_STREAM_THREADS", "3",
                "HOGFLARE_ADVERTISED_ADDRESS", "person-1:8081",
                "POSTHOG_TEAM_ID", "-7",
                "PERSON_SNAPSHOTS", "on_change",
                "HOGFLARE_DEDUP_HOURS", "0"));

    PersonConfig config = PersonConfig.from(settings);

    settings.check();
    assertThat(config.streams().applicationId()).isEqualTo("x.person-processor");
    assertThat(config.streams().instanceId()).isEqualTo("b");
    assertThat(config.streams().threads()).isEqualTo(3);
    assertThat(config.streams().advertised()).hasValue(new HostPort("person-1", 8081));
    assertThat(config.teamId()).hasValue(-7L);
    assertThat(config.snapshots()).isEqualTo(PersonConfig.Snapshots.ON_CHANGE);
    assertThat(config.dedupWindow()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "POSTHOG_TEAM_ID, seven",
    "POSTHOG_TEAM_ID, 1.5",
    "PERSON_SNAPSHOTS, sometimes",
    "HOGFLARE_DEDUP_HOURS, -1",
    "HOGFLARE_DEDUP_HOURS, 8761",
    "HOGFLARE_DEDUP_HOURS, a day",
    "HOGFLARE_STREAM_THREADS, 0",
    "HOGFLARE_ADVERTISED_ADDRESS, person-1"
  })
  void saysWhichVariableIsWrong(String variable, String value) {
    Settings settings = new Settings(Map.of(variable, value));

    PersonConfig config = PersonConfig.from(settings);

    assertThat(config).isNotNull();
    assertThatThrownBy(settings::check)
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining(variable)
        .hasMessageContaining(value);
  }

  @Test
  void theReadmeNamesExistingVariablesWithTheirDefaults() throws IOException {
    Matcher rows = TABLE_ROW.matcher(Files.readString(Path.of("README.md")));
    int count = 0;
    while (rows.find()) {
      count++;
      String defaultOrNull = Variable.valueOf(rows.group(1)).defaultOrNull();
      assertThat(rows.group(2))
          .as(rows.group(1))
          .isEqualTo(defaultOrNull == null ? "unset" : "`" + defaultOrNull + "`");
    }
    assertThat(count).isEqualTo(19);
  }
}

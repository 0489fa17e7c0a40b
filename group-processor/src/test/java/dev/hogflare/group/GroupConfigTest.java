// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class GroupConfigTest {
  private static final Pattern TABLE_ROW =
      Pattern.compile("^\\| `([A-Z][A-Z0-9_]+)` \\| (.+?) \\|", Pattern.MULTILINE);

  @Test
  void hasDefaultsForEverything() {
    Settings settings = new Settings(Map.of());

    GroupConfig config = GroupConfig.from(settings);

    settings.check();
    assertThat(config)
        .isEqualTo(
            new GroupConfig(
                List.of("", "", "", "", ""),
                4,
                new StreamsSettings(
                    "hogflare.group-processor",
                    "1",
                    Path.of("state"),
                    1,
                    Duration.ofMillis(100),
                    1,
                    Optional.empty())));
  }

  @Test
  void readsSlotsAndAddress() {
    Settings settings =
        new Settings(
            Map.of(
                "POSTHOG_GROUP_TYPE_0", "company",
                "POSTHOG_GROUP_TYPE_3", "project",
                "HOGFLARE_PARTITIONS", "16",
                "HOGFLARE_TOPIC_PREFIX", "x.",
                "HOGFLARE_ADVERTISED_ADDRESS", "group-1:8081"));

    GroupConfig config = GroupConfig.from(settings);

    settings.check();
    assertThat(config.slotTypes()).containsExactly("company", "", "", "project", "");
    assertThat(config.partitions()).isEqualTo(16);
    assertThat(config.streams().applicationId()).isEqualTo("x.group-processor");
    assertThat(config.streams().advertised()).hasValue(new HostPort("group-1", 8081));
  }

  @Test
  void reportsWhatIsWrongByName() {
    Settings settings =
        new Settings(
            Map.of("HOGFLARE_PARTITIONS", "none", "HOGFLARE_ADVERTISED_ADDRESS", "group-1"));

    GroupConfig.from(settings);

    assertThatThrownBy(settings::check)
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("HOGFLARE_PARTITIONS")
        .hasMessageContaining("HOGFLARE_ADVERTISED_ADDRESS");
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

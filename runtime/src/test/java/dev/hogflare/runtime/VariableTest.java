// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class VariableTest {
  private static final Pattern COUNTS =
      Pattern.compile(
          ".*_(BYTES|MS|SECS|SECONDS|HOURS|MB|BATCH_ROWS|PORT|PARTITIONS|THREADS|FACTOR|IN_FLIGHT)");

  @ParameterizedTest
  @EnumSource(Variable.class)
  void hasAMeaningThatIsOneSentence(Variable variable) {
    String meaning = variable.meaning();
    assertThat(meaning).as("%s", variable).endsWith(".").doesNotContain("  ");
    assertThat(meaning.split("\\s+")).as("%s", variable).hasSizeGreaterThan(3);
    String withoutAddresses = meaning.replaceAll("[0-9]+\\.[0-9.]+", "");
    assertThat(withoutAddresses.substring(0, withoutAddresses.length() - 1))
        .as("%s has one full stop", variable)
        .doesNotContain(". ");
  }

  @Test
  void noTwoMeanTheSame() {
    Set<String> meanings = new HashSet<>();
    for (Variable variable : Variable.values()) {
      assertThat(meanings.add(variable.meaning())).as("%s", variable).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(Variable.class)
  void isNamedLikeAnEnvironmentVariable(Variable variable) {
    assertThat(variable.name()).matches("[A-Z][A-Z0-9]*(_[A-Z0-9]+)*");
  }

  @ParameterizedTest
  @EnumSource(Variable.class)
  void hasADefaultThatItsOwnRuleTakes(Variable variable) {
    String value = variable.defaultOrNull();
    if (value == null) {
      return;
    }
    assertThat(value).as("%s", variable).isEqualTo(value.trim()).isNotEmpty();
    if (COUNTS.matcher(variable.name()).matches()) {
      assertThat(Long.parseLong(value)).as("%s", variable).isNotNegative();
    }
    if (variable.name().endsWith("_PORT")) {
      assertThat(Integer.parseInt(value)).as("%s", variable).isBetween(0, 65_535);
    }
    if (variable.name().endsWith("_ADDR")) {
      assertThat(HostPort.parseOrNull(value)).as("%s", variable).isNotNull();
    }
  }

  @ParameterizedTest
  @EnumSource(Variable.class)
  void hasADefaultOfTheChoicesThatItsMeaningLists(Variable variable) {
    String[] choices = variable.meaning().split("; ");
    if (variable.meaning().startsWith(variable.defaultOrNull() + ": ")) {
      assertThat(choices).as("%s", variable).hasSizeGreaterThan(1).allMatch(c -> c.contains(": "));
    }
  }

  @Test
  void noSecretHasADefault() {
    for (Variable variable : Variable.values()) {
      if (variable.name().matches(".*(TOKEN|SECRET|API_KEY)")) {
        assertThat(variable.defaultOrNull()).as("%s", variable).isNull();
      }
    }
  }

  @Test
  void theOperatorsPortsListenOnLoopbackUnlessTold() {
    assertThat(Variable.HOGFLARE_ADMIN_HOST.defaultOrNull()).isEqualTo("127.0.0.1");
    assertThat(Variable.HOGFLARE_LAKE_HOST.defaultOrNull()).isEqualTo("127.0.0.1");
  }

  @Test
  void theDefaultsOfWhatEveryServiceReadsArePinned() {
    Map<Variable, String> pinned =
        Map.of(
            Variable.HOGFLARE_TOPIC_PREFIX, "hogflare.",
            Variable.HOGFLARE_PARTITIONS, "4",
            Variable.HOGFLARE_REPLICATION_FACTOR, "1",
            Variable.HOGFLARE_INSTANCE_ID, "1",
            Variable.HOGFLARE_STATE_DIR, "state",
            Variable.HOGFLARE_STREAM_THREADS, "1",
            Variable.HOGFLARE_ADMIN_PORT, "8081",
            Variable.HOGFLARE_STORE_MEMORY_MB, "256",
            Variable.HOGFLARE_COMMIT_INTERVAL_MS, "100");
    pinned.forEach(
        (variable, value) ->
            assertThat(variable.defaultOrNull()).as("%s", variable).isEqualTo(value));
  }

  @Test
  void everyDefaultPassesACheck() {
    Settings settings = new Settings(Map.of());
    for (Variable variable : Variable.values()) {
      if (COUNTS.matcher(variable.name()).matches() && variable.defaultOrNull() != null) {
        assertThat(settings.number(variable, 0, Long.MAX_VALUE)).isNotNegative();
      }
    }
    StreamsSettings.from(settings, "person");
    settings.check();
  }
}

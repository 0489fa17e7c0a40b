// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.Generation;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.SettingsException;
import dev.hogflare.runtime.Variable;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ForwarderConfigTest {
  private static final String ENDPOINT = "https://stream.example/in";

  @Test
  void hasTheseDefaults() {
    assertThat(read(Map.of("CLOUDFLARE_PIPELINE_ENDPOINT", ENDPOINT)))
        .isEqualTo(
            new ForwarderConfig(
                "hogflare.",
                "1",
                new ForwarderConfig.Target(URI.create(ENDPOINT), Optional.empty()),
                Optional.empty(),
                Duration.ofSeconds(10),
                1_000_000,
                5_000,
                Duration.ofMillis(200),
                4));
  }

  @Test
  void readsEveryVariable() {
    Map<String, String> environment = new HashMap<>();
    environment.put("HOGFLARE_TOPIC_PREFIX", "p.");
    environment.put("HOGFLARE_INSTANCE_ID", "b");
    environment.put("CLOUDFLARE_PIPELINE_ENDPOINT", ENDPOINT);
    environment.put("CLOUDFLARE_PIPELINE_AUTH_TOKEN", "one");
    environment.put("CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT", "http://127.0.0.1:8088/persons");
    environment.put("CLOUDFLARE_PERSONS_PIPELINE_AUTH_TOKEN", "two");
    environment.put("CLOUDFLARE_PIPELINE_TIMEOUT_SECS", "30");
    environment.put("HOGFLARE_FORWARDER_BATCH_BYTES", "4500000");
    environment.put("HOGFLARE_FORWARDER_BATCH_ROWS", "7");
    environment.put("HOGFLARE_FORWARDER_LINGER_MS", "0");
    environment.put("HOGFLARE_FORWARDER_IN_FLIGHT", "9");

    assertThat(read(environment))
        .isEqualTo(
            new ForwarderConfig(
                "p.",
                "b",
                new ForwarderConfig.Target(URI.create(ENDPOINT), Optional.of("one")),
                Optional.of(
                    new ForwarderConfig.Target(
                        URI.create("http://127.0.0.1:8088/persons"), Optional.of("two"))),
                Duration.ofSeconds(30),
                4_500_000,
                7,
                Duration.ZERO,
                9));
  }

  @Test
  void dividesRowsAmongTheEndpointsOfOneVariable() {
    Map<String, String> environment = new HashMap<>();
    environment.put("CLOUDFLARE_PIPELINE_ENDPOINT", ENDPOINT + ", https://second.example/in");
    environment.put("CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT", ENDPOINT + "/p,");
    environment.put("HOGFLARE_FORWARDER_BYTES_PER_SECOND", "5000000");
    ForwarderConfig config = read(environment);
    assertThat(config.events())
        .isEqualTo(
            new ForwarderConfig.Target(
                URI.create(ENDPOINT),
                Optional.empty(),
                List.of(URI.create("https://second.example/in"))));
    assertThat(config.persons().orElseThrow().further()).isEmpty();
    assertThat(config.bytesPerSecond()).isEqualTo(5_000_000);
  }

  @Test
  void givesThePersonsStreamTheTokenOfTheEventsStream() {
    ForwarderConfig config =
        read(
            Map.of(
                "CLOUDFLARE_PIPELINE_ENDPOINT", ENDPOINT,
                "CLOUDFLARE_PIPELINE_AUTH_TOKEN", "one",
                "CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT", ENDPOINT));

    assertThat(config.persons().orElseThrow().token()).contains("one");
  }

  @Test
  void sendsOverridesOnlyWhereAnEndpointIsSet() {
    assertThat(read(Map.of("CLOUDFLARE_PIPELINE_ENDPOINT", ENDPOINT)).overrides()).isEmpty();

    Map<String, String> environment = new HashMap<>();
    environment.put("CLOUDFLARE_PIPELINE_ENDPOINT", ENDPOINT);
    environment.put("CLOUDFLARE_PIPELINE_AUTH_TOKEN", "one");
    environment.put("CLOUDFLARE_OVERRIDES_PIPELINE_ENDPOINT", ENDPOINT + "/o");
    assertThat(read(environment).overrides())
        .contains(new ForwarderConfig.Target(URI.create(ENDPOINT + "/o"), Optional.of("one")));
    environment.put("CLOUDFLARE_OVERRIDES_PIPELINE_AUTH_TOKEN", "three");
    assertThat(read(environment).overrides().orElseThrow().token()).contains("three");
  }

  @Test
  void readsTheTopicsOfAShadowGenerationInGroupsOfItsOwn() {
    ForwarderConfig live = read(Map.of("CLOUDFLARE_PIPELINE_ENDPOINT", ENDPOINT));
    assertThat(live.topics().events().name()).isEqualTo("hogflare.events");
    assertThat(live.consumerGroup(RowStream.EVENTS)).isEqualTo("hogflare.forwarder-events");

    ForwarderConfig shadow =
        read(Map.of("CLOUDFLARE_PIPELINE_ENDPOINT", ENDPOINT, "HOGFLARE_SHADOW_GENERATION", "2"));
    assertThat(shadow.topics().events().name()).isEqualTo("hogflare.events.g2");
    assertThat(shadow.topics().persons().name()).isEqualTo("hogflare.persons.g2");
    assertThat(shadow.topics().deadLetters().name()).isEqualTo("hogflare.dead.letters.g2");
    assertThat(shadow.consumerGroup(RowStream.EVENTS)).isEqualTo("hogflare.forwarder-events.g2");

    ForwarderConfig.Target target =
        new ForwarderConfig.Target(URI.create(ENDPOINT), Optional.of("one"));
    ForwarderConfig beside = live.of(new Generation(3), target, target, target, target);
    assertThat(beside.topics().persons().name()).isEqualTo("hogflare.persons.g3");
    assertThat(beside.persons()).contains(target);
    assertThat(beside.overrides()).contains(target);
    assertThat(beside.topics().personOverrides().name()).isEqualTo("hogflare.person.overrides.g3");
    assertThat(beside.recordings()).as("recordings that are not apart here").isEmpty();
  }

  @Test
  void recordingsGoWhereTheEventsGoUnlessTheyHaveAStreamOfTheirOwn() {
    ForwarderConfig among =
        read(
            Map.of(
                "CLOUDFLARE_PIPELINE_ENDPOINT", ENDPOINT, "CLOUDFLARE_PIPELINE_AUTH_TOKEN", "one"));
    assertThat(among.target(RowStream.RECORDINGS)).isEqualTo(among.target(RowStream.EVENTS));
    assertThat(among.sink(RowStream.RECORDINGS)).isEqualTo(RowStream.EVENTS);

    Map<String, String> environment = new HashMap<>();
    environment.put("CLOUDFLARE_PIPELINE_ENDPOINT", ENDPOINT);
    environment.put("CLOUDFLARE_PIPELINE_AUTH_TOKEN", "one");
    environment.put("CLOUDFLARE_RECORDINGS_PIPELINE_ENDPOINT", "http://127.0.0.1:8088/recordings");
    ForwarderConfig apart = read(environment);
    assertThat(apart.sink(RowStream.RECORDINGS)).isEqualTo(RowStream.RECORDINGS);
    assertThat(apart.target(RowStream.RECORDINGS))
        .contains(
            new ForwarderConfig.Target(
                URI.create("http://127.0.0.1:8088/recordings"), Optional.of("one")));
    assertThat(apart.target(RowStream.EVENTS)).isEqualTo(among.target(RowStream.EVENTS));
    ForwarderConfig.Target shadow =
        new ForwarderConfig.Target(URI.create(ENDPOINT), Optional.empty());
    assertThat(
            apart
                .of(new Generation(2), among.events(), shadow, among.events(), among.events())
                .target(RowStream.RECORDINGS))
        .contains(shadow);

    environment.put("CLOUDFLARE_RECORDINGS_PIPELINE_AUTH_TOKEN", "two");
    assertThat(read(environment).recordings().orElseThrow().token()).contains("two");
  }

  @Test
  void needsAnEndpoint() {
    assertThatThrownBy(() -> read(Map.of()))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("CLOUDFLARE_PIPELINE_ENDPOINT is not set");
  }

  @ParameterizedTest
  @CsvSource({
    "CLOUDFLARE_PIPELINE_ENDPOINT, ftp://host/",
    "CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT, nowhere",
    "CLOUDFLARE_RECORDINGS_PIPELINE_ENDPOINT, ftp://host/",
    "CLOUDFLARE_PIPELINE_TIMEOUT_SECS, 0",
    "HOGFLARE_FORWARDER_BATCH_BYTES, 5000000",
    "HOGFLARE_FORWARDER_BATCH_BYTES, 999",
    "HOGFLARE_FORWARDER_BATCH_ROWS, 0",
    "HOGFLARE_FORWARDER_LINGER_MS, -1",
    "HOGFLARE_FORWARDER_IN_FLIGHT, 65"
  })
  void refusesAValueOutOfBounds(String variable, String value) {
    Map<String, String> environment = new HashMap<>();
    environment.put("CLOUDFLARE_PIPELINE_ENDPOINT", ENDPOINT);
    environment.put(variable, value);

    assertThatThrownBy(() -> read(environment))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining(variable);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Bearer top-secret", "top-secret\nX-Other: 1", "töp-secret"})
  void refusesATokenThatNoHeaderCanCarryWithoutShowingIt(String token) {
    assertThatThrownBy(
            () ->
                read(
                    Map.of(
                        "CLOUDFLARE_PIPELINE_ENDPOINT", ENDPOINT,
                        "CLOUDFLARE_PIPELINE_AUTH_TOKEN", token)))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("CLOUDFLARE_PIPELINE_AUTH_TOKEN")
        .hasMessageNotContaining("secret");
  }

  @Test
  void showsNoSecret() {
    String shown =
        read(Map.of(
                "CLOUDFLARE_PIPELINE_ENDPOINT", "https://me:pass@host:8443/in?key=query",
                "CLOUDFLARE_PIPELINE_AUTH_TOKEN", "token-of-events"))
            .toString();

    assertThat(shown)
        .contains("https://host:8443/in with a token")
        .doesNotContain("token-of-events", "pass", "query");
  }

  @Test
  void setsTheConsumerUp() {
    ForwarderConfig config = read(Map.of("CLOUDFLARE_PIPELINE_ENDPOINT", ENDPOINT));

    assertThat(
            Forwarder.consumerProperties(
                RowStream.PERSONS, config, KafkaSettings.plain("broker:9092")))
        .containsEntry("bootstrap.servers", "broker:9092")
        .containsEntry("group.id", "hogflare.forwarder-persons")
        .containsEntry("group.instance.id", "1")
        .containsEntry("isolation.level", "read_committed")
        .containsEntry("enable.auto.commit", false)
        .containsEntry("auto.offset.reset", "earliest");
  }

  @Test
  void isDocumentedInTheReadme() throws IOException {
    String readme = Files.readString(Path.of("README.md"));

    for (Variable variable :
        List.of(
            Variable.CLOUDFLARE_PIPELINE_ENDPOINT,
            Variable.CLOUDFLARE_PIPELINE_AUTH_TOKEN,
            Variable.CLOUDFLARE_RECORDINGS_PIPELINE_ENDPOINT,
            Variable.CLOUDFLARE_RECORDINGS_PIPELINE_AUTH_TOKEN,
            Variable.CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT,
            Variable.CLOUDFLARE_PERSONS_PIPELINE_AUTH_TOKEN,
            Variable.CLOUDFLARE_PIPELINE_TIMEOUT_SECS,
            Variable.HOGFLARE_FORWARDER_BATCH_BYTES,
            Variable.HOGFLARE_FORWARDER_BATCH_ROWS,
            Variable.HOGFLARE_FORWARDER_LINGER_MS,
            Variable.HOGFLARE_FORWARDER_IN_FLIGHT,
            Variable.HOGFLARE_SHADOW_GENERATION,
            Variable.HOGFLARE_TOPIC_PREFIX,
            Variable.HOGFLARE_INSTANCE_ID,
            Variable.HOGFLARE_PARTITIONS,
            Variable.HOGFLARE_REPLICATION_FACTOR,
            Variable.HOGFLARE_ADMIN_HOST,
            Variable.HOGFLARE_ADMIN_PORT)) {
      String defaultValue = variable.defaultOrNull() == null ? "–" : variable.defaultOrNull();
      assertThat(readme).contains("| `" + variable + "` | " + defaultValue + " |");
    }
  }

  private static ForwarderConfig read(Map<String, String> environment) {
    Settings settings = new Settings(environment);
    ForwarderConfig config = ForwarderConfig.from(settings);
    settings.check();
    return config;
  }
}

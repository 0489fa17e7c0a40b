// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {

  /** Some choices. */
  private enum Choice {
    REJECT,
    ON_CHANGE
  }

  private static Settings of(Object... namesAndValues) {
    Map<String, String> environment = new HashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      environment.put(namesAndValues[i].toString(), namesAndValues[i + 1].toString());
    }
    return new Settings(environment);
  }

  private static void assertProblem(Settings settings, String... lines) {
    assertThatThrownBy(settings::check)
        .isInstanceOf(SettingsException.class)
        .hasMessage(String.join(System.lineSeparator(), lines));
  }

  @Test
  void anEmptyEnvironmentIsFine() {
    Settings settings = of();
    settings.check();
    assertThat(settings.optional(Variable.POSTHOG_API_KEY)).isEmpty();
    settings.check();
  }

  @Test
  void namesOfOthersAreNoConcernOfOurs() {
    of("PATH", "/bin", "POSTHOG_UNKNOWN", "x", "CLOUDFLARE_OTHER", "y").check();
  }

  @Test
  void aValueWinsOverTheDefault() {
    assertThat(of().optional(Variable.HOGFLARE_TOPIC_PREFIX)).contains("hogflare.");
    assertThat(of(Variable.HOGFLARE_TOPIC_PREFIX, "blue.").optional(Variable.HOGFLARE_TOPIC_PREFIX))
        .contains("blue.");
  }

  @Test
  void aBlankValueIsAnUnsetOne() {
    Settings settings =
        of(
            Variable.HOGFLARE_TOPIC_PREFIX,
            " ",
            Variable.POSTHOG_API_KEY,
            "",
            "HOGFLARE_UNKNOWN",
            "\t",
            "KAFKA_SASL_MECHANISM",
            "");
    assertThat(settings.optional(Variable.HOGFLARE_TOPIC_PREFIX)).contains("hogflare.");
    assertThat(settings.optional(Variable.POSTHOG_API_KEY)).isEmpty();
    assertThat(settings.properties("KAFKA_")).isEmpty();
    settings.check();
  }

  @Test
  void aValueIsTrimmed() {
    assertThat(of(Variable.POSTHOG_API_KEY, " phc_1\n").required(Variable.POSTHOG_API_KEY))
        .isEqualTo("phc_1");
  }

  @ParameterizedTest
  @CsvSource({
    "HOGFLARE_PARTITION, HOGFLARE_PARTITIONS",
    "HOGFLARE_TOPICPREFIX, HOGFLARE_TOPIC_PREFIX",
    "HOGFLARE_ADMIN_PROT, HOGFLARE_ADMIN_PORT"
  })
  void anUnknownNameOfOursIsAProblemWithASuggestion(String wrong, String right) {
    assertProblem(
        of(wrong, "x"),
        wrong + " is not a variable of Hogflare Streams; did you mean " + right + "?");
  }

  @Test
  void anUnknownNameThatIsLikeNoOtherGetsNoSuggestion() {
    assertProblem(
        of("HOGFLARE_COMPLETELY_DIFFERENT_THING", "x"),
        "HOGFLARE_COMPLETELY_DIFFERENT_THING is not a variable of Hogflare Streams;"
            + " remove it, or see docs/configuration.md.");
  }

  @Test
  void everyKnownNameIsKnown() {
    Map<String, String> all = new HashMap<>();
    for (Variable variable : Variable.values()) {
      all.put(variable.name(), "1");
    }
    new Settings(all).check();
  }

  @Test
  void allProblemsAreReportedAtOnceOneLineEach() {
    Settings settings =
        of(
            "HOGFLARE_PARTITIONSS",
            "4",
            Variable.HOGFLARE_ADMIN_PORT,
            "http",
            Variable.APP_ADDR,
            "8080",
            Variable.CLOUDFLARE_PIPELINE_ENDPOINT,
            "ftp://x/");
    assertThat(settings.number(Variable.HOGFLARE_ADMIN_PORT, 0, 65_535)).isEqualTo(8081);
    settings.address(Variable.APP_ADDR);
    assertThat(settings.optionalUrl(Variable.CLOUDFLARE_PIPELINE_ENDPOINT)).isEmpty();
    assertThat(settings.required(Variable.POSTHOG_API_KEY)).isEmpty();
    assertProblem(
        settings,
        "HOGFLARE_PARTITIONSS is not a variable of Hogflare Streams;"
            + " did you mean HOGFLARE_PARTITIONS?",
        "HOGFLARE_ADMIN_PORT is \"http\"; set it to a whole number from 0 to 65535.",
        "APP_ADDR is \"8080\"; set it to host:port, such as 0.0.0.0:8080.",
        "CLOUDFLARE_PIPELINE_ENDPOINT is no http or https URL with a host;"
            + " set it to one such as https://host/path.",
        "POSTHOG_API_KEY is not set; set it: " + Variable.POSTHOG_API_KEY.meaning());
  }

  @Test
  void theSameProblemIsReportedOnce() {
    Settings settings = of(Variable.HOGFLARE_STREAM_THREADS, "many");
    StreamsSettings.from(settings, "person");
    StreamsSettings.from(settings, "group");
    assertProblem(
        settings, "HOGFLARE_STREAM_THREADS is \"many\"; set it to a whole number from 1 to 64.");
  }

  @Test
  void aMissingVariableIsOneProblemWhateverItsType() {
    for (Consumer<Settings> read :
        List.<Consumer<Settings>>of(
            s -> s.required(Variable.POSTHOG_API_KEY),
            s -> s.number(Variable.POSTHOG_API_KEY, 0, 9),
            s -> s.wholeNumber(Variable.POSTHOG_API_KEY, 0, 9),
            s -> s.millis(Variable.POSTHOG_API_KEY, 0, 9),
            s -> s.seconds(Variable.POSTHOG_API_KEY, 0, 9),
            s -> s.url(Variable.POSTHOG_API_KEY),
            s -> s.address(Variable.POSTHOG_API_KEY),
            s -> s.choice(Variable.POSTHOG_API_KEY, Choice.class))) {
      Settings settings = of();
      read.accept(settings);
      assertProblem(
          settings, "POSTHOG_API_KEY is not set; set it: " + Variable.POSTHOG_API_KEY.meaning());
    }
  }

  @Test
  void readsWholeNumbersWithinTheirBounds() {
    for (long number : new long[] {1, 64}) {
      Settings settings = of(Variable.HOGFLARE_STREAM_THREADS, number);
      assertThat(settings.number(Variable.HOGFLARE_STREAM_THREADS, 1, 64)).isEqualTo(number);
      assertThat(settings.wholeNumber(Variable.HOGFLARE_STREAM_THREADS, 1, 64))
          .isEqualTo((int) number);
      assertThat(settings.optionalNumber(Variable.HOGFLARE_STREAM_THREADS, 1, 64)).contains(number);
      settings.check();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "65", "-1", "1.5", "1e1", "ten", "0x10", "9223372036854775808"})
  void refusesAnyOtherNumberAndGoesOnWithTheDefault(String text) {
    Settings settings = of(Variable.HOGFLARE_STREAM_THREADS, text);
    assertThat(settings.number(Variable.HOGFLARE_STREAM_THREADS, 1, 64)).isEqualTo(1);
    assertProblem(
        settings,
        "HOGFLARE_STREAM_THREADS is \"" + text + "\"; set it to a whole number from 1 to 64.");
  }

  @Test
  void anOptionalNumberMayBeUnset() {
    assertThat(of().optionalNumber(Variable.POSTHOG_TEAM_ID, 0, 9)).isEmpty();
    Settings settings = of(Variable.POSTHOG_TEAM_ID, "x");
    assertThat(settings.optionalNumber(Variable.POSTHOG_TEAM_ID, 0, 9)).isEmpty();
    assertProblem(settings, "POSTHOG_TEAM_ID is \"x\"; set it to a whole number from 0 to 9.");
  }

  @Test
  void aNumberWithoutADefaultThatIsMalformedIsOneProblem() {
    Settings settings = of(Variable.POSTHOG_TEAM_ID, "x");
    assertThat(settings.number(Variable.POSTHOG_TEAM_ID, 3, 9)).isEqualTo(3);
    assertProblem(settings, "POSTHOG_TEAM_ID is \"x\"; set it to a whole number from 3 to 9.");
  }

  @Test
  void readsSpansOfTime() {
    Settings settings =
        of(
            Variable.HOGFLARE_COMMIT_INTERVAL_MS, "250",
            Variable.CLOUDFLARE_PIPELINE_TIMEOUT_SECS, "3");
    assertThat(settings.millis(Variable.HOGFLARE_COMMIT_INTERVAL_MS, 5, 60_000))
        .isEqualTo(Duration.ofMillis(250));
    assertThat(settings.seconds(Variable.CLOUDFLARE_PIPELINE_TIMEOUT_SECS, 1, 600))
        .isEqualTo(Duration.ofSeconds(3));
    settings.check();
  }

  @ParameterizedTest
  @CsvSource({"reject, REJECT", "REJECT, REJECT", "On_Change, ON_CHANGE"})
  void readsAChoiceInAnyCase(String text, Choice choice) {
    assertThat(
            of(Variable.HOGFLARE_LAKE_INVALID_ROWS, text)
                .choice(Variable.HOGFLARE_LAKE_INVALID_ROWS, Choice.class))
        .isEqualTo(choice);
  }

  @Test
  void refusesAnUnknownChoiceAndListsTheKnownOnes() {
    Settings settings = of(Variable.HOGFLARE_LAKE_INVALID_ROWS, "Ignore");
    settings.choice(Variable.HOGFLARE_LAKE_INVALID_ROWS, Choice.class);
    assertProblem(
        settings, "HOGFLARE_LAKE_INVALID_ROWS is \"Ignore\"; set it to one of reject, on_change.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1:8088/events",
        "https://0123abcd.ingest.cloudflare.com",
        "https://user@host/a?b=c#d",
        "http://[::1]:8088/"
      })
  void readsUrls(String url) {
    Settings settings = of(Variable.CLOUDFLARE_PIPELINE_ENDPOINT, url);
    assertThat(settings.url(Variable.CLOUDFLARE_PIPELINE_ENDPOINT)).isEqualTo(URI.create(url));
    assertThat(settings.optionalUrl(Variable.CLOUDFLARE_PIPELINE_ENDPOINT))
        .contains(URI.create(url));
    settings.check();
  }

  @Test
  void anOptionalUrlMayBeUnset() {
    Settings settings = of();
    assertThat(settings.optionalUrl(Variable.CLOUDFLARE_PIPELINE_ENDPOINT)).isEmpty();
    settings.check();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "host",
        "host:80",
        "//host/",
        "ftp://host/",
        "http:///path",
        "http://",
        "mailto:a@b",
        "http://host:99999/",
        "http://ho st/",
        "http://host/%zz",
        "https://[::1/"
      })
  void refusesOtherUrls(String url) {
    Settings settings = of(Variable.CLOUDFLARE_PIPELINE_ENDPOINT, url);
    assertThat(settings.url(Variable.CLOUDFLARE_PIPELINE_ENDPOINT).getHost())
        .isEqualTo("127.0.0.1");
    assertThatThrownBy(settings::check)
        .isInstanceOf(SettingsException.class)
        .hasMessageStartingWith("CLOUDFLARE_PIPELINE_ENDPOINT is no")
        .hasMessageEndingWith("set it to one such as https://host/path.");
  }

  @Test
  void noProblemRepeatsASecret() {
    Settings settings =
        of(
            Variable.CLOUDFLARE_PIPELINE_ENDPOINT,
            "https://user:hunter2@ho st/",
            "KAFKA_SASL_JAAS_CONFIG",
            "password=hunter2");
    settings.url(Variable.CLOUDFLARE_PIPELINE_ENDPOINT);
    assertThatThrownBy(settings::check).hasMessageNotContaining("hunter2");
    assertThat(settings.toString()).doesNotContain("hunter2");
    assertThat(KafkaSettings.from(settings).toString()).doesNotContain("hunter2");
  }

  @Test
  void readsAddresses() {
    Settings settings = of(Variable.HOGFLARE_ADVERTISED_ADDRESS, "node-1:8081");
    assertThat(settings.address(Variable.APP_ADDR)).isEqualTo(new HostPort("0.0.0.0", 8080));
    assertThat(settings.optionalAddress(Variable.HOGFLARE_ADVERTISED_ADDRESS))
        .contains(new HostPort("node-1", 8081));
    assertThat(of().optionalAddress(Variable.HOGFLARE_ADVERTISED_ADDRESS)).isEmpty();
    settings.check();
  }

  @Test
  void refusesAnAddressWithoutAPort() {
    Settings settings = of(Variable.HOGFLARE_ADVERTISED_ADDRESS, "node-1");
    settings.optionalAddress(Variable.HOGFLARE_ADVERTISED_ADDRESS);
    assertProblem(
        settings,
        "HOGFLARE_ADVERTISED_ADDRESS is \"node-1\"; set it to host:port, such as 0.0.0.0:8080.");
  }

  @Test
  void passesPropertiesOfAPrefixThrough() {
    Settings settings =
        of(
            "KAFKA_SASL_MECHANISM", "PLAIN",
            "KAFKA_MAX_REQUEST_SIZE", "5",
            "STREAMS_NUM_STANDBY_REPLICAS", "1",
            "NOT_KAFKA_X", "y");
    assertThat(settings.properties("KAFKA_"))
        .isEqualTo(Map.of("sasl.mechanism", "PLAIN", "max.request.size", "5"));
    assertThat(settings.properties("STREAMS_")).isEqualTo(Map.of("num.standby.replicas", "1"));
    settings.check();
  }

  @Test
  void doesNotFollowLaterChangesOfTheEnvironment() {
    Map<String, String> environment = new HashMap<>();
    Settings settings = new Settings(environment);
    environment.put("POSTHOG_API_KEY", "late");
    assertThat(settings.optional(Variable.POSTHOG_API_KEY)).isEmpty();
  }
}

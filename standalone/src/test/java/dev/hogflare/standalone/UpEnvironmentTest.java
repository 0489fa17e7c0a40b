// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UpEnvironmentTest {
  private static final UpEnvironment.Options NO_OPTIONS =
      new UpEnvironment.Options(Optional.empty(), OptionalInt.empty(), OptionalInt.empty());

  @TempDir Path root;

  @Test
  void choosesEverythingForOneMachineWhenNothingIsSet() {
    assertThat(complete(Map.of(), NO_OPTIONS))
        .containsEntry("APP_ADDR", "127.0.0.1:8080")
        .containsEntry("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")
        .containsEntry("HOGFLARE_PARTITIONS", "4")
        .containsEntry("HOGFLARE_STATE_DIR", root.resolve("state").toString())
        .containsEntry("HOGFLARE_SPOOL_DIR", root.resolve("spool").toString())
        .containsEntry("HOGFLARE_LAKE_DIR", root.resolve("lake").toString())
        .containsEntry("HOGFLARE_LAKE_COMMIT_SECONDS", "5")
        .containsEntry("HOGFLARE_DEFINITIONS_SECONDS", "10")
        .containsEntry("HOGFLARE_ADMIN_PORT", "8081")
        .containsEntry("HOGFLARE_LAKE_PORT", "8088")
        .containsEntry("HOGFLARE_LAKE_TOKEN", "secret")
        .containsEntry(
            "CLOUDFLARE_PIPELINE_ENDPOINT", "http://127.0.0.1:8088/streams/hogflare_events")
        .containsEntry("CLOUDFLARE_PIPELINE_AUTH_TOKEN", "secret")
        .containsEntry(
            "CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT",
            "http://127.0.0.1:8088/streams/hogflare_persons")
        .containsEntry(
            "CLOUDFLARE_OVERRIDES_PIPELINE_ENDPOINT",
            "http://127.0.0.1:8088/streams/hogflare_person_overrides");
  }

  @Test
  void letsAVariableWinOverTheChoiceAndAnOptionOverTheVariable() {
    Map<String, String> operator =
        Map.of(
            "APP_ADDR", "0.0.0.0:9000",
            "HOGFLARE_PARTITIONS", "8",
            "HOGFLARE_LAKE_COMMIT_SECONDS", "60",
            "POSTHOG_API_KEY", "phc_1");
    assertThat(complete(operator, NO_OPTIONS))
        .containsEntry("APP_ADDR", "0.0.0.0:9000")
        .containsEntry("HOGFLARE_PARTITIONS", "8")
        .containsEntry("HOGFLARE_LAKE_COMMIT_SECONDS", "60")
        .containsEntry("POSTHOG_API_KEY", "phc_1");
    assertThat(
            complete(
                operator,
                new UpEnvironment.Options(
                    Optional.empty(), OptionalInt.of(9001), OptionalInt.of(16))))
        .containsEntry("APP_ADDR", "0.0.0.0:9001")
        .containsEntry("HOGFLARE_PARTITIONS", "16");
  }

  @Test
  void leavesTheRowsToTheOperatorsEndpoint() {
    Map<String, String> operator =
        Map.of(
            "CLOUDFLARE_PIPELINE_ENDPOINT", "https://stream.example/",
            "CLOUDFLARE_PIPELINE_AUTH_TOKEN", "theirs");
    assertThat(UpEnvironment.usesLocalLake(operator)).isFalse();
    assertThat(complete(operator, NO_OPTIONS))
        .containsEntry("CLOUDFLARE_PIPELINE_ENDPOINT", "https://stream.example/")
        .containsEntry("CLOUDFLARE_PIPELINE_AUTH_TOKEN", "theirs")
        .doesNotContainKeys("CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT", "HOGFLARE_LAKE_TOKEN");
  }

  @Test
  void sendsPersonsElsewhereWithTheOperatorsTokenWhileEventsStay() {
    assertThat(
            complete(
                Map.of(
                    "CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT", "https://persons.example/",
                    "CLOUDFLARE_PERSONS_PIPELINE_AUTH_TOKEN", "theirs"),
                NO_OPTIONS))
        .containsEntry("CLOUDFLARE_PIPELINE_AUTH_TOKEN", "secret")
        .containsEntry("CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT", "https://persons.example/")
        .containsEntry("CLOUDFLARE_PERSONS_PIPELINE_AUTH_TOKEN", "theirs");
  }

  @Test
  void neverSendsTheLocalTokenToTheOperatorsPersonsEndpoint() {
    assertThat(
            complete(
                Map.of("CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT", "https://persons.example/"),
                NO_OPTIONS))
        .containsEntry("CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT", "https://persons.example/")
        .doesNotContainValue("secret");
  }

  @Test
  void keepsRecordingsAmongTheEventsUnlessTheyAreToBeApart() {
    assertThat(complete(Map.of(), NO_OPTIONS))
        .doesNotContainKey("CLOUDFLARE_RECORDINGS_PIPELINE_ENDPOINT");
    assertThat(complete(Map.of("HOGFLARE_LAKE_RECORDINGS", "apart"), NO_OPTIONS))
        .containsEntry(
            "CLOUDFLARE_RECORDINGS_PIPELINE_ENDPOINT",
            "http://127.0.0.1:8088/streams/hogflare_recordings");
    assertThatThrownBy(() -> complete(Map.of("HOGFLARE_LAKE_RECORDINGS", "elsewhere"), NO_OPTIONS))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("HOGFLARE_LAKE_RECORDINGS is \"elsewhere\"; set it to one of");
  }

  @Test
  void refusesToSendRecordingsElsewhereWhileEventsStay() {
    Map<String, String> elsewhere =
        Map.of("CLOUDFLARE_RECORDINGS_PIPELINE_ENDPOINT", "https://recordings.example/");
    assertThatThrownBy(() -> complete(elsewhere, NO_OPTIONS))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("CLOUDFLARE_RECORDINGS_PIPELINE_ENDPOINT is set while events go to");
    Map<String, String> both = new HashMap<>(elsewhere);
    both.put("CLOUDFLARE_PIPELINE_ENDPOINT", "https://stream.example/");
    assertThat(complete(both, NO_OPTIONS))
        .containsEntry("CLOUDFLARE_RECORDINGS_PIPELINE_ENDPOINT", "https://recordings.example/");
  }

  @Test
  void keepsThePartitionsThatTheTopicsHave() throws Exception {
    for (int partition = 0; partition < 6; partition++) {
      Files.createDirectories(root.resolve("kafka/hogflare.events.raw-" + partition));
    }
    Files.createDirectories(root.resolve("kafka/hogflare.events.raw-extra-0"));
    assertThat(complete(Map.of(), NO_OPTIONS)).containsEntry("HOGFLARE_PARTITIONS", "6");
    assertThatThrownBy(() -> complete(Map.of("HOGFLARE_PARTITIONS", "8"), NO_OPTIONS))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("have 6 partitions, which cannot become 8")
        .hasMessageContaining("leave HOGFLARE_PARTITIONS out");
    assertThatThrownBy(
            () ->
                complete(
                    Map.of(),
                    new UpEnvironment.Options(
                        Optional.empty(), OptionalInt.empty(), OptionalInt.of(2))))
        .hasMessageContaining("leave --partitions out");
  }

  @Test
  void refusesAKafkaOfTheOperator() {
    assertThatThrownBy(() -> complete(Map.of("KAFKA_BOOTSTRAP_SERVERS", "b:9092"), NO_OPTIONS))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("unset it");
  }

  @Test
  void takesAnyPortForAZeroAndTreatsABlankAsUnset() {
    assertThat(
            complete(
                Map.of("HOGFLARE_ADMIN_PORT", "0", "HOGFLARE_LAKE_PORT", " ", "APP_ADDR", ""),
                NO_OPTIONS))
        .containsEntry("HOGFLARE_ADMIN_PORT", "50000")
        .containsEntry("HOGFLARE_LAKE_PORT", "8088")
        .containsEntry("APP_ADDR", "127.0.0.1:8080");
  }

  @Test
  void reachesALakeThatListensEverywhereOverTheLoopbackAddress() {
    assertThat(complete(Map.of("HOGFLARE_LAKE_HOST", "0.0.0.0"), NO_OPTIONS))
        .containsEntry(
            "CLOUDFLARE_PIPELINE_ENDPOINT", "http://127.0.0.1:8088/streams/hogflare_events");
  }

  private Map<String, String> complete(
      Map<String, String> operator, UpEnvironment.Options options) {
    return UpEnvironment.complete(
        operator,
        options,
        new DataFolder(root),
        "127.0.0.1:9092",
        "secret",
        port -> port == 0 ? 50_000 : port);
  }
}

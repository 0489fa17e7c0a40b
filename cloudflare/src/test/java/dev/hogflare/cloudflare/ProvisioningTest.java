// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.cloudflare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hogflare.contract.RowSchema;
import dev.hogflare.fixtures.FakeCloudflare;
import dev.hogflare.runtime.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProvisioningTest {
  private static final List<CloudflareTable> TABLES =
      List.of(CloudflareTable.EVENTS, CloudflareTable.PERSONS);

  private static final List<String> ALL_CALLS =
      List.of(
          "GET streams",
          "GET sinks",
          "GET pipelines",
          "POST streams hogflare_events",
          "POST streams hogflare_persons",
          "POST sinks hogflare_events_sink",
          "POST sinks hogflare_persons_sink",
          "POST pipelines hogflare_events_pipeline",
          "POST pipelines hogflare_persons_pipeline");

  private final List<Duration> waits = new ArrayList<>();
  private FakeCloudflare cloudflare;

  @BeforeEach
  void start() throws IOException {
    cloudflare = new FakeCloudflare();
  }

  @AfterEach
  void stop() {
    cloudflare.close();
  }

  private CloudflareApi api(Map<String, String> changed) {
    Map<String, String> environment = new HashMap<>(cloudflare.environment());
    environment.putAll(changed);
    Settings settings = new Settings(environment);
    CloudflareConfig config = CloudflareConfig.from(settings);
    settings.check();
    return new CloudflareApi(config, waits::add);
  }

  private Map<CloudflareTable, String> provision(Map<String, String> changed) {
    try (CloudflareApi api = api(changed)) {
      Provisioning provisioning = new Provisioning(api, 60);
      return provisioning.apply(provisioning.plan(TABLES), step -> {});
    }
  }

  private Map<CloudflareTable, String> provision() {
    return provision(Map.of());
  }

  @Test
  void createsStreamsSinksAndPipelinesInThisOrder() {
    Map<CloudflareTable, String> endpoints = provision();

    assertThat(cloudflare.calls()).containsExactlyElementsOf(ALL_CALLS);
    assertThat(endpoints)
        .isEqualTo(
            Map.of(
                CloudflareTable.EVENTS,
                cloudflare.thing("streams", "hogflare_events").path("endpoint").asText(),
                CloudflareTable.PERSONS,
                cloudflare.thing("streams", "hogflare_persons").path("endpoint").asText()));
  }

  @Test
  void sendsTheColumnsOfTheSchemaFilesAndWhatASinkNeeds() throws IOException {
    provision();

    JsonNode stream = cloudflare.bodies().get(0);
    assertThat(stream.path("schema"))
        .isEqualTo(
            new ObjectMapper()
                .readTree(
                    Files.readString(Path.of("..", "scripts", "events-pipeline-schema.json"))));
    assertThat(stream.path("http").toString())
        .isEqualTo("{\"enabled\":true,\"authentication\":true}");
    assertThat(cloudflare.bodies().get(2).toString())
        .isEqualTo(
            "{\"name\":\"hogflare_events_sink\",\"type\":\"r2_data_catalog\",\"config\":"
                + "{\"account_id\":\""
                + FakeCloudflare.ACCOUNT
                + "\",\"bucket\":\"analytics\",\"namespace\":\"default\","
                + "\"table_name\":\"hogflare_events\",\"token\":\""
                + FakeCloudflare.TOKEN
                + "\",\"rolling_policy\":{\"interval_seconds\":60}},\"format\":{\"type\":\"parquet\","
                + "\"compression\":\"zstd\",\"row_group_bytes\":33554432}}");
    assertThat(cloudflare.bodies().get(4).toString())
        .isEqualTo(
            "{\"name\":\"hogflare_events_pipeline\","
                + "\"sql\":\"INSERT INTO hogflare_events_sink SELECT * FROM hogflare_events;\"}");
  }

  @Test
  void doesNothingTheSecondTimeAndReturnsTheSameEndpoints() {
    Map<CloudflareTable, String> first = provision();
    cloudflare.forget();

    assertThat(provision()).isEqualTo(first);
    assertThat(cloudflare.changes()).isEmpty();
  }

  @Test
  void completesARunThatFailedHalfWay() {
    cloudflare.refuse(
        "POST sinks hogflare_persons_sink", 400, FakeCloudflare.errors(10003, "config.token: no"));
    assertThatThrownBy(this::provision)
        .isInstanceOf(CloudflareException.class)
        .hasMessage(
            "Cloudflare answered 400 to POST sinks (10003: config.token: no); change what the"
                + " message names, then give the command again.");
    cloudflare.forget();

    provision();
    assertThat(cloudflare.changes())
        .containsExactly(
            "POST sinks hogflare_persons_sink",
            "POST pipelines hogflare_events_pipeline",
            "POST pipelines hogflare_persons_pipeline");
  }

  @Test
  void findsWhatWasCreatedAlthoughTheAnswerWasLost() {
    cloudflare.doAndFail("POST streams hogflare_persons", 502);
    assertThatThrownBy(this::provision)
        .isInstanceOf(CloudflareException.class)
        .hasMessageContaining("answered 502 with something that is no JSON (<html>bad gateway");
    cloudflare.forget();

    provision();
    assertThat(cloudflare.names("streams")).containsExactly("hogflare_events", "hogflare_persons");
    assertThat(cloudflare.changes()).doesNotContain("POST streams hogflare_persons");
  }

  @Test
  void readsListsToTheirEnd() {
    provision();
    cloudflare.pageSize(1).forget();

    provision();
    assertThat(cloudflare.changes()).isEmpty();
    assertThat(cloudflare.calls().stream().filter("GET sinks"::equals)).hasSize(2);
  }

  @Test
  void waitsAsLongAsTheServiceWishes() {
    cloudflare.tooMany("POST streams", 17).refuse("GET sinks", 503, "");

    provision();
    assertThat(waits).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(17));
    assertThat(cloudflare.names("streams")).hasSize(2);
  }

  @Test
  void saysWhichRightATokenLacks() {
    assertThatThrownBy(() -> provision(Map.of("CLOUDFLARE_API_TOKEN", "another")))
        .isInstanceOf(CloudflareException.class)
        .hasMessage(
            "Cloudflare answered 403 to GET streams (10000: Authentication error); give"
                + " CLOUDFLARE_API_TOKEN the permission \"Pipelines Read\" for this account.");
    assertThatThrownBy(
            () -> provision(Map.of("CLOUDFLARE_ACCOUNT_ID", "fedcba9876543210fedcba9876543210")))
        .hasMessageContaining("check CLOUDFLARE_ACCOUNT_ID and HOGFLARE_CLOUDFLARE_API_URL");
  }

  @Test
  void touchesNothingThatIsNotOurs() {
    provision();
    ArrayNode fields =
        (ArrayNode) cloudflare.thing("streams", "hogflare_events").path("schema").path("fields");
    fields.remove(1);
    ((ObjectNode) fields.get(1)).put("type", "json");
    fields.addObject().put("name", "shard").put("type", "string").put("required", true);
    ((ObjectNode) cloudflare.thing("sinks", "hogflare_persons_sink").path("config"))
        .put("bucket", "another");
    cloudflare
        .thing("pipelines", "hogflare_events_pipeline")
        .put("sql", "INSERT INTO hogflare_events_sink SELECT uuid FROM hogflare_events");
    cloudflare.forget();

    assertThatThrownBy(this::provision)
        .isInstanceOf(CloudflareException.class)
        .hasMessageContainingAll(
            "The stream hogflare_events is not ours: it lacks the column team_id (int64), its"
                + " column source is json, and ours is string, it demands the column shard, which our rows do not have; columns cannot be changed",
            "The sink hogflare_persons_sink writes to another/default.hogflare_persons",
            "set CLOUDFLARE_R2_BUCKET to its bucket",
            "The pipeline hogflare_events_pipeline does something else");
    assertThat(cloudflare.changes()).isEmpty();
  }

  @Test
  void takesAnExistingSinkUnderTheProductsOtherName() {
    provision();
    cloudflare.forget();

    provision(Map.of("HOGFLARE_CLOUDFLARE_PRODUCT", "basin"));
    assertThat(cloudflare.changes()).isEmpty();
    cloudflare.forget();
    provision(
        Map.of("HOGFLARE_CLOUDFLARE_PRODUCT", "basin", "HOGFLARE_CLOUDFLARE_NAMESPACE", "second"));
    assertThat(cloudflare.bodies().get(2).path("type").asText()).isEqualTo("basin_catalog");
    assertThat(cloudflare.changes().get(0)).isEqualTo("POST streams second_hogflare_events");
  }

  @Test
  void opensAStreamThatTakesNoRows() {
    provision();
    ((ObjectNode) cloudflare.thing("streams", "hogflare_events").path("http"))
        .put("enabled", false);
    cloudflare.forget();

    provision();
    assertThat(cloudflare.changes()).containsExactly("PATCH streams hogflare_events");
    assertThat(
            cloudflare.thing("streams", "hogflare_events").path("http").path("enabled").asBoolean())
        .isTrue();
  }

  @Test
  void removesPipelinesBeforeWhatTheyUse() {
    provision();
    cloudflare.forget();

    try (CloudflareApi api = api(Map.of())) {
      Provisioning provisioning = new Provisioning(api, 60);
      Provisioning.Plan removal = provisioning.removal(List.of(CloudflareTable.values()));
      assertThat(removal.changes()).isEqualTo(6);
      provisioning.apply(removal, step -> {});
      assertThat(provisioning.removal(List.of(CloudflareTable.values())).steps()).isEmpty();
    }
    assertThat(cloudflare.changes())
        .containsExactly(
            "DELETE pipelines hogflare_events_pipeline",
            "DELETE pipelines hogflare_persons_pipeline",
            "DELETE sinks hogflare_events_sink",
            "DELETE sinks hogflare_persons_sink",
            "DELETE streams hogflare_events",
            "DELETE streams hogflare_persons");
  }

  @Test
  void goesOnWithARemovalThatFailedHalfWay() {
    provision();
    cloudflare.doAndFail("DELETE sinks hogflare_events_sink", 404);

    try (CloudflareApi api = api(Map.of())) {
      Provisioning provisioning = new Provisioning(api, 60);
      provisioning.apply(provisioning.removal(TABLES), step -> {});
    }
    assertThat(cloudflare.names("streams")).isEmpty();
    assertThat(cloudflare.names("sinks")).isEmpty();
  }

  @Test
  void everyTableHasAStreamOfItsOwnSchema() {
    assertThat(CloudflareTable.values())
        .extracting(CloudflareTable::schema)
        .contains(
            RowSchema.EVENTS, RowSchema.PERSONS, RowSchema.PERSON_OVERRIDES, RowSchema.RECORDINGS)
        .doesNotHaveDuplicates();
  }
}

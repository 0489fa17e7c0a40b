// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.cloudflare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.fixtures.FakeCloudflare;
import dev.hogflare.runtime.Settings;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SinkCountsTest {
  private static final Instant FROM = Instant.parse("2026-11-21T00:00:00Z");
  private static final Instant TO = Instant.parse("2026-11-22T00:00:00Z");

  private FakeCloudflare cloudflare;
  private CloudflareApi api;

  @BeforeEach
  void provision() throws IOException {
    cloudflare = new FakeCloudflare();
    api =
        new CloudflareApi(
            CloudflareConfig.from(new Settings(cloudflare.environment())), wait -> {});
    Provisioning provisioning = new Provisioning(api, 60);
    provisioning.apply(
        provisioning.plan(List.of(CloudflareTable.EVENTS, CloudflareTable.PERSONS)), step -> {});
  }

  @AfterEach
  void stop() {
    api.close();
    cloudflare.close();
  }

  @Test
  void sumsWhatEachPipelineWroteAndDropped() {
    List<JsonNode> asked = new ArrayList<>();
    String events = cloudflare.thing("pipelines", "hogflare_events_pipeline").path("id").asText();
    cloudflare.metrics(
        question -> {
          asked.add(question);
          return "{\"data\":{\"viewer\":{\"accounts\":[{\"written\":[{\"sum\":{\"recordsWritten\":7},"
              + "\"dimensions\":{\"pipelineId\":\""
              + events
              + "\"}},{\"sum\":{\"recordsWritten\":5},\"dimensions\":{\"pipelineId\":\""
              + events
              + "\"}},{\"sum\":{\"recordsWritten\":99},\"dimensions\":{\"pipelineId\":\"other\"}}],"
              + "\"dropped\":[{\"count\":3,\"dimensions\":{\"pipelineId\":\""
              + events
              + "\",\"errorType\":\"type_mismatch\"}}]}]}},\"errors\":null}";
        });

    assertThat(SinkCounts.between(api, FROM, TO))
        .isEqualTo(
            Map.of(
                CloudflareTable.EVENTS, new SinkCounts(12, Map.of("type_mismatch", 3L)),
                CloudflareTable.PERSONS, new SinkCounts(0, Map.of())));
    assertThat(asked.getFirst().path("variables").toString())
        .isEqualTo(
            "{\"account\":\""
                + FakeCloudflare.ACCOUNT
                + "\",\"from\":\"2026-11-21T00:00:00Z\",\"to\":\"2026-11-22T00:00:00Z\"}");
    assertThat(asked.getFirst().path("query").asText())
        .contains("pipelinesSinkAdaptiveGroups", "pipelinesUserErrorsAdaptiveGroups");
  }

  @Test
  void saysWhichRightIsMissing() {
    cloudflare.metrics(
        question ->
            "{\"data\":null,\"errors\":[{\"message\":\"not authorized for that account\"}]}");
    assertThatThrownBy(() -> SinkCounts.between(api, FROM, TO))
        .isInstanceOf(CloudflareException.class)
        .hasMessageContaining("not authorized for that account; give CLOUDFLARE_API_TOKEN the")
        .hasMessageContaining("Account Analytics Read");
    cloudflare.metrics(question -> "{\"data\":{\"viewer\":{\"accounts\":[]}},\"errors\":null}");
    assertThatThrownBy(() -> SinkCounts.between(api, FROM, TO))
        .hasMessageContaining("have no counts of sinks");
  }
}

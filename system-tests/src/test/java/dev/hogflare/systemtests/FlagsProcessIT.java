// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A flags-service in a process of its own, which asks the processors over HTTP. */
@ExtendWith(SharedPipeline.class)
class FlagsProcessIT {
  private static final String TOKEN = "phc_flags_process";
  private static final int USERS = 40;
  private static final String FLAGS =
      """
      [{"key": "everyone"},
       {"key": "pro-flag", "conditions": [{"properties": [{"key": "plan", "value": "pro"}]}]},
       {"key": "big-company", "group_type": "company", "conditions": [{"properties":
         [{"key": "seats", "operator": "gt", "value": 10, "type": "group",
           "group_type": "company"}]}]},
       {"key": "sticky", "id": 9, "active": true, "ensure_experience_continuity": true,
        "filters": {"groups": [{"properties": [], "rollout_percentage": 50}]}}]
      """;

  @TempDir private Path folder;
  private URI url;

  @Test
  void asksTheProcessorsAndKeepsItsStickyIdsOverAKill(PipelineFixture pipeline) throws Exception {
    pipeline.store(
        "/capture",
        Map.of(
            "api_key",
            TOKEN,
            "event",
            "upgraded",
            "distinct_id",
            "ada",
            "properties",
            Map.of("$set", Map.of("plan", "pro"))));
    pipeline.store(
        "/capture",
        Map.of(
            "api_key",
            TOKEN,
            "event",
            "$groupidentify",
            "distinct_id",
            "ada",
            "properties",
            Map.of(
                "$group_type",
                "company",
                "$group_key",
                "acme",
                "$group_set",
                Map.of("seats", 50))));
    try (ChaosNode service = start(pipeline, pipeline.adminUri().toString())) {
      Await.until("the plan is known", () -> isOn(pipeline, "pro-flag", Map.of()));
      Await.until(
          "the company is known",
          () -> isOn(pipeline, "big-company", Map.of("groups", Map.of("company", "acme"))));
      Map<String, Boolean> before = new HashMap<>();
      for (int i = 0; i < USERS; i++) {
        boolean anonymous = isOn(pipeline, "sticky", Map.of("distinct_id", "anon-" + i));
        before.put("user-" + i, anonymous);
        assertThat(
                isOn(
                    pipeline,
                    "sticky",
                    Map.of("distinct_id", "user-" + i, "$anon_distinct_id", "anon-" + i)))
            .isEqualTo(anonymous);
      }
      assertThat(before.values()).contains(true, false);
      service.kill();
      service.start();
      awaitAnswers(pipeline);
      before.forEach(
          (user, on) ->
              assertThat(isOn(pipeline, "sticky", Map.of("distinct_id", user)))
                  .as(user)
                  .isEqualTo(on));
    }
  }

  @Test
  void answersWhatItCanWhenTheProcessorsAreAway(PipelineFixture pipeline) throws Exception {
    int closed;
    try (ServerSocket nobody = new ServerSocket(0)) {
      closed = nobody.getLocalPort();
    }
    try (ChaosNode service = start(pipeline, "http://127.0.0.1:" + closed)) {
      assertThat(service.isAlive()).isTrue();
      JsonNode answer = flags(pipeline, Map.of("groups", Map.of("company", "acme")));
      assertThat(answer.path("errorsWhileComputingFlags").asBoolean()).isTrue();
      assertThat(answer.path("flags").path("everyone").path("enabled").asBoolean()).isTrue();
      assertThat(answer.path("flags").path("everyone").has("failed")).isFalse();
      for (String key : List.of("pro-flag", "big-company")) {
        assertThat(answer.path("flags").path(key).path("failed").asBoolean()).as(key).isTrue();
      }
    }
  }

  private ChaosNode start(PipelineFixture pipeline, String processors) throws IOException {
    Files.writeString(
        folder.resolve("logback.xml"),
        "<configuration><appender name=\"out\" class=\"ch.qos.logback.core.ConsoleAppender\">"
            + "<encoder><pattern>%d %-5level %logger{20} %msg%n</pattern></encoder></appender>"
            + "<root level=\"WARN\"><appender-ref ref=\"out\"/></root></configuration>");
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    url = URI.create("http://127.0.0.1:" + port);
    ChaosNode service =
        new ChaosNode(
            "flags-service",
            "dev.hogflare.flags.FlagsMain",
            List.of(),
            Map.of(
                "KAFKA_BOOTSTRAP_SERVERS",
                pipeline.kafka().bootstrapServers(),
                "APP_ADDR",
                "127.0.0.1:" + port,
                "HOGFLARE_ADMIN_PORT",
                "0",
                "HOGFLARE_FEATURE_FLAGS",
                FLAGS,
                "HOGFLARE_FLAGS_STATE_TIMEOUT_MS",
                "5000",
                "HOGFLARE_PERSON_PROCESSOR_URL",
                processors,
                "HOGFLARE_GROUP_PROCESSOR_URL",
                processors),
            256,
            folder);
    service.start();
    awaitAnswers(pipeline);
    return service;
  }

  private void awaitAnswers(PipelineFixture pipeline) {
    Await.until(
        "the flags-service listens",
        () -> {
          try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            return socket.isConnected();
          } catch (IOException e) {
            return false;
          }
        });
    assertThat(pipeline.post(url, "/flags/?v=2", Map.of("distinct_id", "x")).status())
        .isEqualTo(200);
  }

  private boolean isOn(PipelineFixture pipeline, String flag, Map<String, Object> more) {
    JsonNode answer = flags(pipeline, more);
    assertThat(answer.path("flags").path(flag).has("failed")).as("%s", answer).isFalse();
    return answer.path("flags").path(flag).path("enabled").asBoolean();
  }

  private JsonNode flags(PipelineFixture pipeline, Map<String, Object> more) {
    Map<String, Object> body = new HashMap<>(Map.of("token", TOKEN, "distinct_id", "ada"));
    body.putAll(more);
    Answer answer = pipeline.post(url, "/flags/?v=2", body);
    assertThat(answer.status()).isEqualTo(200);
    return Json.parse(answer.body());
  }
}

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
  private static final String FLAGS =
      """
      [{"key": "everyone"},
       {"key": "pro-flag", "conditions": [{"properties": [{"key": "plan", "value": "pro"}]}]},
       {"key": "big-company", "group_type": "company", "conditions": [{"properties":
         [{"key": "seats", "operator": "gt", "value": 10, "type": "group",
           "group_type": "company"}]}]},
       %s]
      """
          .formatted(StickyUsers.FLAG);

  @TempDir private Path folder;
  private URI url;

  /** A gateway that passes its paths on to the service. */
  private URI front;

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
      try (ChaosNode gateway = startGateway(pipeline)) {
        assertThat(gateway.isAlive()).isTrue();
        StickyUsers users = new StickyUsers();
        users.askAt(pipeline, front);
        users.logIn();
        service.kill();
        service.start();
        awaitAnswers(pipeline, url);
        users.assertSeeTheSame();
      }
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
    url = freeUrl();
    return start(
        "flags-service",
        "dev.hogflare.flags.FlagsMain",
        pipeline,
        url,
        Map.of(
            "HOGFLARE_FEATURE_FLAGS",
            FLAGS,
            "HOGFLARE_FLAGS_STATE_TIMEOUT_MS",
            "5000",
            "HOGFLARE_PERSON_PROCESSOR_URL",
            processors,
            "HOGFLARE_GROUP_PROCESSOR_URL",
            processors));
  }

  private ChaosNode startGateway(PipelineFixture pipeline) throws IOException {
    front = freeUrl();
    return start(
        "gateway",
        "dev.hogflare.gateway.GatewayMain",
        pipeline,
        front,
        Map.of("FLAGS_SERVICE_URL", url.toString()));
  }

  private ChaosNode start(
      String name, String mainClass, PipelineFixture pipeline, URI at, Map<String, String> own)
      throws IOException {
    Files.writeString(
        folder.resolve("logback.xml"),
        "<configuration><appender name=\"out\" class=\"ch.qos.logback.core.ConsoleAppender\">"
            + "<encoder><pattern>%d %-5level %logger{20} %msg%n</pattern></encoder></appender>"
            + "<root level=\"WARN\"><appender-ref ref=\"out\"/></root></configuration>");
    Map<String, String> environment = new HashMap<>(own);
    environment.put("KAFKA_BOOTSTRAP_SERVERS", pipeline.kafka().bootstrapServers());
    environment.put("APP_ADDR", at.getAuthority());
    environment.put("HOGFLARE_ADMIN_PORT", "0");
    ChaosNode service = new ChaosNode(name, mainClass, List.of(), environment, 256, folder);
    service.start();
    awaitAnswers(pipeline, at);
    return service;
  }

  private static URI freeUrl() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }
  }

  private static void awaitAnswers(PipelineFixture pipeline, URI at) {
    Await.until(
        at + " listens",
        () -> {
          try (Socket socket = new Socket(at.getHost(), at.getPort())) {
            return socket.isConnected();
          } catch (IOException e) {
            return false;
          }
        });
    assertThat(pipeline.post(at, "/flags/?v=2", Map.of("distinct_id", "x")).status())
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

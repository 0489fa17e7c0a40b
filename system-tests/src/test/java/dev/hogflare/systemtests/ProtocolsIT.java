// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.ErrorCode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every protocol that the gateway speaks, through the whole pipeline to the rows of the lake. */
class ProtocolsIT {
  /** The key of all recordings. */
  private static final String RECORDED = "phc_test";

  private static final String TOKEN = "phc_protocols";
  private static final Map<String, String> SECRET =
      Map.of("HOGFLARE_COOKIELESS_SECRET", "0123456789abcdef");

  /** The rows of one signal are named alike, but those of calls of models. */
  private static final Map<String, String> EVENTS =
      Map.of("/i/v1/logs", "$log", "/i/v1/traces", "$span", "/i/v1/metrics", "$metric");

  @TempDir Path data;

  @Test
  void whatSdksWereSeenToSendGivesOneRowForEachRecordHoweverOftenItComes() {
    Map<String, Long> expected = new TreeMap<>();
    Set<String> seen = new HashSet<>();
    try (PipelineFixture pipeline = PipelineFixture.start(data, SECRET)) {
      for (int time = 0; time < 2; time++) {
        for (Recordings.Request post : Recordings.postsOfOtherProtocols()) {
          Answer answer =
              pipeline.post(post.path(), post.body(), post.contentType(), post.otherHeaders());
          assertThat(answer.status()).as("%s: %s", post.scenario(), answer.body()).isEqualTo(200);
          count(post, seen, expected);
        }
      }
      assertThat(expected.keySet()).contains("$log", "$span", "$metric", "$ai_generation");
      pipeline.awaitEvents(RECORDED, expected.values().stream().mapToLong(n -> n).sum());
      pipeline.awaitRows(
          "select event, count(*) from hogflare_events where api_key = '"
              + RECORDED
              + "' group by 1 order by 1",
          expected.entrySet().stream().map(e -> e.getKey() + " | " + e.getValue()).toList());
      pipeline.awaitRows(
          "select count(*) from hogflare_persons p where exists (select 1 from hogflare_events e"
              + " where e.uuid = p.source_event_uuid and e.event in ('$log', '$span', '$metric'))",
          "0");
      CounterEquations.assertHold(pipeline);
    }
    balances();
  }

  /** Counts the records of a request that were not there before. */
  private static void count(Recordings.Request post, Set<String> seen, Map<String, Long> expected) {
    String path = post.path().replaceFirst("\\?.*", "");
    for (JsonNode batch : post.decoded().findValues("batch")) {
      for (JsonNode event : batch) {
        if (seen.add(event.path("uuid").asText())) {
          expected.merge(event.path("event").asText(), 1L, Long::sum);
        }
      }
    }
    String ofModels =
        post.decoded().toString().contains("gen_ai.request.model") ? "$ai_generation" : "$ai_trace";
    if (seen.add(path + post.decoded())) {
      for (String records : List.of("logRecords", "dataPoints", "spans")) {
        for (JsonNode array : post.decoded().findValues(records)) {
          if (!array.isEmpty()) {
            expected.merge(EVENTS.getOrDefault(path, ofModels), (long) array.size(), Long::sum);
          }
        }
      }
    }
  }

  @Test
  void everyProtocolGivesTheRowsThatItMeans() {
    try (PipelineFixture pipeline = PipelineFixture.start(data, SECRET)) {
      v1(pipeline);
      models(pipeline);
      telemetry(pipeline);
      int others = others(pipeline);
      pipeline.awaitEvents(TOKEN, 2 + 3 + 2 + others);
      rowsOfV1(pipeline);
      rowsOfModels(pipeline);
      rowsOfTelemetry(pipeline);
      rowsOfOthers(pipeline);
      assertThat(pipeline.log().dead(pipeline.topics().deadLetters(), TOKEN))
          .extracting(letter -> letter.reason().code())
          .containsExactly(ErrorCode.INVALID_FIELD);
      assertThat(pipeline.answersWithStatus(500)).isZero();
      CounterEquations.assertHold(pipeline);
    }
    balances();
  }

  private void balances() {
    CommandLine reconcile = CommandLine.run(data, "reconcile");
    assertThat(reconcile.status()).as(reconcile.toString()).isZero();
    assertThat(reconcile.lines()).last().isEqualTo("nothing missing, nothing doubled");
  }

  private static String uuid(int number) {
    return "01a1fc20-b810-7831-a77c-fd2154b4768" + number;
  }

  private static Answer post(PipelineFixture pipeline, String path, Object json) {
    return pipeline.post(
        path,
        Json.text(json).getBytes(UTF_8),
        "application/json",
        "Authorization",
        "Bearer " + TOKEN,
        "User-Agent",
        "Test/1",
        "PostHog-Sdk-Info",
        "test/1.2",
        "PostHog-Attempt",
        "1",
        "PostHog-Request-Id",
        uuid(0),
        "PostHog-Request-Timestamp",
        "2026-11-21T04:43:24.000Z");
  }

  private static Map<String, Object> v1Event(String event, int number, Object... more) {
    Map<String, Object> json = new HashMap<>(Json.object(more));
    json.put("event", event);
    json.put("uuid", uuid(number));
    json.put("distinct_id", "ada");
    json.putIfAbsent("timestamp", "2026-11-21T04:43:20Z");
    return json;
  }

  private static void v1(PipelineFixture pipeline) {
    Answer answer =
        post(
            pipeline,
            "/i/v1/analytics/events",
            Map.of(
                "created_at",
                "2026-11-21T04:43:24Z",
                "batch",
                List.of(
                    v1Event(
                        "v1 set",
                        1,
                        "session_id",
                        "s1",
                        "properties",
                        Map.of("$set", Map.of("plan", "pro"))),
                    v1Event("v1 bad", 2, "timestamp", "never"),
                    v1Event(
                        "v1 personless", 3, "options", Map.of("process_person_profile", false)))));
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.json().at("/results/" + uuid(1) + "/result").asText()).isEqualTo("ok");
    assertThat(answer.json().at("/results/" + uuid(2) + "/details").asText())
        .isEqualTo("invalid_event_timestamp");
  }

  private static void rowsOfV1(PipelineFixture pipeline) {
    pipeline.awaitRows(
        "select event, uuid, distinct_id, properties->>'$.\"$session_id\"',"
            + " properties->>'$.\"$lib\"', person_properties from hogflare_events"
            + " where api_key = '"
            + TOKEN
            + "' and event like 'v1 %' order by event",
        "v1 personless | " + uuid(3) + " | ada | null | test | null",
        "v1 set | " + uuid(1) + " | ada | s1 | test | {\"plan\":\"pro\"}");
  }

  private static void models(PipelineFixture pipeline) {
    pipeline.store(
        "/i/v0/ai/batch/",
        Json.batch(TOKEN, List.of(Json.event("$ai_embedding", "ada", "$ai_model", "m"))));
    String form =
        "--x\r\nContent-Disposition: form-data; name=\"event\"\r\n\r\n"
            + "{\"event\":\"$ai_generation\",\"distinct_id\":\"ada\"}"
            + "\r\n--x\r\nContent-Disposition: form-data; name=\"event.properties\"\r\n\r\n"
            + "{\"$ai_model\":\"m\"}"
            + "\r\n--x\r\nContent-Disposition: form-data; name=\"event.properties.$ai_input\"\r\n"
            + "Content-Type: application/json\r\n\r\n[{\"role\":\"user\"}]\r\n--x--\r\n";
    Answer answer =
        pipeline.post(
            "/i/v0/ai",
            form.getBytes(UTF_8),
            "multipart/form-data; boundary=x",
            "Authorization",
            "Bearer " + TOKEN);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.json().path("accepted_parts")).hasSize(3);
    Answer spans =
        pipeline.post(
            "/i/v0/ai/otel?token=" + TOKEN,
            ("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":\"t1\",\"attributes\":["
                    + "{\"key\":\"posthogDistinctId\",\"value\":{\"stringValue\":\"ada\"}}]}]}]}]}")
                .getBytes(UTF_8),
            "application/json");
    assertThat(spans.status()).isEqualTo(200);
  }

  private static void rowsOfModels(PipelineFixture pipeline) {
    pipeline.awaitRows(
        "select event, distinct_id, properties->'$.\"$ai_input\"',"
            + " person_properties->>'$.plan' from hogflare_events where api_key = '"
            + TOKEN
            + "' and event like '$ai%' order by event",
        "$ai_embedding | ada | null | pro",
        "$ai_generation | ada | [{\"role\":\"user\"}] | pro",
        "$ai_trace | ada | null | pro");
  }

  private static void telemetry(PipelineFixture pipeline) {
    byte[] logs =
        ("{\"resourceLogs\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":"
                + "{\"stringValue\":\"orders\"}}]},\"scopeLogs\":[{\"logRecords\":["
                + "{\"body\":{\"stringValue\":\"a\"},\"timeUnixNano\":\"1795236204123456789\"},"
                + "{\"body\":{\"stringValue\":\"b\"},\"attributes\":[{\"key\":\"posthogDistinctId\","
                + "\"value\":{\"stringValue\":\"ada\"}}]}]}]}]}")
            .getBytes(UTF_8);
    for (int time = 0; time < 2; time++) {
      assertThat(pipeline.post("/i/v1/logs?token=" + TOKEN, logs, "text/plain").body())
          .isEqualTo("{}");
    }
    assertThat(pipeline.post("/i/v1/logs?token=" + TOKEN, logs, "application/x-protobuf").status())
        .isEqualTo(415);
  }

  private static void rowsOfTelemetry(PipelineFixture pipeline) {
    pipeline.awaitRows(
        "select distinct_id, properties->>'$.body', properties->>'$.resource.\"service.name\"',"
            + " person_properties from hogflare_events where api_key = '"
            + TOKEN
            + "' and event = '$log' order by distinct_id",
        "ada | b | orders | null",
        "orders | a | orders | null");
  }

  /** Sends visitors without cookies, and an event with a heatmap; returns how many rows come. */
  private static int others(PipelineFixture pipeline) {
    Map<String, Object> visit =
        Json.event(
            "visit",
            "$posthog_cookieless",
            "$cookieless_mode",
            true,
            "$process_person_profile",
            false,
            "$host",
            "example.com",
            "$raw_user_agent",
            "Mozilla");
    pipeline.storeBatch(TOKEN, List.of(visit, visit));
    Map<String, Object> seen =
        new HashMap<>(
            Json.event(
                "seen", "ada", "$heatmap_data", Map.of("u", List.of()), "$viewport_width", 9));
    seen.put("uuid", uuid(5));
    for (int time = 0; time < 2; time++) {
      pipeline.storeBatch(TOKEN, List.of(seen));
    }
    return 4;
  }

  private static void rowsOfOthers(PipelineFixture pipeline) {
    pipeline.awaitRows(
        "select count(*), count(distinct distinct_id), count(distinct person_id),"
            + " min(starts_with(distinct_id, 'cookieless_')::int),"
            + " count(properties->'$.\"$raw_user_agent\"'), count(properties->'$.\"$ip\"')"
            + " from hogflare_events where api_key = '"
            + TOKEN
            + "' and event = 'visit'",
        "2 | 1 | 1 | 1 | 0 | 0");
    pipeline.awaitRows(
        "select event, properties->'$.\"$heatmap_data\"',"
            + " properties->>'$.\"$viewport_width\"' from hogflare_events where api_key = '"
            + TOKEN
            + "' and event in ('seen', '$$heatmap') order by event",
        "$$heatmap | {\"u\":[]} | 9",
        "seen | null | 9");
  }
}

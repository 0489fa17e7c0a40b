// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Route;
import dev.hogflare.fixtures.Encodings;
import dev.hogflare.gateway.GatewayFixture.Answer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Logs, traces and metrics of OpenTelemetry over HTTP. */
class OtlpProtocolTest {
  private static final String LOGS = "/i/v1/logs?token=phc_a";
  private static final String TRACES = "/i/v1/traces?token=phc_a";
  private static final String METRICS = "/i/v1/metrics?token=phc_a";
  private static final String AI = "/i/v0/ai/otel?token=phc_a";

  private GatewayFixture gateway = new GatewayFixture();

  @AfterEach
  void stop() {
    gateway.assertNothingIsLost();
    gateway.close();
  }

  private static String attribute(String key, String value) {
    return "{\"key\":\"" + key + "\",\"value\":" + value + "}";
  }

  private static String text(String key, String value) {
    return attribute(key, "{\"stringValue\":\"" + value + "\"}");
  }

  private static String logs(String... records) {
    return "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":["
        + String.join(",", records)
        + "],\"scope\":{\"name\":\"lib\",\"version\":\"1\",\"attributes\":["
        + text("a", "b")
        + "]}}],\"resource\":{\"attributes\":["
        + text("service.name", "orders")
        + "]}}]}";
  }

  private static String spans(String... spans) {
    return "{\"resourceSpans\":[{\"resource\":{},\"scopeSpans\":[{\"spans\":["
        + String.join(",", spans)
        + "]}]}]}";
  }

  private static String metrics(String... metrics) {
    return "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":["
        + String.join(",", metrics)
        + "]}]}]}";
  }

  private List<JsonNode> stored() {
    return gateway.publisher.events().stream().map(e -> GatewayFixture.tree(e.json())).toList();
  }

  private static JsonNode json(String text) {
    return GatewayFixture.tree(Encodings.utf8(text));
  }

  @Test
  void aLogRecordBecomesAnEvent() {
    Answer answer =
        gateway.post(
            LOGS,
            logs(
                "{\"timeUnixNano\":\"1795236204123456789\",\"observedTimeUnixNano\":5,"
                    + "\"severityNumber\":9,\"severityText\":\"INFO\",\"body\":{\"kvlistValue\":"
                    + "{\"values\":["
                    + text("m", "done")
                    + "]}},\"traceId\":\"t1\",\"attributes\":["
                    + text("posthogDistinctId", "u1")
                    + ","
                    + text("sessionId", "s1")
                    + ","
                    + attribute("n", "{\"intValue\":\"42\"}")
                    + ","
                    + attribute("i", "{\"intValue\":7}")
                    + ","
                    + attribute("d", "{\"doubleValue\":1.5}")
                    + ","
                    + attribute("b", "{\"boolValue\":true}")
                    + ","
                    + attribute("x", "{\"bytesValue\":\"AAE=\"}")
                    + ","
                    + attribute("none", "{}")
                    + ","
                    + attribute("l", "{\"arrayValue\":{\"values\":[{\"intValue\":\"1\"},{}]}}")
                    + "]}"));
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{}");
    RawEvent event = gateway.onlyEvent();
    assertThat(event.route()).isEqualTo(Route.CAPTURE);
    assertThat(event.key().token()).isEqualTo("phc_a");
    assertThat(event.key().distinctId()).isEqualTo("u1");
    assertThat(event.uuid().version()).isEqualTo(5);
    JsonNode stored = GatewayFixture.tree(event.json());
    assertThat(stored.path("event").asText()).isEqualTo("$log");
    assertThat(stored.path("timestamp").asText()).startsWith("2026-11-21T04:43:24.123456");
    assertThat(stored.path("properties"))
        .isEqualTo(
            json(
                "{\"$process_person_profile\":false,\"$session_id\":\"s1\","
                    + "\"time_unix_nano\":\"1795236204123456789\",\"observed_time_unix_nano\":5,"
                    + "\"severity_number\":9,\"severity_text\":\"INFO\",\"body\":{\"m\":\"done\"},"
                    + "\"trace_id\":\"t1\",\"attributes\":{\"posthogDistinctId\":\"u1\","
                    + "\"sessionId\":\"s1\",\"n\":42,\"i\":7,\"d\":1.5,\"b\":true,\"x\":\"AAE=\","
                    + "\"none\":null,\"l\":[1,null]},\"resource\":{\"service.name\":\"orders\"},"
                    + "\"scope\":{\"name\":\"lib\",\"version\":\"1\",\"attributes\":{\"a\":\"b\"}}}"));
  }

  @Test
  void aRecordOfNobodyStandsUnderItsTraceOrItsService() {
    gateway.post(LOGS, logs("{\"traceId\":\"t1\",\"body\":{\"stringValue\":\"a\"}}", "{}"));
    gateway.post(TRACES, spans("{\"name\":\"x\"}"));
    assertThat(gateway.publisher.events())
        .extracting(e -> e.key().distinctId())
        .containsExactly("t1", "orders", "unknown_service");
    assertThat(stored())
        .allSatisfy(
            e -> assertThat(e.at("/properties/$process_person_profile").asBoolean(true)).isFalse());
  }

  @Test
  void aRequestThatComesAgainHasTheSameUuidsAndEqualRecordsHaveTheirOwn() {
    String body =
        logs("{\"severityNumber\":1}", "{\"severityNumber\":1}", "{\"severityNumber\":2}");
    gateway.post(LOGS, body);
    List<UUID> first = gateway.publisher.events().stream().map(RawEvent::uuid).toList();
    assertThat(first).doesNotHaveDuplicates().hasSize(3);
    gateway.publisher.clear();
    gateway.post(LOGS, Encodings.gzip(body));
    assertThat(gateway.publisher.events()).extracting(RawEvent::uuid).isEqualTo(first);
  }

  @Test
  void aSpanKeepsItsEventsLinksAndStatus() {
    gateway.post(
        TRACES,
        spans(
            "{\"traceId\":\"t1\",\"spanId\":\"s1\",\"name\":\"db\",\"kind\":1,"
                + "\"startTimeUnixNano\":\"1795236204000000000\","
                + "\"endTimeUnixNano\":\"1795236204000060792\",\"events\":[{\"name\":\"exception\","
                + "\"attributes\":["
                + text("exception.type", "Error")
                + "]}],\"links\":[{\"traceId\":\"t0\"}],\"status\":{\"code\":2,\"message\":\"x\"}}"));
    JsonNode event = stored().getFirst();
    assertThat(event.path("event").asText()).isEqualTo("$span");
    assertThat(event.path("timestamp").asText()).startsWith("2026-11-21T04:43:24.000000");
    assertThat(event.path("properties"))
        .isEqualTo(
            json(
                "{\"$process_person_profile\":false,\"trace_id\":\"t1\",\"span_id\":\"s1\","
                    + "\"name\":\"db\",\"kind\":1,\"start_time_unix_nano\":\"1795236204000000000\","
                    + "\"end_time_unix_nano\":\"1795236204000060792\",\"events\":"
                    + "[{\"name\":\"exception\",\"attributes\":{\"exception.type\":\"Error\"}}],"
                    + "\"links\":[{\"trace_id\":\"t0\"}],\"status\":{\"code\":2,\"message\":\"x\"},"
                    + "\"resource\":{}}"));
  }

  @Test
  void everyDataPointOfAMetricBecomesAnEvent() {
    gateway.post(
        METRICS,
        metrics(
            "{\"name\":\"jobs\",\"unit\":\"1\",\"sum\":{\"aggregationTemporality\":1,"
                + "\"isMonotonic\":true,\"dataPoints\":[{\"asInt\":\"3\",\"attributes\":["
                + text("q", "a")
                + "],\"timeUnixNano\":\"1795236204000000000\",\"startTimeUnixNano\":1},"
                + "{\"asDouble\":2.5}]}}",
            "{\"name\":\"ms\",\"histogram\":{\"dataPoints\":[{\"count\":3,\"sum\":4,"
                + "\"bucketCounts\":[1,2],\"explicitBounds\":[5]}]}}"));
    assertThat(stored())
        .extracting(e -> e.path("event").asText())
        .containsOnly("$metric")
        .hasSize(3);
    assertThat(stored().getFirst().path("timestamp").asText()).startsWith("2026-11-21T04:43:24");
    assertThat(stored().getFirst().path("properties"))
        .isEqualTo(
            json(
                "{\"$process_person_profile\":false,\"value\":3,\"attributes\":{\"q\":\"a\"},"
                    + "\"time_unix_nano\":\"1795236204000000000\",\"start_time_unix_nano\":1,"
                    + "\"resource\":{},\"name\":\"jobs\",\"unit\":\"1\",\"type\":\"sum\","
                    + "\"aggregation_temporality\":1,\"is_monotonic\":true}"));
    assertThat(stored().get(1).at("/properties/value").doubleValue()).isEqualTo(2.5);
    assertThat(stored().get(1).has("timestamp")).isFalse();
    assertThat(stored().get(2).at("/properties/bucket_counts")).isEqualTo(json("[1,2]"));
    assertThat(stored().get(2).at("/properties/type").asText()).isEqualTo("histogram");
  }

  @ParameterizedTest
  @CsvSource({
    "gen_ai.operation.name,chat,$ai_generation",
    "gen_ai.operation.name,embeddings,$ai_embedding",
    "gen_ai.request.model,gpt-x,$ai_generation",
    "gen_ai.operation.name,execute_tool,$ai_trace"
  })
  void aSpanOfAModelIsNamedByWhatItDoes(String key, String value, String event) {
    gateway.post(AI, spans("{\"traceId\":\"t\",\"attributes\":[" + text(key, value) + "]}"));
    assertThat(stored().getFirst().path("event").asText()).isEqualTo(event);
  }

  @Test
  void aSpanOfAModelHasThePropertiesOfPostHog() {
    gateway.post(
        AI,
        spans(
            "{\"traceId\":\"t1\",\"spanId\":\"s2\",\"parentSpanId\":\"s1\",\"name\":\"chat\","
                + "\"startTimeUnixNano\":\"1795236204000000000\","
                + "\"endTimeUnixNano\":\"1795236205500000000\",\"status\":{\"code\":2,"
                + "\"message\":\"broken\"},\"attributes\":["
                + text("gen_ai.system", "acme")
                + ","
                + text("gen_ai.request.model", "gpt")
                + ","
                + text("gen_ai.response.model", "gpt-x")
                + ","
                + attribute("gen_ai.usage.input_tokens", "{\"intValue\":5}")
                + ","
                + text("posthog.distinct_id", "u1")
                + "]}",
            "{\"traceId\":\"t1\",\"spanId\":\"s3\",\"parentSpanId\":\"s2\"}"));
    JsonNode properties = stored().getFirst().path("properties");
    assertThat(properties.path("$ai_trace_id").asText()).isEqualTo("t1");
    assertThat(properties.path("$ai_span_id").asText()).isEqualTo("s2");
    assertThat(properties.path("$ai_parent_id").asText()).isEqualTo("s1");
    assertThat(properties.path("$ai_latency").doubleValue()).isEqualTo(1.5);
    assertThat(properties.path("$ai_model").asText()).isEqualTo("gpt-x");
    assertThat(properties.path("$ai_provider").asText()).isEqualTo("acme");
    assertThat(properties.path("$ai_input_tokens").intValue()).isEqualTo(5);
    assertThat(properties.path("$ai_is_error").booleanValue()).isTrue();
    assertThat(properties.path("$ai_error").asText()).isEqualTo("broken");
    assertThat(properties.has("$process_person_profile")).isFalse();
    assertThat(stored().get(1).path("event").asText()).isEqualTo("$ai_span");
    assertThat(gateway.publisher.events())
        .extracting(e -> e.key().distinctId())
        .containsExactly("u1", "t1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/x-protobuf", "application/protobuf", "application/grpc"})
  void theBinaryFormIsRefusedWithASentence(String type) {
    for (String path : List.of(LOGS, TRACES, METRICS, AI)) {
      Answer answer = gateway.post(path, new byte[] {10, 0}, "Content-Type", type);
      assertThat(answer.status()).isEqualTo(415);
      assertThat(answer.json().path("code").intValue()).isEqualTo(3);
      assertThat(answer.json().path("message").asText())
          .isEqualTo("OTLP is taken as JSON only; set the exporter's protocol to http/json.");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|has no body",
        "[]|is no JSON object",
        "{\"resourceLogs\":7}|resourceLogs is no array",
        "{\"resourceLogs\":[7]}|resourceLogs is no object",
        "{\"resourceLogs\":[{\"scopeLogs\":{}}]}|scopeLogs is no array",
        "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[1]}]}]}|logRecords is no object",
        "{\"resourceLogs\":|is no OTLP in JSON"
      })
  void whatIsNoOtlpIsRefusedWithASentence(String body, String sentence) {
    Answer answer = gateway.post(LOGS, body, "Origin", "https://page");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().path("code").intValue()).isEqualTo(3);
    assertThat(answer.json().path("message").asText()).contains(sentence).endsWith(".");
    assertThat(answer.header("access-control-allow-origin")).isEqualTo("https://page");
    assertThat(gateway.publisher.size()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{}", "{\"resourceLogs\":[]}", "{\"resourceLogs\":null}", "{\"other\":[1]}"})
  void aRequestWithoutRecordsIsSatisfied(String body) {
    Answer answer = gateway.post(LOGS, body);
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{}");
    assertThat(gateway.count("events_received")).isZero();
  }

  @Test
  void theKeyMayStandInTheHeader() {
    String body = logs("{}");
    assertThat(gateway.post("/i/v1/logs", body).status()).isEqualTo(401);
    assertThat(gateway.post("/i/v1/logs/", body, "Authorization", "Bearer phc_b").status())
        .isEqualTo(200);
    assertThat(gateway.onlyEvent().key().token()).isEqualTo("phc_b");
  }

  @Test
  void oneRecordOfTenThousandThatIsTooLargeIsADeadLetterAndTold() {
    String large = "{\"body\":{\"stringValue\":\"" + "x".repeat(1_000_000) + "\"}}";
    String records =
        IntStream.range(0, 10_000)
            .mapToObj(i -> i == 4_711 ? large : "{\"severityNumber\":" + i + "}")
            .collect(Collectors.joining(","));
    Answer answer = gateway.post(LOGS, logs(records));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().at("/partialSuccess/rejectedLogRecords").asText()).isEqualTo("1");
    assertThat(answer.json().at("/partialSuccess/errorMessage").asText()).contains("bytes");
    assertThat(gateway.publisher.events()).hasSize(9_999);
    assertThat(gateway.publisher.deadLetters())
        .extracting(letter -> letter.reason().code())
        .containsExactly(ErrorCode.EVENT_TOO_LARGE);
  }

  @Test
  void aResourceThatWouldBeCopiedTooOftenIsRefused() {
    String records = IntStream.range(0, 1_000).mapToObj(i -> "{}").collect(Collectors.joining(","));
    String body =
        "{\"resourceLogs\":[{\"resource\":{\"attributes\":["
            + text("a", "x".repeat(900_000))
            + "]},\"scopeLogs\":[{\"logRecords\":["
            + records
            + "]}]}]}";
    Answer answer = gateway.post(LOGS, body);
    assertThat(answer.status()).isEqualTo(413);
    assertThat(answer.json().path("message").asText()).contains("send fewer");
    assertThat(gateway.publisher.size()).isZero();
  }

  @Test
  void aResourceAroundManyScopesOrMetricsWithoutRecordsIsRefusedToo() {
    String resource = "\"resource\":{\"attributes\":[" + text("a", "x".repeat(900_000)) + "]}";
    String many =
        IntStream.range(0, 1_000).mapToObj(i -> "{\"gauge\":{}}").collect(Collectors.joining(","));
    for (String inside :
        List.of(
            "\"scopeMetrics\":[{\"metrics\":[" + many + "]}]", "\"scopeMetrics\":[" + many + "]")) {
      String body = "{\"resourceMetrics\":[{" + resource + "," + inside + "}]}";
      assertThat(gateway.post(METRICS, body).status()).isEqualTo(413);
    }
    assertThat(gateway.publisher.size()).isZero();
  }

  @Test
  void whatIsTooLargeAroundRecordsIsRefused() {
    String large = "\"a\":\"" + "x".repeat(1_000_000) + "\"";
    for (String body :
        List.of(
            "{\"resourceMetrics\":[{\"resource\":{" + large + "}}]}",
            "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"scope\":{" + large + "}}]}]}",
            metrics("{\"gauge\":{\"dataPoints\":[]}," + large + "}"))) {
      Answer answer = gateway.post(METRICS, body);
      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.json().path("message").asText()).contains("resource, scope or metric");
    }
  }

  @Test
  void whatIsDamagedCutOrTooDeepIsRefused() {
    byte[] gzip = Encodings.gzip(logs("{\"severityNumber\":1}"));
    assertThat(gateway.post(LOGS, Arrays.copyOf(gzip, gzip.length - 9)).status()).isEqualTo(400);
    assertThat(gateway.post(LOGS, Encodings.gzip(new byte[200 * 1024 * 1024])).status())
        .isEqualTo(413);
    for (int levels : new int[] {600, 10_000}) {
      String deep = "{\"arrayValue\":{\"values\":[".repeat(levels / 3) + "]}}".repeat(levels / 3);
      Answer answer = gateway.post(LOGS, logs("{\"body\":" + deep + "}"));
      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.json().path("code").intValue()).isEqualTo(8);
    }
  }

  @Test
  void kafkaAwayIsToldWithRetryAfter() {
    gateway.publisher.failWith(PublicationFailedException.unavailable("away", null));
    Answer answer = gateway.post(LOGS, logs("{}"));
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.header("retry-after")).isEqualTo("1");
    assertThat(answer.json().path("code").intValue()).isEqualTo(14);
  }

  @Test
  void listsAndSignaturesHoldHereToo() {
    gateway.close();
    LimitsConfig limits =
        new LimitsConfig(
            Optional.of("phc_a"),
            Optional.of("phc_a:dropped"),
            1,
            Optional.empty(),
            Optional.empty());
    gateway = new GatewayFixture(new TestConfig().signingSecret("s3cret").limits(limits).get());
    String body = logs("{\"traceId\":\"dropped\"}");
    String signature = Signatures.hmac("HmacSHA256", Encodings.utf8(body));
    assertThat(gateway.post(LOGS, body).status()).isEqualTo(401);
    assertThat(gateway.post(LOGS, body, "X-PostHog-Signature", signature).status()).isEqualTo(200);
    assertThat(gateway.publisher.size()).isZero();
    assertThat(gateway.count("events_filtered")).isEqualTo(1);
    Answer unknown = gateway.post("/i/v1/logs?token=phc_b", body, "X-PostHog-Signature", signature);
    assertThat(unknown.status()).isEqualTo(401);
    assertThat(unknown.json().path("code").intValue()).isEqualTo(16);
  }
}

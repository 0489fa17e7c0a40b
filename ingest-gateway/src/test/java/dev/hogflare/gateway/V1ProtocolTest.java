// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.luben.zstd.Zstd;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Rfc3339;
import dev.hogflare.contract.Route;
import dev.hogflare.fixtures.Encodings;
import dev.hogflare.gateway.GatewayFixture.Answer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The v1 protocol over HTTP: scenarios 91 to 108 of what PostHog's own tests ask for. */
class V1ProtocolTest {
  private static final String PATH = "/i/v1/analytics/events";
  private static final String REQUEST_ID = "01a1fc20-b811-7415-b18f-c216e0d61256";
  private static final String FIRST = "01a1fc20-b810-7831-a77c-fd2154b47680";
  private static final String SECOND = "01a1fc20-b810-7831-a77c-fd22686abb9b";

  /** A batch of the first event alone, by Node's zlib.brotliCompressSync. */
  private static final byte[] BROTLI =
      Base64.getDecoder()
          .decode(
              "G6wACJwHdizgeHoM5jratcjeVl9bm6nTueORiWfJSyse6rzZXbJ09YWOG5wWqGUBDW/DJA+Ie8rWdUQmPcRH"
                  + "yM8Wh6hoZoAVt1i1VNUeoscZHy3/vycRBNZQ4V4g7CWBw33wmorLunkuQtQ0ebG/FbLtKTh91DsAaY4BudUH");

  private GatewayFixture gateway = new GatewayFixture();

  @BeforeEach
  void clear() {
    gateway.publisher.clear();
  }

  @AfterEach
  void stop() {
    gateway.assertNothingIsLost();
    gateway.close();
  }

  private static Map<String, String> headers() {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Authorization", "Bearer phc_a");
    headers.put("PostHog-Sdk-Info", "posthog-node/5.70.0");
    headers.put("PostHog-Attempt", "1");
    headers.put("PostHog-Request-Id", REQUEST_ID);
    headers.put("PostHog-Request-Timestamp", "2026-11-21T04:43:24.000Z");
    headers.put("Content-Type", "application/json");
    headers.put("User-Agent", "posthog-node/5.70.0");
    return headers;
  }

  private Answer post(byte[] body, Map<String, String> headers) {
    List<String> flat = new ArrayList<>();
    headers.forEach(
        (name, value) -> {
          flat.add(name);
          flat.add(value);
        });
    return gateway.post(PATH, body, flat.toArray(String[]::new));
  }

  private Answer post(String body, String... others) {
    Map<String, String> headers = headers();
    for (int i = 0; i < others.length; i += 2) {
      headers.put(others[i], others[i + 1]);
    }
    return post(Encodings.utf8(body), headers);
  }

  private static String batch(String... events) {
    return "{\"created_at\":\"2026-11-21T04:43:24Z\",\"batch\":["
        + String.join(",", events)
        + "],\"unknown\":{}}";
  }

  private static String event(String uuid, String members) {
    return "{\"uuid\":\""
        + uuid
        + "\",\"event\":\"e\",\"distinct_id\":\"d\",\"timestamp\":\"2026-11-21T04:43:23Z\""
        + (members.isEmpty() ? "" : "," + members)
        + "}";
  }

  private static String result(Answer answer, String uuid) {
    JsonNode result = answer.json().path("results").path(uuid);
    return result.path("result").asText()
        + (result.has("details") ? " " + result.path("details").asText() : "");
  }

  @Test
  void answersForEveryEventInTheOrderOfTheBatch() {
    for (String path : List.of(PATH, PATH + "/")) {
      gateway.publisher.clear();
      Answer answer = post(batch(event(SECOND, ""), event(FIRST, "")));
      assertThat(answer.status()).as(answer.body()).isEqualTo(200);
      Iterator<String> uuids = answer.json().path("results").fieldNames();
      assertThat(uuids.next()).isEqualTo(SECOND);
      assertThat(uuids.next()).isEqualTo(FIRST);
      assertThat(uuids.hasNext()).isFalse();
      assertThat(result(answer, FIRST)).isEqualTo("ok");
      assertThat(answer.header("posthog-request-id")).isEqualTo(REQUEST_ID);
      assertThat(answer.header("date")).isNotBlank();
      assertThat(answer.header("retry-after")).isNull();
      assertThat(gateway.publisher.events())
          .as(path)
          .extracting(e -> e.uuid().toString())
          .containsExactly(SECOND, FIRST);
    }
  }

  @Test
  void storesEventsInTheFormOfTheFirstProtocol() {
    Answer answer =
        post(
            batch(
                event(
                    FIRST,
                    "\"session_id\":\"s1\",\"window_id\":\"w1\",\"offset\":5,\"api_key\":\"other\","
                        + "\"options\":{\"process_person_profile\":false,\"unknown\":1,"
                        + "\"disable_skew_correction\":\"1\",\"cookieless_mode\":null,"
                        + "\"product_tour_id\":17},"
                        + "\"properties\":{\"a\":1.50,\"token\":\"mine\",\"$lib\":\"x\","
                        + "\"$session_id\":\"old\"}")));
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    RawEvent event = gateway.onlyEvent();
    assertThat(event.route()).isEqualTo(Route.CAPTURE);
    assertThat(event.key().token()).isEqualTo("phc_a");
    assertThat(event.key().distinctId()).isEqualTo("d");
    assertThat(event.uuid()).hasToString(FIRST);
    assertThat(event.sentAt()).isEqualTo(Rfc3339.parseOrNull("2026-11-21T04:43:24Z"));
    assertThat(new String(event.json(), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"event\":\"e\",\"uuid\":\""
                + FIRST
                + "\",\"distinct_id\":\"d\",\"timestamp\":\"2026-11-21T04:43:23Z\","
                + "\"properties\":{\"a\":1.50,\"token\":\"mine\",\"$session_id\":\"s1\","
                + "\"$window_id\":\"w1\",\"$ignore_sent_at\":true,"
                + "\"$process_person_profile\":false,\"$product_tour_id\":\"17\","
                + "\"$lib\":\"posthog-node\",\"$lib_version\":\"5.70.0\"}}");
  }

  @Test
  void trimsUuidsAndDistinctIds() {
    String spaced =
        "{\"event\":\"e\",\"uuid\":\" "
            + FIRST
            + " \",\"distinct_id\":\" d \",\"timestamp\":\"2026-11-21T04:43:23Z\"}";
    assertThat(result(post(batch(spaced)), FIRST)).isEqualTo("ok");
    assertThat(gateway.onlyEvent().key().distinctId()).isEqualTo("d");
  }

  @Test
  void wantsTheKeyAsABearer() {
    Map<String, String> without = headers();
    without.remove("Authorization");
    Answer missing = post(Encodings.utf8(batch(event(FIRST, ""))), without);
    assertThat(missing.status()).isEqualTo(401);
    assertThat(missing.error()).isEqualTo("missing_authorization");
    assertThat(missing.json().path("error_description").asText()).contains("Authorization");
    assertThat(missing.json().path("error_uri").asText()).startsWith("https://");
    Answer basic = post(batch(event(FIRST, "")), "Authorization", "Basic cGhjX2E=");
    assertThat(basic.status()).isEqualTo(400);
    assertThat(basic.error()).isEqualTo("invalid_header");
    Answer personal = post(batch(event(FIRST, "")), "Authorization", "Bearer phx_secret");
    assertThat(personal.status()).isEqualTo(401);
    assertThat(personal.error()).isEqualTo("invalid_api_key");
    assertThat(gateway.publisher.size()).isZero();
    assertThat(post(batch(event(FIRST, "")), "Authorization", "bearer phc_a").status())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PostHog-Sdk-Info",
        "PostHog-Attempt",
        "PostHog-Request-Id",
        "PostHog-Request-Timestamp"
      })
  void wantsEveryHeaderOfTheProtocol(String name) {
    Map<String, String> headers = headers();
    headers.remove(name);
    Answer answer = post(Encodings.utf8(batch(event(FIRST, ""))), headers);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error()).isEqualTo("missing_required_headers");
    assertThat(answer.json().path("error_description").asText()).contains(name);
  }

  @ParameterizedTest
  @CsvSource({
    "PostHog-Attempt,0",
    "PostHog-Attempt,abc",
    "PostHog-Attempt,-1",
    "PostHog-Request-Id,nope",
    "PostHog-Request-Timestamp,yesterday"
  })
  void refusesHeadersThatMeanNothing(String name, String value) {
    Answer answer = post(batch(event(FIRST, "")), name, value);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error()).isEqualTo("invalid_header");
    assertThat(answer.json().path("error_description").asText()).contains(name);
    assertThat(answer.header("retry-after")).isNull();
  }

  @Test
  void takesAnSdkThatDoesNotSayWhichItIs() {
    assertThat(result(post(batch(event(FIRST, "")), "PostHog-Sdk-Info", "mine"), FIRST))
        .isEqualTo("ok");
    assertThat(GatewayFixture.tree(gateway.onlyEvent().json()).path("properties")).isEmpty();
  }

  @Test
  void takesJsonOnly() {
    Answer text = post(batch(event(FIRST, "")), "Content-Type", "text/plain");
    assertThat(text.status()).isEqualTo(415);
    assertThat(text.error()).isEqualTo("unsupported_content_type");
    assertThat(
            post(batch(event(FIRST, "")), "Content-Type", "Application/JSON; charset=utf-8")
                .status())
        .isEqualTo(200);
  }

  @Test
  void takesCompressedBatches() {
    byte[] plain = Encodings.utf8(batch(event(FIRST, "")));
    Map<String, byte[]> bodies =
        Map.of(
            "gzip",
            Encodings.gzip(plain),
            "deflate",
            Encodings.zlib(plain),
            "identity",
            plain,
            "zstd",
            Zstd.compress(plain),
            "br",
            BROTLI);
    bodies.forEach(
        (encoding, body) -> {
          Map<String, String> headers = headers();
          headers.put("Content-Encoding", encoding);
          assertThat(result(post(body, headers), FIRST)).as(encoding).isEqualTo("ok");
        });
    Map<String, String> headers = headers();
    headers.put("Content-Encoding", "lz4");
    Answer lz4 = post(plain, headers);
    assertThat(lz4.status()).isEqualTo(415);
    assertThat(lz4.error()).isEqualTo("unsupported_content_encoding");
    headers.put("Content-Encoding", "gzip");
    Answer none = post(plain, headers);
    assertThat(none.status()).isEqualTo(400);
    assertThat(none.error()).isEqualTo("request_parsing_error");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|empty_body",
        "{\"created_at\":\"2026-11-21T04:43:24Z\",\"batch\":[]}|empty_batch",
        "{\"created_at\":\"today\",\"batch\":[{}]}|invalid_batch",
        "{\"batch\":[{}]}|invalid_batch",
        "{\"created_at\":\"2026-11-21T04:43:24Z\"}|request_parsing_error",
        "{\"created_at\":\"2026-11-21T04:43:24Z\",\"batch\":[7]}|request_parsing_error",
        "{\"created_at\":\"2026-11-21T04:43:24Z\",\"batch\":[{}]}|missing_event_uuid",
        "{\"created_at\":\"2026-11-21T04:43:24Z\",\"batch\":[{\"uuid\":\"x\"}]}|invalid_event_uuid",
        "[]|request_parsing_error",
        "{\"created_at\":|request_parsing_error",
        "{\"created_at\":\"2026-11-21T04:43:24Z\",\"batch\":[]}x|request_parsing_error"
      })
  void refusesTheBatchAsAWhole(String body, String tag) {
    Answer answer = post(body);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error()).isEqualTo(tag);
    assertThat(answer.json().path("error_description").asText()).endsWith(".");
    assertThat(answer.header("posthog-request-id")).isEqualTo(REQUEST_ID);
    assertThat(gateway.publisher.size()).isZero();
  }

  @Test
  void refusesABatchInWhichTwoEventsHaveOneUuid() {
    Answer answer = post(batch(event(FIRST, ""), event(FIRST.toUpperCase(Locale.ROOT), "")));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error()).isEqualTo("duplicate_event_uuid");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"event\":\"\"|missing_event_name|MISSING_EVENT",
        "\"event\":7|missing_event_name|INVALID_FIELD",
        "\"distinct_id\":\"  \"|missing_distinct_id|MISSING_DISTINCT_ID",
        "\"distinct_id\":null|missing_distinct_id|MISSING_DISTINCT_ID",
        "\"timestamp\":\"2026-11-21 04:43\"|invalid_event_timestamp|INVALID_FIELD",
        "\"timestamp\":null|invalid_event_timestamp|INVALID_FIELD",
        "\"properties\":[1]|malformed_event_properties|INVALID_FIELD",
        "\"options\":{\"cookieless_mode\":\"maybe\"}|invalid_options|INVALID_FIELD",
        "\"options\":{\"process_person_profile\":[]}|invalid_options|INVALID_FIELD",
        "\"options\":{\"product_tour_id\":true}|invalid_options|INVALID_FIELD",
        "\"options\":7|invalid_options|INVALID_FIELD"
      })
  void dropsAnEventAndSaysWhyAndTakesItsNeighbours(String member, String detail, ErrorCode code) {
    // Of a member that is given twice the last one holds.
    Answer answer = post(batch(event(FIRST, member), event(SECOND, "")));
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(result(answer, FIRST)).isEqualTo("drop " + detail);
    assertThat(result(answer, SECOND)).isEqualTo("ok");
    assertThat(gateway.publisher.events()).hasSize(1);
    InMemoryPublisher.Letter letter = gateway.publisher.deadLetters().getFirst();
    assertThat(letter.reason().code()).isEqualTo(code);
    assertThat(letter.item().uuid()).hasToString(FIRST);
    assertThat(letter.item().json()).isEqualTo(Encodings.utf8(event(FIRST, member)));
  }

  @Test
  void dropsNamesAndIdsThatAreTooLong() {
    String long200 = "x".repeat(200);
    Answer answer =
        post(
            batch(
                event(FIRST, "\"event\":\"" + long200 + "y\""),
                event(SECOND, "\"distinct_id\":\"" + long200 + "y\""),
                event(
                    REQUEST_ID,
                    "\"event\":\"" + long200 + "\",\"distinct_id\":\"" + long200 + "\"")));
    assertThat(result(answer, FIRST)).isEqualTo("drop event_name_too_long");
    assertThat(result(answer, SECOND)).isEqualTo("drop distinct_id_too_large");
    assertThat(result(answer, REQUEST_ID)).isEqualTo("ok");
  }

  @Test
  void tellsOfEachEventEvenIfNoneIsTaken() {
    Answer answer = post(batch(event(FIRST, "\"properties\":7")));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(result(answer, FIRST)).isEqualTo("drop malformed_event_properties");
    assertThat(gateway.publisher.deadLetters()).hasSize(1);
  }

  @Test
  void dropsAnEventThatIsTooLarge() {
    Answer answer =
        post(
            batch(
                event(FIRST, "\"properties\":{\"a\":\"" + "x".repeat(1_000_000) + "\"}"),
                event(SECOND, "")));
    assertThat(result(answer, FIRST)).isEqualTo("drop event_too_big");
    assertThat(result(answer, SECOND)).isEqualTo("ok");
  }

  @Test
  void refusesAnEventOfMoreMembersThanAreRead() {
    String members =
        IntStream.range(0, 250_000).mapToObj(i -> "\"\":0").collect(Collectors.joining(","));
    Answer answer = post(batch(event(FIRST, members), event(SECOND, "")));
    assertThat(answer.status()).isEqualTo(413);
    assertThat(answer.json().path("error_description").asText()).contains("250000 members");
    assertThat(gateway.publisher.size()).isZero();
  }

  @Test
  void dropsPerformanceEvents() {
    Answer answer = post(batch(event(FIRST, "\"event\":\"$performance_event\"")));
    assertThat(result(answer, FIRST)).isEqualTo("drop dropped_performance_event");
    assertThat(gateway.publisher.size()).isZero();
    assertThat(gateway.count("events_filtered")).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "Anonymous", "[object Object]", "0", "SYSTEM", "backend"})
  void takesTheEventsOfNobodyWithoutAPerson(String distinctId) {
    Answer answer =
        post(
            batch(
                event(
                    FIRST,
                    "\"distinct_id\":\""
                        + distinctId
                        + "\",\"options\":{\"process_person_profile\":true}")));
    assertThat(result(answer, FIRST)).isEqualTo("ok person_processing_disabled");
    assertThat(new String(gateway.onlyEvent().json(), StandardCharsets.UTF_8))
        .containsOnlyOnce("\"$process_person_profile\":false");
  }

  @Test
  void marksTheEventsOfNobodysServices() {
    Answer answer = post("{\"capture_internal\":true," + batch(event(FIRST, "")).substring(1));
    assertThat(result(answer, FIRST)).isEqualTo("ok");
    assertThat(
            GatewayFixture.tree(gateway.onlyEvent().json())
                .at("/properties/capture_internal")
                .booleanValue())
        .isTrue();
  }

  @Test
  void asksForAnotherAttemptWhileKafkaIsAway() {
    gateway.publisher.failWith(PublicationFailedException.unavailable("away", null));
    Answer answer = post(batch(event(FIRST, "")));
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.error()).isEqualTo("service_unavailable");
    assertThat(answer.header("retry-after")).isEqualTo("1");
    assertThat(answer.header("posthog-request-id")).isEqualTo(REQUEST_ID);
    gateway.publisher.failWith(null);
    assertThat(result(post(batch(event(FIRST, ""))), FIRST)).isEqualTo("ok");
  }

  @Test
  void hasNoGet() {
    Answer answer = gateway.get(PATH, "Origin", "https://page");
    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.header("allow")).isEqualTo("POST, OPTIONS");
    assertThat(answer.header("access-control-allow-origin")).isEqualTo("https://page");
    assertThat(gateway.send("OPTIONS", PATH, null, "Origin", "https://page").status())
        .isEqualTo(200);
  }

  @Test
  void letsPagesReadItsErrors() {
    Answer answer = post("{}", "Origin", "https://page");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.header("access-control-allow-origin")).isEqualTo("https://page");
    assertThat(answer.header("access-control-expose-headers"))
        .isEqualTo("Retry-After, PostHog-Request-Id");
  }

  @Test
  void takesTenThousandEventsOfWhichOneIsBroken() {
    List<String> events =
        IntStream.range(0, 10_000)
            .mapToObj(
                i ->
                    event(
                        new UUID(0x7000L | (long) i << 20, 0x8000_0000_0000_0000L | i).toString(),
                        i == 4_711 ? "\"properties\":7" : ""))
            .collect(Collectors.toList());
    Answer answer = post(batch(events.toArray(String[]::new)));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(gateway.publisher.events()).hasSize(9_999);
    assertThat(gateway.publisher.deadLetters()).hasSize(1);
    assertThat(answer.json().path("results")).hasSize(10_000);
  }

  @Test
  void refusesWhatIsDamagedCutOrTooMuch() {
    byte[] gzip = Encodings.gzip(batch(event(FIRST, "")));
    assertThat(post(Arrays.copyOf(gzip, gzip.length - 9), headers()).error())
        .isEqualTo("request_parsing_error");
    Answer bomb = post(Encodings.gzip(new byte[200 * 1024 * 1024]), headers());
    assertThat(bomb.status()).isEqualTo(413);
    assertThat(bomb.error()).isEqualTo("payload_too_large");
    Answer deep = post(batch(event(FIRST, "\"properties\":" + "[".repeat(10_000))));
    assertThat(deep.status()).isEqualTo(413);
    String levels = "{\"a\":" + "[".repeat(600) + "]".repeat(600) + "}";
    assertThat(result(post(batch(event(FIRST, "\"properties\":" + levels))), FIRST))
        .isEqualTo("drop malformed_event_properties");
  }

  @Test
  void takesTwoGzipMembers() {
    String whole = batch(event(FIRST, ""));
    byte[] first = Encodings.gzip(whole.substring(0, 40));
    byte[] second = Encodings.gzip(whole.substring(40));
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    Map<String, String> headers = headers();
    headers.put("Content-Encoding", "gzip");
    assertThat(result(post(both, headers), FIRST)).isEqualTo("ok");
  }

  @Test
  void knowsLimitsAndLists() {
    gateway.close();
    gateway =
        new GatewayFixture(
            new TestConfig()
                .limits(
                    new LimitsConfig(
                        Optional.of("phc_a"),
                        Optional.of("phc_a:dropped"),
                        1,
                        Optional.empty(),
                        Optional.of(1)))
                .get());
    assertThat(result(post(batch(event(FIRST, "\"distinct_id\":\"dropped\""))), FIRST))
        .isEqualTo("drop event_restriction_drop");
    List<String> flood =
        IntStream.range(0, 11)
            .mapToObj(i -> event(new UUID(0x7000L, 0x8000_0000_0000_0000L | i).toString(), ""))
            .toList();
    Answer answer = post(batch(flood.toArray(String[]::new)));
    assertThat(result(answer, new UUID(0x7000L, 0x8000_0000_0000_0000L | 9).toString()))
        .isEqualTo("ok");
    assertThat(result(answer, new UUID(0x7000L, 0x8000_0000_0000_0000L | 10).toString()))
        .isEqualTo("warning person_processing_disabled");
    for (int i = 0; i < 10; i++) {
      Answer stranger = post(batch(event(FIRST, "")), "Authorization", "Bearer phc_b");
      assertThat(stranger.status()).isEqualTo(401);
      assertThat(stranger.error()).isEqualTo("invalid_api_key");
    }
    Answer limited = post(batch(event(FIRST, "")), "Authorization", "Bearer phc_b");
    assertThat(limited.status()).isEqualTo(429);
    assertThat(limited.header("retry-after")).isNotBlank();
    assertThat(limited.error()).isEqualTo("rate_limited");
  }
}

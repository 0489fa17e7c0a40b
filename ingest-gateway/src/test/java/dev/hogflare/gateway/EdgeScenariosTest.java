// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.EventClock;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Rfc3339;
import dev.hogflare.contract.Route;
import dev.hogflare.fixtures.Encodings;
import dev.hogflare.gateway.GatewayFixture.Answer;
import dev.hogflare.geoip.ClientAddresses;
import dev.hogflare.geoip.GeoIp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The scenarios that are known of PostHog's edge, under their numbers (behaviour specification of
 * the ingestion, chapter 8, 1 to 118).
 *
 * <p>A title that ends with "(PostHog: …)" says what PostHog does where we decided otherwise. Each
 * number has a scenario here, or stands in {@link #ELSEWHERE} with the place of its test or the
 * reason why there is none.
 */
class EdgeScenariosTest {
  private static final int LAST = 118;
  private static final String EVENT =
      "{\"event\":\"e\",\"distinct_id\":\"d\",\"api_key\":\"phc_a\"}";
  private static final byte[] BYTES = Encodings.utf8(EVENT);

  /** {@link #EVENT}, and 40,000 blanks in brackets, by LZ-string's compressToBase64. */
  private static final String LZ =
      "N4IgpgbmB2AuIC5wgDQgCYEsDOtPQGNYB9TdRDVEAQwAdNiBrMATwtoAsDjqQBfIA===";

  private static final String LZ_BOMB =
      "NoAj4yunb+GKclq3o5r2e7/gwo4k0s8iyq6m2u+hxp5l1t9jzr7n3v/gYKHCRoseImSp0mbLnyFipcpW"
          + "q16jZq3aduvfoOGjxk6bPmLlq9Zu279h46fOXrt+4+ev3n77/+AwKDgkNCw8IjIqOiY2Lj4hMSk5JTUt"
          + "PSMzKzsnNy8/ILCouKS0rLyisqq6prauvqGxqbmlta29o7Oru6e3r7+gcGh4ZHRsfGJyanpmdm5+YXFp"
          + "eWV1bX1jc2t7Z3dvf2Dw6Pjk9Oz84vLq+ub27v7h8en55fXt/ePz6/vn9+//4BgKBwJBoLB4IhkKh0Jh"
          + "sLh8IRiKRyJRqLR6IxmKx2JxuLxpgAukA===";

  private static final String FORM = "application/x-www-form-urlencoded";
  private static final String UUID_A = "01a1fc20-b810-7831-a77c-fd2154b47680";
  private static final String UUID_B = "01a1fc20-b811-7415-b18f-c216e0d61256";
  private static final String V1 = "/i/v1/analytics/events";
  private static final int LIMIT = 100_000;
  private static final Instant NOW =
      Instant.ofEpochSecond(GatewayFixture.NOW / 1_000_000, GatewayFixture.NOW % 1_000_000 * 1_000);

  private static final Map<Integer, String> ELSEWHERE =
      Map.ofEntries(
          Map.entry(30, "RecordingReplayTest; the rows, byte for byte: GoldenRowsTest"),
          Map.entry(44, "LimitsTest.aListInAFileIsReadAgainWithoutARestart: the last list holds"),
          Map.entry(71, "there are no quotas"),
          Map.entry(72, "there are no quotas"),
          Map.entry(73, "there are no quotas"),
          Map.entry(74, "there are no quotas"),
          Map.entry(75, "there are no quotas"),
          Map.entry(77, "KafkaRawEventPublisherTest; the repeat: DuplicateFilterTest"),
          Map.entry(78, "KafkaAwayTest: the fallback is the spool"),
          Map.entry(79, "GatewayConfigTest: there is no switch, and wrong values are refused"),
          Map.entry(86, "as 83: the drop list names a project and an id, LimitsTest"),
          Map.entry(87, "there is one topic, and dead letters go to no other"),
          Map.entry(90, "there is no burst governor; overflow keeps its key"),
          Map.entry(104, "there are no quotas"),
          Map.entry(107, "there is no import mode"),
          Map.entry(109, "ConformanceIT: 500, 503 and no answer"),
          Map.entry(110, "ConformanceIT: 413; the others are the SDKs' own"),
          Map.entry(111, "the SDKs' own; that we say when to come again: 76 and 105"),
          Map.entry(112, "the SDKs' own"),
          Map.entry(113, "ConformanceIT: the rows after retries"),
          Map.entry(114, "the SDKs' own"),
          Map.entry(115, "103: no event is answered retry"),
          Map.entry(116, "ProtocolsIT"));

  private final Map<Integer, DynamicTest> scenarios = new TreeMap<>();
  private GatewayFixture gateway;

  private void is(int number, String title, Runnable check) {
    is(number, title, new TestConfig(), check);
  }

  private void is(int number, String title, TestConfig config, Runnable check) {
    DynamicTest test =
        dynamicTest(
            number + " " + title,
            () -> {
              start(new GatewayFixture(config.get()));
              check.run();
              gateway.assertNothingIsLost();
            });
    assertThat(scenarios.put(number, test)).as("scenario %d", number).isNull();
  }

  private void start(GatewayFixture fixture) {
    stop();
    gateway = fixture;
  }

  @AfterEach
  void stop() {
    if (gateway != null) {
      gateway.close();
    }
  }

  @TestFactory
  Stream<DynamicTest> scenarios() {
    describe();
    return scenarios.values().stream();
  }

  @Test
  void everyNumberOfTheEdgeHasItsPlace() {
    describe();
    List<Integer> all = new ArrayList<>(scenarios.keySet());
    all.addAll(ELSEWHERE.keySet());
    assertThat(all)
        .containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(1, LAST).boxed().toList());
  }

  private void describe() {
    endpointsAndEncodings();
    limits();
    keys();
    idsNamesAndUuids();
    times();
    answers();
    routing();
    v1();
    sdks();
  }

  private void endpointsAndEncodings() {
    is(
        1,
        "one event is one record under its project and distinct id",
        () -> {
          Answer answer = gateway.post("/i/v0/e", EVENT);
          assertThat(answer.status()).isEqualTo(200);
          assertThat(answer.body()).isEqualTo("{\"status\":1}");
          assertThat(gateway.onlyEvent().key()).isEqualTo(new ActorKey("phc_a", "d"));
        });
    is(
        2,
        "a slash at the end changes nothing",
        () -> {
          assertThat(gateway.post("/i/v0/e/", EVENT).status()).isEqualTo(200);
          assertThat(gateway.onlyEvent().json()).isEqualTo(BYTES);
        });
    is(
        3,
        "the older paths are the same",
        () -> {
          for (String path : List.of("/e", "/capture", "/track", "/engage")) {
            assertTaken(gateway.post(path, EVENT));
          }
        });
    is(
        4,
        "an array is taken in its order",
        () -> {
          taken(gateway.post("/e", array(event("first", ""), event("second", ""))));
          assertThat(names()).containsExactly("first", "second");
        });
    is(
        5,
        "the key of a batch is that of its events",
        () -> {
          taken(
              gateway.post(
                  "/batch",
                  "{\"api_key\":\"phc_b\",\"batch\":[{\"event\":\"e\",\"distinct_id\":\"d\"}]}"));
          assertThat(tokens()).containsExactly("phc_b");
        });
    is(
        6,
        "an event's own key wins (PostHog: the envelope's)",
        () -> {
          taken(gateway.post("/batch", "{\"api_key\":\"phc_b\",\"batch\":[" + EVENT + "]}"));
          assertThat(tokens()).containsExactly("phc_a");
        });
    is(
        7,
        "events of two projects are stored for both (PostHog: 401)",
        () -> {
          taken(gateway.post("/e", array(EVENT, EVENT.replace("phc_a", "phc_b"))));
          assertThat(tokens()).containsExactly("phc_a", "phc_b");
        });
    is(
        8,
        "an event without a key has that of the others",
        () -> {
          taken(gateway.post("/e", array(EVENT, "{\"event\":\"e\",\"distinct_id\":\"d\"}")));
          assertThat(tokens()).containsExactly("phc_a", "phc_a");
        });
    is(
        9,
        "a GET with base64",
        () -> assertTaken(gateway.get("/e?data=" + Encodings.url(Encodings.base64(BYTES)))));
    is(10, "a GET with JSON", () -> assertTaken(gateway.get("/e?data=" + Encodings.url(EVENT))));
    is(
        11,
        "a GET without data stores nothing and is answered 200 (PostHog: 400)",
        () -> {
          assertThat(gateway.get("/e?ip=1").status()).isEqualTo(200);
          assertThat(gateway.publisher.size()).isZero();
        });
    is(12, "an empty body", () -> refused(400, gateway.post("/e", "")));
    is(
        13,
        "no events",
        () -> {
          refused(400, gateway.post("/e", "[]"));
          refused(400, gateway.post("/batch", "{\"api_key\":\"phc_a\",\"batch\":[]}"));
        });
    is(
        14,
        "base64 that nothing hints at",
        () -> assertTaken(gateway.post("/e", Encodings.base64(BYTES))));
    is(
        15,
        "base64 that the query names",
        () -> assertTaken(gateway.post("/e?compression=base64", Encodings.base64(BYTES))));
    is(
        16,
        "gzip under each of its names",
        () -> {
          for (String name : List.of("gzip", "gzip-js", "GZIP")) {
            assertTaken(gateway.post("/e?compression=" + name, Encodings.gzip(EVENT)));
          }
        });
    is(
        17,
        "gzip that a header names",
        () -> assertTaken(gateway.post("/e", Encodings.gzip(EVENT), "Content-Encoding", "gzip")));
    is(
        18,
        "gzip as text that nothing hints at",
        () -> assertTaken(gateway.post("/e", Encodings.gzip(EVENT), "Content-Type", "text/plain")));
    is(
        19,
        "JSON that is called gzip",
        () ->
            assertThat(refused(400, gateway.post("/e?compression=gzip", EVENT)).error())
                .contains("gzip"));
    is(
        20,
        "lz-string, and what is none",
        () -> {
          assertTaken(gateway.post("/e?compression=lz64", LZ));
          refused(400, gateway.post("/e?compression=lz64", "N4Igp"));
        });
    is(
        21,
        "a form, also one whose plus signs became blanks",
        () -> {
          String base64 =
              IntStream.iterate(0, i -> i + 1)
                  .mapToObj(i -> Encodings.base64(Encodings.gzip(alone("\"x\":" + i))))
                  .filter(text -> text.contains("+"))
                  .findFirst()
                  .orElseThrow();
          for (String data : List.of(Encodings.url(base64), base64.replace('+', ' '))) {
            taken(gateway.post("/e", "data=" + data + "&compression=gzip", "Content-Type", FORM));
          }
          assertThat(gateway.publisher.events()).hasSize(2);
        });
    is(
        22,
        "a form with lz-string",
        () ->
            assertTaken(
                gateway.post(
                    "/e", "compression=lz64&data=" + Encodings.url(LZ), "Content-Type", FORM)));
    is(
        23,
        "what is called a form and is none",
        () -> refused(400, gateway.post("/e", "nonsense", "Content-Type", FORM)));
    is(
        24,
        "JSON under an unknown compression",
        () -> assertTaken(gateway.post("/e?compression=brotli", EVENT)));
    is(
        25,
        "the query's compression wins over the header's",
        () ->
            assertTaken(
                gateway.post(
                    "/e?compression=gzip", Encodings.gzip(EVENT), "Content-Encoding", "deflate")));
    is(
        26,
        "gzip in base64 is unpacked on every path (PostHog: on the older ones)",
        () -> {
          for (String path : List.of("/e", "/i/v0/e")) {
            assertTaken(gateway.post(path, Encodings.base64(Encodings.gzip(EVENT))));
          }
        });
    is(
        27,
        "text that is not UTF-8",
        () -> refused(400, gateway.post("/e", new byte[] {'[', '"', (byte) 0xC3, '"', ']'})));
    is(
        28,
        "JSON that is none",
        () -> assertThat(refused(400, gateway.post("/e", "{\"event\":")).error()).contains("JSON"));
    is(
        29,
        "an object without an event's name is a person's update on /engage alone",
        () -> {
          String update = "{\"$distinct_id\":\"d\",\"$token\":\"phc_a\",\"$set\":{\"a\":1}}";
          taken(gateway.post("/engage", update));
          assertThat(gateway.onlyEvent().route()).isEqualTo(Route.ENGAGE);
          refused(400, gateway.post("/e", update));
        });
    is(
        31,
        "a preflight",
        () -> {
          Answer answer =
              gateway.send(
                  "OPTIONS",
                  "/e",
                  null,
                  "Origin",
                  "https://page.example",
                  "Access-Control-Request-Headers",
                  "x-a");
          assertThat(answer.status()).isEqualTo(200);
          assertThat(answer.header("access-control-allow-origin"))
              .isEqualTo("https://page.example");
          assertThat(answer.header("access-control-allow-credentials")).isEqualTo("true");
          assertThat(answer.header("access-control-allow-headers")).isEqualTo("x-a");
        });
    is(
        32,
        "a page may read why it was refused",
        () ->
            assertThat(
                    refused(400, gateway.post("/e", "[]", "Origin", "https://page.example"))
                        .header("access-control-allow-origin"))
                .isEqualTo("https://page.example"));
  }

  private void limits() {
    is(
        33,
        "a body of exactly the limit, and of one byte more",
        small(),
        () -> {
          assertThat(gateway.post("/e", padded(LIMIT)).status()).isEqualTo(200);
          refused(413, gateway.post("/e", padded(LIMIT + 1)));
        });
    is(
        34,
        "half as much again over the limit leaves the connection usable",
        small(),
        () ->
            raw(
                connection -> {
                  assertThat(connection.post("/e", padded(LIMIT * 3 / 2)).status()).isEqualTo(413);
                  assertThat(connection.post("/e", BYTES).status()).isEqualTo(200);
                }));
    is(
        35,
        "decompressed, exactly the limit and one byte more; a bomb takes no memory",
        small(),
        () -> {
          assertThat(gateway.post("/e", Encodings.gzip(padded(LIMIT))).status()).isEqualTo(200);
          refused(413, gateway.post("/e", Encodings.gzip(padded(LIMIT + 1))));
          refused(413, gateway.post("/e", Encodings.gzip(new byte[50 * LIMIT])));
          Await.until("nothing is held", () -> gateway.inFlightBytes() == 0);
        });
    is(
        36,
        "lz-string that grows beyond its limit",
        small(),
        () -> refused(413, gateway.post("/e?compression=lz64", LZ_BOMB)));
    is(
        37,
        "a client that stalls is answered 408, and its connection is closed",
        () -> {
          start(
              new GatewayFixture(new TestConfig().get(), Optional.empty(), Duration.ofMillis(200)));
          raw(
              connection -> {
                connection.write("POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n{");
                assertThat(connection.read().status()).isEqualTo(408);
                assertThat(connection.isClosed()).isTrue();
              });
          Await.until("it is counted", () -> gateway.count("events_rejected") == 1);
        });
    is(
        38,
        "one event is too large: 413 alone, a dead letter beside others (PostHog: 413)",
        () -> {
          String large = event("e", "\"x\":\"" + "x".repeat(1_000_000) + "\"");
          refused(413, gateway.post("/e", large));
          taken(gateway.post("/e", array(large, EVENT)));
          assertThat(gateway.publisher.events()).hasSize(1);
          assertThat(reasons()).containsExactly(ErrorCode.EVENT_TOO_LARGE);
        });
    is(
        39,
        "ten thousand tiny events",
        () -> {
          taken(
              gateway.post(
                  "/e",
                  IntStream.range(0, 10_000)
                      .mapToObj(i -> EVENT)
                      .collect(Collectors.joining(",", "[", "]"))));
          assertThat(gateway.publisher.events()).hasSize(10_000);
        });
  }

  private void keys() {
    is(
        40,
        "keys that cannot be any",
        () -> {
          for (String key :
              List.of("", "x".repeat(65), "phc_\u00e9", "phx_secret", "phc_\\u0000")) {
            refused(401, gateway.post("/e", EVENT.replace("phc_a", key)));
          }
        });
    is(
        41,
        "blanks around a key",
        () -> {
          taken(gateway.post("/e", EVENT.replace("phc_a", "  phc_a ")));
          assertThat(tokens()).containsExactly("phc_a");
        });
    is(
        42,
        "a key of 64 bytes",
        () -> taken(gateway.post("/e", EVENT.replace("phc_a", "x".repeat(64)))));
    is(
        43,
        "an unknown key is taken, or refused where the projects are listed (PostHog: taken)",
        () -> {
          taken(gateway.post("/e", EVENT));
          start(new GatewayFixture(listing("phc_b").get()));
          refused(401, gateway.post("/e", EVENT));
          assertThat(gateway.count("events_rejected")).isEqualTo(1);
        });
  }

  private void idsNamesAndUuids() {
    is(
        45,
        "an id of 222 characters is cut to 200",
        () -> {
          taken(gateway.post("/e", withId("\"" + "\ud83d\ude00".repeat(222) + "\"")));
          assertThat(gateway.onlyEvent().key().distinctId()).isEqualTo("\ud83d\ude00".repeat(200));
        });
    is(
        46,
        "ids that are no texts are their JSON",
        () -> {
          for (String id : List.of("23", "23.4", "true", "[1,2]", "{\"a\":1}")) {
            gateway.publisher.clear();
            taken(gateway.post("/e", withId(id)));
            assertThat(gateway.onlyEvent().key().distinctId()).isEqualTo(id);
          }
        });
    is(
        47,
        "the id of the properties stands in for null",
        () -> {
          taken(
              gateway.post(
                  "/e",
                  "{\"event\":\"e\",\"api_key\":\"phc_a\",\"distinct_id\":null,"
                      + "\"properties\":{\"distinct_id\":\"p\"}}"));
          assertThat(gateway.onlyEvent().key().distinctId()).isEqualTo("p");
        });
    is(
        48,
        "no id at all: 400 alone, a dead letter beside others (PostHog: 400)",
        () -> {
          String none = "{\"event\":\"e\",\"api_key\":\"phc_a\"}";
          refused(400, gateway.post("/e", none));
          taken(gateway.post("/e", array(none, EVENT)));
          assertThat(reasons()).containsExactly(ErrorCode.MISSING_DISTINCT_ID);
        });
    is(
        49,
        "blank ids are none, and blanks around an id stay",
        () -> {
          refused(400, gateway.post("/e", withId("\"\"")));
          refused(400, gateway.post("/e", withId("\"   \"")));
          taken(gateway.post("/e", withId("\"  a \"")));
          assertThat(gateway.onlyEvent().key().distinctId()).isEqualTo("  a ");
        });
    is(
        50,
        "NUL in an id is replaced",
        () -> {
          taken(gateway.post("/e", withId("\"a\\u0000b\"")));
          assertThat(gateway.onlyEvent().key().distinctId()).isEqualTo("a\uFFFDb");
        });
    is(
        51,
        "an event's name is a text that is not empty",
        () -> {
          refused(400, gateway.post("/e", event("", "")));
          refused(400, gateway.post("/e", EVENT.replace("\"e\"", "5")));
        });
    is(
        52,
        "a uuid is kept; one that is none is replaced (PostHog: 400 if it is malformed)",
        () -> {
          String v4 = "8b0bd69c-0fa1-4e5c-9d2b-2b7c3f1f7a10";
          taken(gateway.post("/e", event("e", "\"uuid\":\"" + v4 + "\"")));
          assertThat(gateway.onlyEvent().uuid()).hasToString(v4);
          for (String none : List.of("", "nope")) {
            gateway.publisher.clear();
            taken(gateway.post("/e", event("e", "\"uuid\":\"" + none + "\"")));
            assertThat(gateway.onlyEvent().uuid().version()).isEqualTo(7);
          }
        });
    is(
        53,
        "a missing uuid is one of the time of arrival, whenever the event was",
        () -> {
          taken(gateway.post("/e", event("e", "\"timestamp\":\"1969-01-01T00:00:00Z\"")));
          assertThat(gateway.onlyEvent().uuid().getMostSignificantBits() >>> 16)
              .isEqualTo(GatewayFixture.NOW / 1_000);
        });
    is(
        54,
        "a cookieless mode that is none is refused; one that is on gives an id of its own",
        new TestConfig().cookielessSecret("0123456789abcdef"),
        () -> {
          String visit =
              "{\"event\":\"e\",\"api_key\":\"phc_a\",\"distinct_id\":\"$posthog_cookieless\","
                  + "\"properties\":{\"$cookieless_mode\":%s,\"$host\":\"a.example\"}}";
          refused(400, gateway.post("/e", visit.formatted("\"yes\"")));
          taken(gateway.post("/e", visit.formatted("true"), "User-Agent", "Mozilla"));
          assertThat(gateway.onlyEvent().key().distinctId()).startsWith("cookieless_");
        });
    is(
        55,
        "performance events are left out",
        () -> {
          String performance = event("$performance_event", "");
          taken(gateway.post("/e", performance));
          assertThat(gateway.publisher.size()).isZero();
          taken(gateway.post("/e", array(performance, EVENT)));
          assertThat(names()).containsExactly("e");
          assertThat(gateway.count("events_filtered")).isEqualTo(2);
        });
    is(
        56,
        "events of the project's own servers come from the loopback",
        () -> {
          taken(
              gateway.post(
                  "/e",
                  event("e", "\"properties\":{\"capture_internal\":true}"),
                  "CF-Connecting-IP",
                  "8.8.8.8"));
          assertThat(enrichment()).isEqualTo("{\"$ip\":\"127.0.0.1\"}");
        });
    is(
        57,
        "of several forwarded addresses the first one that no trusted proxy wrote (PostHog: the"
            + " first)",
        () -> {
          start(new GatewayFixture(ClientAddresses.parse("127.0.0.1,10.0.0.0/8"), GeoIp.off()));
          taken(gateway.post("/e", EVENT, "X-Forwarded-For", "1.1.1.1, 8.8.8.8, 10.0.0.1"));
          assertThat(enrichment()).isEqualTo("{\"$ip\":\"8.8.8.8\"}");
        });
  }

  private void times() {
    is(
        58,
        "a wrong clock is corrected",
        () -> {
          for (Duration wrong : List.of(Duration.ofHours(1), Duration.ofHours(-1))) {
            Instant sent = NOW.plus(wrong);
            assertTime(NOW.minusSeconds(10), batch(sent, time(sent.minusSeconds(10))));
          }
        });
    is(
        59,
        "$ignore_sent_at leaves it uncorrected",
        () -> {
          Instant sent = NOW.plusSeconds(3_600);
          assertTime(
              sent.minusSeconds(10),
              batch(
                  sent,
                  time(sent.minusSeconds(10)) + ",\"properties\":{\"$ignore_sent_at\":true}"));
        });
    is(
        60,
        "without a sending time it stays uncorrected",
        () -> assertTime(NOW.plusSeconds(3_600), alone(time(NOW.plusSeconds(3_600)))));
    is(
        61,
        "an offset beats all other times",
        () ->
            assertTime(
                NOW.minusMillis(2_500),
                batch(NOW.plusSeconds(3_600), time(NOW) + ",\"offset\":2500")));
    is(
        62,
        "a time that cannot be read, or none, is that of arrival",
        () -> {
          assertTime(NOW, alone("\"timestamp\":\"yesterday\""));
          assertTime(NOW, alone("\"x\":1"));
        });
    is(
        63,
        "up to 23 hours ahead",
        () -> {
          Instant near = NOW.plus(Duration.ofHours(22).plusMinutes(59));
          assertTime(near, alone(time(near)));
          assertTime(NOW, alone(time(NOW.plus(Duration.ofHours(23).plusMinutes(1)))));
        });
    is(
        64,
        "years that are none: the arrival behind 9999, the epoch before 0",
        () -> {
          assertTime(NOW, alone("\"timestamp\":\"+10000-01-01T00:00:00Z\""));
          assertTime(NOW, alone("\"timestamp\":\"-0001-01-01T00:00:00Z\""));
        });
    is(
        65,
        "times in many forms",
        () -> {
          Map<String, String> forms = new LinkedHashMap<>();
          forms.put("2026-11-20T07:00:00+03", "2026-11-20T04:00:00Z");
          forms.put("2026-11-20", "2026-11-20T00:00:00Z");
          forms.put("2026/11/20 04:00:00", "2026-11-20T04:00:00Z");
          forms.put("Fri, 20 Nov 2026 04:00:00 GMT", "2026-11-20T04:00:00Z");
          forms.put("1795147200", "2026-11-20T04:00:00Z");
          forms.put("1795147200000", "2026-11-20T04:00:00Z");
          forms.forEach(
              (text, meant) ->
                  assertTime(Instant.parse(meant), alone("\"timestamp\":\"" + text + "\"")));
        });
    is(
        66,
        "a time without a zone is UTC",
        () ->
            assertTime(
                Instant.parse("2026-11-20T04:00:00Z"),
                alone("\"timestamp\":\"2026-11-20T04:00:00\"")));
    is(
        67,
        "a sending time in the query counts in milliseconds, and a batch's own beats it",
        () -> {
          long sent = NOW.plusSeconds(3_600).toEpochMilli();
          taken(gateway.post("/e?_=" + sent, EVENT));
          taken(gateway.post("/e?_=" + sent / 1_000, EVENT));
          taken(gateway.post("/batch?_=" + sent, batch(NOW, "\"x\":1")));
          assertThat(gateway.publisher.events())
              .extracting(RawEvent::sentAt)
              .containsExactly(sent * 1_000, null, micros(NOW));
        });
    is(
        68,
        "a sending time before 2020 is none",
        () -> {
          taken(gateway.post("/e?_=1577836799999", EVENT));
          assertThat(gateway.onlyEvent().sentAt()).isNull();
        });
    is(
        69,
        "a historical batch goes to a topic of its own",
        () -> {
          taken(
              gateway.post("/batch", "{\"historical_migration\":true,\"batch\":[" + EVENT + "]}"));
          assertThat(gateway.publisher.events()).isEmpty();
          assertThat(gateway.publisher.historical()).hasSize(1);
        });
  }

  private void answers() {
    is(
        70,
        "a beacon is answered without a body",
        () -> {
          Answer beacon = gateway.post("/e?beacon=1", EVENT);
          assertThat(beacon.status()).isEqualTo(204);
          assertThat(beacon.body()).isEmpty();
          for (String other : List.of("2", "true")) {
            assertThat(gateway.post("/e?beacon=" + other, EVENT).body()).isNotEmpty();
          }
        });
    is(
        76,
        "503 while Kafka takes nothing",
        () -> {
          gateway.publisher.failWith(
              PublicationFailedException.unavailable("Kafka is away.", null));
          assertThat(refused(503, gateway.post("/e", EVENT)).header("retry-after")).isEqualTo("1");
        });
  }

  private void routing() {
    is(
        80,
        "events of every kind stand on one topic (PostHog: on several)",
        () -> {
          List<String> kinds =
              List.of("$exception", "$$heatmap", "$$client_ingestion_warning", "$ai_generation");
          taken(
              gateway.post(
                  "/e", array(kinds.stream().map(k -> event(k, "")).toArray(String[]::new))));
          assertThat(names()).isEqualTo(kinds);
        });
    is(
        81,
        "a heatmap is split off",
        () -> {
          taken(
              gateway.post(
                  "/e",
                  event(
                      "$pageview",
                      "\"uuid\":\""
                          + UUID_A
                          + "\",\"properties\":{\"$heatmap_data\":{\"/\":[]},"
                          + "\"$session_id\":\"s\",\"plan\":\"pro\"}")));
          assertThat(names()).containsExactly("$pageview", "$$heatmap");
          List<RawEvent> both = gateway.publisher.events();
          assertThat(both.get(0).uuid()).hasToString(UUID_A).isNotEqualTo(both.get(1).uuid());
          assertThat(properties(both.get(0))).isEqualTo("{\"$session_id\":\"s\",\"plan\":\"pro\"}");
          assertThat(properties(both.get(1)))
              .isEqualTo("{\"$heatmap_data\":{\"/\":[]},\"$session_id\":\"s\"}");
        });
    is(
        82,
        "too much of a sender keeps its key and topic and is marked, in both protocols (PostHog:"
            + " moved without a key)",
        perSender(),
        () -> {
          taken(gateway.post("/e", flood(20)));
          List<RawEvent> first = gateway.publisher.events();
          assertThat(first).hasSize(20).allMatch(e -> e.key().equals(new ActorKey("phc_a", "d")));
          assertThat(first.getLast().overflow()).isTrue();
          gateway.publisher.clear();
          Answer answer = postV1(v1Event(UUID_A, ""));
          assertThat(result(answer, UUID_A)).isEqualTo("warning person_processing_disabled");
          assertThat(gateway.onlyEvent().overflow()).isTrue();
        });
    is(
        83,
        "other senders of the project are not touched",
        perSender(),
        () -> {
          taken(gateway.post("/e", flood(20)));
          gateway.publisher.clear();
          taken(gateway.post("/e", withId("\"other\"")));
          assertThat(gateway.onlyEvent().overflow()).isFalse();
        });
    is(
        84,
        "nor is the same id of another project",
        perSender(),
        () -> {
          taken(gateway.post("/e", flood(20)));
          gateway.publisher.clear();
          taken(gateway.post("/e", EVENT.replace("phc_a", "phc_b")));
          assertThat(gateway.onlyEvent().overflow()).isFalse();
        });
    is(
        85,
        "the first event of a sender passes",
        perSender(),
        () -> {
          taken(gateway.post("/e", EVENT));
          assertThat(gateway.onlyEvent().overflow()).isFalse();
        });
    is(
        88,
        "what only the gateway knows goes with the record",
        () -> {
          taken(gateway.post("/batch", batch(NOW, "\"uuid\":\"" + UUID_A + "\"")));
          RawEvent event = gateway.onlyEvent();
          assertThat(event.uuid()).hasToString(UUID_A);
          assertThat(event.route()).isEqualTo(Route.BATCH);
          assertThat(event.arrivedAt()).isEqualTo(GatewayFixture.NOW);
          assertThat(event.sentAt()).isEqualTo(micros(NOW));
        });
    is(
        89,
        "an identify stands before the events that follow it",
        () -> {
          taken(
              gateway.post(
                  "/e",
                  array(
                      event("$identify", "\"properties\":{\"$anon_distinct_id\":\"visitor\"}"),
                      event("next", ""),
                      event("last", ""))));
          assertThat(names()).containsExactly("$identify", "next", "last");
          assertThat(gateway.publisher.claims())
              .extracting(InMemoryPublisher.Written::eventsBefore)
              .containsExactly(0);
        });
  }

  private void v1() {
    is(
        91,
        "every event is answered for, in the order of the batch",
        () -> {
          Answer answer = postV1(v1Event(UUID_B, ""), v1Event(UUID_A, ""));
          assertThat(answer.status()).as(answer.body()).isEqualTo(200);
          List<String> uuids = new ArrayList<>();
          answer.json().path("results").fieldNames().forEachRemaining(uuids::add);
          assertThat(uuids).containsExactly(UUID_B, UUID_A);
          assertThat(answer.header("posthog-request-id")).isEqualTo(UUID_B);
          assertThat(answer.header("date")).isNotBlank();
        });
    is(
        92,
        "the key is a bearer",
        () -> {
          refused(401, postV1With(Map.of("Authorization", "")));
          refused(400, postV1With(Map.of("Authorization", "Basic cGhjX2E6")));
          taken(postV1With(Map.of("Authorization", "bearer phc_a")));
        });
    is(
        93,
        "every other header is required",
        () -> {
          for (String name :
              List.of(
                  "PostHog-Sdk-Info",
                  "PostHog-Attempt",
                  "PostHog-Request-Id",
                  "PostHog-Request-Timestamp")) {
            assertThat(refused(400, postV1With(Map.of(name, ""))).error())
                .as(name)
                .isEqualTo("missing_required_headers");
          }
        });
    is(
        94,
        "headers that mean nothing",
        () -> {
          refused(400, postV1With(Map.of("PostHog-Attempt", "0")));
          refused(400, postV1With(Map.of("PostHog-Attempt", "abc")));
          refused(400, postV1With(Map.of("PostHog-Request-Id", "7")));
          refused(400, postV1With(Map.of("PostHog-Request-Timestamp", "yesterday")));
        });
    is(
        95,
        "JSON alone",
        () -> {
          refused(415, postV1With(Map.of("Content-Type", "text/plain")));
          taken(postV1With(Map.of("Content-Type", "Application/JSON; charset=utf-8")));
        });
    is(
        96,
        "compressed bodies; br and zstd in V1ProtocolTest.takesCompressedBatches",
        () -> {
          byte[] plain = Encodings.utf8(v1Batch(v1Event(UUID_A, "")));
          taken(postV1(Encodings.gzip(plain), Map.of("Content-Encoding", "gzip")));
          taken(postV1(Encodings.zlib(plain), Map.of("Content-Encoding", "deflate")));
          refused(415, postV1(plain, Map.of("Content-Encoding", "lz4")));
        });
    is(
        97,
        "batches that are none",
        () -> {
          assertThat(refused(400, postV1(new byte[0], Map.of())).error()).isEqualTo("empty_body");
          assertThat(refused(400, postV1()).error()).isEqualTo("empty_batch");
          String undated = v1Batch(v1Event(UUID_A, "")).replaceFirst("\"created_at\":\"2", "$0x");
          assertThat(refused(400, postV1(Encodings.utf8(undated), Map.of())).error())
              .isEqualTo("invalid_batch");
        });
    is(
        98,
        "uuids that are missing, malformed or there twice",
        () -> {
          refused(400, postV1(v1Event("", "")));
          refused(400, postV1(v1Event("nope", "")));
          refused(400, postV1(v1Event(UUID_A, ""), v1Event(UUID_A, "")));
        });
    is(
        99,
        "one bad event drops out alone",
        () -> {
          Map<String, String> bad = new LinkedHashMap<>();
          bad.put("\"event\":\"" + "x".repeat(201) + "\"", "event_name_too_long");
          bad.put("\"distinct_id\":\"" + "x".repeat(201) + "\"", "distinct_id_too_large");
          bad.put("\"timestamp\":\"yesterday\"", "invalid_event_timestamp");
          bad.put("\"properties\":[]", "malformed_event_properties");
          bad.forEach(
              (member, detail) -> {
                Answer answer = postV1(v1Event(UUID_A, member), v1Event(UUID_B, ""));
                assertThat(result(answer, UUID_A)).isEqualTo("drop " + detail);
                assertThat(result(answer, UUID_B)).isEqualTo("ok");
              });
        });
    is(
        100,
        "options are read with patience",
        new TestConfig().cookielessSecret("0123456789abcdef"),
        () -> {
          for (Map.Entry<String, String> option :
              Map.of("\"0\"", "ok", "null", "ok", "\"maybe\"", "drop invalid_options").entrySet()) {
            Answer answer =
                postV1(
                    v1Event(UUID_A, "\"options\":{\"cookieless_mode\":" + option.getKey() + "}"));
            assertThat(result(answer, UUID_A)).as(option.getKey()).isEqualTo(option.getValue());
          }
          gateway.publisher.clear();
          Answer on =
              postV1(
                  v1Event(
                      UUID_A,
                      "\"distinct_id\":\"$posthog_cookieless\",\"options\":{\"cookieless_mode\":"
                          + "\"1\"},\"properties\":{\"$host\":\"a.example\"}"));
          assertThat(result(on, UUID_A)).isEqualTo("ok");
          assertThat(gateway.onlyEvent().key().distinctId()).startsWith("cookieless_");
        });
    is(
        101,
        "ids that broken programs send for everybody touch no person",
        () -> {
          for (String nobody : List.of("null", "ANONYMOUS", "[object Object]")) {
            Answer answer = postV1(v1Event(UUID_A, "\"distinct_id\":\"" + nobody + "\""));
            assertThat(result(answer, UUID_A)).isEqualTo("ok person_processing_disabled");
          }
        });
    is(
        102,
        "too much of a sender is a warning",
        perSender(),
        () -> {
          taken(gateway.post("/e", flood(20)));
          assertThat(result(postV1(v1Event(UUID_A, "")), UUID_A))
              .isEqualTo("warning person_processing_disabled");
        });
    is(
        103,
        "a batch that Kafka does not take is refused as a whole (PostHog: retry of single events)",
        () -> {
          Answer dropped = postV1(v1Event(UUID_A, "\"properties\":[]"));
          assertThat(dropped.header("retry-after")).isNull();
          gateway.publisher.failWith(
              PublicationFailedException.unavailable("Kafka is away.", null));
          assertThat(refused(503, postV1(v1Event(UUID_A, ""))).header("retry-after"))
              .isEqualTo("1");
        });
    is(
        105,
        "only what may be tried again says when",
        () -> {
          assertThat(postV1().header("retry-after")).isNull();
          assertThat(postV1With(Map.of("Authorization", "")).header("retry-after")).isNull();
          assertThat(postV1With(Map.of("Content-Type", "text/plain")).header("retry-after"))
              .isNull();
          gateway.publisher.failWith(
              PublicationFailedException.unavailable("Kafka is away.", null));
          assertThat(postV1(v1Event(UUID_A, "")).header("retry-after")).isEqualTo("1");
        });
    is(
        106,
        "there is no GET, and pages may read errors",
        () -> {
          assertThat(gateway.get(V1).status()).isEqualTo(405);
          Answer refused = postV1With(Map.of("Authorization", "", "Origin", "https://a.example"));
          assertThat(refused.header("access-control-allow-origin")).isEqualTo("https://a.example");
        });
    is(
        108,
        "unknown fields are passed over",
        () -> {
          String body =
              v1Batch(v1Event(UUID_A, "\"x\":1,\"options\":{\"y\":2}"))
                  .replaceFirst("\\{", "{\"z\":[3],");
          assertThat(result(postV1(Encodings.utf8(body), Map.of()), UUID_A)).isEqualTo("ok");
        });
  }

  private void sdks() {
    is(
        117,
        "no fetch is answered 204, which browsers would send again",
        () -> {
          for (String path : List.of("/e", "/i/v0/e", "/batch", "/capture", "/engage", "/track")) {
            assertThat(gateway.post(path, EVENT).status()).as(path).isEqualTo(200);
          }
        });
    is(
        118,
        "no answer names a quota",
        () -> {
          for (Answer answer :
              List.of(
                  gateway.post("/e", EVENT),
                  gateway.post("/e", "[]"),
                  gateway.post("/e", event("$performance_event", "")),
                  postV1(v1Event(UUID_A, "")))) {
            assertThat(answer.body()).doesNotContain("quota");
          }
        });
  }

  private static TestConfig small() {
    return new TestConfig().bodies(LIMIT, LIMIT, 100L * LIMIT);
  }

  private static TestConfig listing(String projects) {
    return new TestConfig()
        .limits(
            new LimitsConfig(
                Optional.of(projects), Optional.empty(), 10, Optional.empty(), Optional.empty()));
  }

  /** One event a second of each sender, ten at once. */
  private static TestConfig perSender() {
    return new TestConfig()
        .limits(
            new LimitsConfig(
                Optional.empty(), Optional.empty(), 10, Optional.empty(), Optional.of(1)));
  }

  private static String flood(int events) {
    return IntStream.range(0, events)
        .mapToObj(i -> EVENT)
        .collect(Collectors.joining(",", "[", "]"));
  }

  private static String array(String... events) {
    return "[" + String.join(",", events) + "]";
  }

  private static String event(String name, String members) {
    return "{\"event\":\""
        + name
        + "\",\"distinct_id\":\"d\",\"api_key\":\"phc_a\""
        + (members.isEmpty() ? "" : "," + members)
        + "}";
  }

  private static String withId(String json) {
    return "{\"event\":\"e\",\"api_key\":\"phc_a\",\"distinct_id\":" + json + "}";
  }

  private static String alone(String members) {
    return event("e", members);
  }

  private static String batch(Instant sentAt, String members) {
    return "{\"sent_at\":\"" + sentAt + "\",\"batch\":[" + event("e", members) + "]}";
  }

  private static String time(Instant time) {
    return "\"timestamp\":\"" + time + "\"";
  }

  private static byte[] padded(int length) {
    byte[] body = Arrays.copyOf(BYTES, length);
    Arrays.fill(body, BYTES.length, length, (byte) ' ');
    return body;
  }

  private static Answer taken(Answer answer) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return answer;
  }

  private static Answer refused(int status, Answer answer) {
    assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    return answer;
  }

  /** Checks that {@link #EVENT} was stored as it is, and forgets it. */
  private void assertTaken(Answer answer) {
    taken(answer);
    assertThat(gateway.onlyEvent().json()).isEqualTo(BYTES);
    gateway.publisher.clear();
  }

  /** Checks the time of the row that comes of the only event of a body. */
  private void assertTime(Instant expected, String body) {
    gateway.publisher.clear();
    taken(gateway.post("/batch", body));
    RawEvent raw = gateway.onlyEvent();
    JsonNode event = GatewayFixture.tree(raw.json());
    assertThat(
            EventClock.resolve(
                event.has("offset") ? event.path("offset").longValue() : null,
                event.path("timestamp").textValue(),
                raw.sentAt(),
                event.at("/properties/$ignore_sent_at").booleanValue(),
                raw.arrivedAt()))
        .as(body)
        .isEqualTo(micros(expected));
  }

  private static long micros(Instant time) {
    return Rfc3339.parseOrNull(time.toString());
  }

  private List<String> names() {
    return gateway.publisher.events().stream()
        .map(event -> GatewayFixture.tree(event.json()).path("event").asText())
        .toList();
  }

  private List<String> tokens() {
    return gateway.publisher.events().stream().map(event -> event.key().token()).toList();
  }

  private List<ErrorCode> reasons() {
    return gateway.publisher.deadLetters().stream().map(letter -> letter.reason().code()).toList();
  }

  private String enrichment() {
    return new String(gateway.onlyEvent().enrichment(), StandardCharsets.UTF_8);
  }

  private static String properties(RawEvent event) {
    return GatewayFixture.tree(event.json()).path("properties").toString();
  }

  private void raw(Conversation conversation) {
    try (RawConnection connection = new RawConnection(gateway.port())) {
      conversation.hold(connection);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What is said on a connection. */
  private interface Conversation {
    void hold(RawConnection connection) throws IOException;
  }

  private static String v1Batch(String... events) {
    return "{\"created_at\":\"2026-11-21T04:43:24Z\",\"batch\":" + array(events) + "}";
  }

  /** Returns an event; a member that is given stands in for the usual one of its name. */
  private static String v1Event(String uuid, String members) {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("uuid", "\"uuid\":\"" + uuid + "\"");
    all.put("event", "\"event\":\"e\"");
    all.put("distinct_id", "\"distinct_id\":\"d\"");
    all.put("timestamp", "\"timestamp\":\"2026-11-21T04:43:23Z\"");
    all.keySet().removeIf(name -> members.startsWith("\"" + name + "\":"));
    all.put("others", members);
    return all.values().stream()
        .filter(member -> !member.isEmpty())
        .collect(Collectors.joining(",", "{", "}"));
  }

  private Answer postV1(String... events) {
    return postV1(Encodings.utf8(v1Batch(events)), Map.of());
  }

  private Answer postV1With(Map<String, String> headers) {
    return postV1(Encodings.utf8(v1Batch(v1Event(UUID_A, ""))), headers);
  }

  /** Posts a body with the usual headers; an empty one is left out. */
  private Answer postV1(byte[] body, Map<String, String> changed) {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("Authorization", "Bearer phc_a");
    headers.put("PostHog-Sdk-Info", "posthog-node/5.70.0");
    headers.put("PostHog-Attempt", "1");
    headers.put("PostHog-Request-Id", UUID_B);
    headers.put("PostHog-Request-Timestamp", "2026-11-21T04:43:24.000Z");
    headers.put("Content-Type", "application/json");
    headers.put("User-Agent", "posthog-node/5.70.0");
    headers.putAll(changed);
    headers.values().removeIf(String::isEmpty);
    return gateway.post(
        V1,
        body,
        headers.entrySet().stream()
            .flatMap(header -> Stream.of(header.getKey(), header.getValue()))
            .toArray(String[]::new));
  }

  private static String result(Answer answer, String uuid) {
    JsonNode result = answer.json().path("results").path(uuid);
    return result.path("result").asText()
        + (result.has("details") ? " " + result.path("details").asText() : "");
  }
}

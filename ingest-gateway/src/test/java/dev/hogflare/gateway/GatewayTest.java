// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.Stage;
import dev.hogflare.fixtures.Encodings;
import dev.hogflare.gateway.GatewayFixture.Answer;
import dev.hogflare.runtime.Health;
import io.micrometer.core.instrument.Counter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The gateway over HTTP, with a publisher in memory. */
class GatewayTest {
  private static final String EVENT =
      "{\"event\":\"e\",\"distinct_id\":\"d\",\"api_key\":\"phc_a\"}";
  private static final int LIMIT = 100_000;

  private GatewayFixture gateway;

  @BeforeEach
  void start() {
    gateway = new GatewayFixture(small().get());
  }

  @AfterEach
  void stop() {
    gateway.assertNothingIsLost();
    gateway.close();
  }

  private static TestConfig small() {
    return new TestConfig().bodies(LIMIT, 10 * LIMIT, 40L * LIMIT);
  }

  private void restart(GatewayConfig config, PersonLookup lookup) {
    gateway.close();
    gateway = new GatewayFixture(config, Optional.ofNullable(lookup));
  }

  @ParameterizedTest
  @CsvSource({
    "/capture,CAPTURE",
    "/track,CAPTURE",
    "/e,E",
    "/i/v0/e,E",
    "/batch,BATCH",
    "/identify,IDENTIFY",
    "/alias,ALIAS",
    "/engage,ENGAGE",
    "/groups,GROUPS"
  })
  void storesAnEventFromEveryPathWithAndWithoutASlash(String path, Route route) {
    for (String spelling : List.of(path, path + "/")) {
      gateway.publisher.clear();
      Answer answer = gateway.post(spelling, EVENT);
      assertThat(answer.status()).as(answer.body()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("{\"status\":1}");
      assertThat(answer.header("content-type")).isEqualTo("application/json");
      RawEvent event = gateway.onlyEvent();
      assertThat(event.json()).isEqualTo(Encodings.utf8(EVENT));
      assertThat(event.route()).isEqualTo(route);
      assertThat(event.key().token()).isEqualTo("phc_a");
      assertThat(event.key().distinctId()).isEqualTo("d");
      assertThat(event.arrivedAt()).isEqualTo(GatewayFixture.NOW);
      assertThat(event.uuid().version()).isEqualTo(7);
      assertThat(event.uuid().getMostSignificantBits() >>> 16)
          .isEqualTo(GatewayFixture.NOW / 1_000);
      assertThat(event.sentAt()).isNull();
      assertThat(event.enrichment()).isNull();
      assertThat(event.defaults()).isNull();
    }
  }

  @Test
  void storesTheEventByteForByte() {
    String odd =
        "{ \"event\" : \"e\\u0041\",\r\n\"distinct_id\":\"d\", \"n\": 1.50e+02, \"a\":\"\\ud800\\u0000\", \"event\":\"e\" }";
    assertThat(gateway.post("/capture?api_key=k", "[" + odd + "]").status()).isEqualTo(200);
    assertThat(gateway.onlyEvent().json()).isEqualTo(Encodings.utf8(odd));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/captur",
        "/capture/x",
        "/e/e",
        "/decide",
        "/flags/",
        "/healthz/",
        "//capture",
        "/CAPTURE"
      })
  void answers404ToAnUnknownPath(String path) {
    Answer answer = gateway.post(path, EVENT, "Origin", "https://page");
    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.body()).isEmpty();
    assertThat(answer.header("access-control-allow-origin")).isEqualTo("https://page");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PUT", "DELETE", "PATCH", "HEAD"})
  void answers405ToAnotherMethod(String method) {
    Answer answer = gateway.send(method, "/capture", null, "Origin", "https://page");
    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.header("allow")).isEqualTo("GET, POST, OPTIONS");
    assertThat(answer.header("access-control-allow-origin")).isEqualTo("https://page");
  }

  @Test
  void keepsTheConnectionUsableAfterEveryKindOfAnswer() throws IOException {
    try (RawConnection connection = new RawConnection(gateway.port())) {
      assertThat(connection.post("/nowhere", Encodings.utf8(EVENT)).status()).isEqualTo(404);
      connection.write("PUT /capture HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
      assertThat(connection.read().status()).isEqualTo(405);
      assertThat(connection.post("/capture", Encodings.utf8("no json")).status()).isEqualTo(400);
      assertThat(connection.post("/capture", new byte[LIMIT + 1]).status()).isEqualTo(413);
      assertThat(connection.post("/capture", new byte[3 * LIMIT / 2]).status()).isEqualTo(413);
      assertThat(connection.post("/capture", Encodings.gzip(new byte[20 * LIMIT])).status())
          .isEqualTo(413);
      connection.write("OPTIONS /capture HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(connection.read().status()).isEqualTo(200);
      assertThat(connection.post("/capture", Encodings.utf8(EVENT)).status()).isEqualTo(200);
    }
  }

  @Test
  void neverRedirects() {
    for (String path : List.of("/capture", "/capture/", "/batch", "/batch/", "/nowhere")) {
      assertThat(gateway.post(path, EVENT).status()).isIn(200, 404);
    }
  }

  @Test
  void takesThePayloadOfAQuery() {
    for (String data :
        List.of(
            EVENT,
            Encodings.base64(Encodings.utf8(EVENT)),
            Encodings.base64(Encodings.gzip(EVENT)))) {
      gateway.publisher.clear();
      Answer answer = gateway.get("/e/?ip=1&data=" + Encodings.url(data));
      assertThat(answer.status()).as(answer.body()).isEqualTo(200);
      assertThat(gateway.onlyEvent().json()).isEqualTo(Encodings.utf8(EVENT));
    }
  }

  @Test
  void takesALongQueryAndOneThatIsNotEscaped() throws IOException {
    String data =
        Encodings.base64(
            Encodings.utf8(
                "{\"event\":\"e\",\"distinct_id\":\"d\",\"token\":\"t\",\"x\":\""
                    + "x".repeat(20_000)
                    + "\"}"));
    assertThat(gateway.get("/e/?data=" + Encodings.url(data)).status()).isEqualTo(200);
    try (RawConnection connection = new RawConnection(gateway.port())) {
      connection.write(
          "GET /e/?data={\"event\":\"e\",\"distinct_id\":\"d|^\",\"token\":\"t\"} HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(connection.read().status()).isEqualTo(200);
    }
    assertThat(gateway.publisher.events()).hasSize(2);
  }

  @Test
  void satisfiesAGetWithoutDataAndStoresNothing() {
    Answer answer = gateway.get("/e/?ip=1&_=1795234141835&ver=1.57.4");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{\"status\":1}");
    assertThat(gateway.publisher.size()).isZero();
  }

  @Test
  void prefersThePayloadOfTheQuery() {
    assertThat(gateway.post("/e/?data=" + Encodings.url(EVENT), "garbage").status()).isEqualTo(200);
    assertThat(gateway.onlyEvent().json()).isEqualTo(Encodings.utf8(EVENT));
  }

  @Test
  void answersABeaconWithoutABody() {
    for (String path : List.of("/e/?beacon=1", "/batch/?beacon=1")) {
      Answer answer = gateway.post(path, EVENT);
      assertThat(answer.status()).isEqualTo(204);
      assertThat(answer.body()).isEmpty();
    }
    for (String path : List.of("/e/?beacon=2", "/e/?beacon=true", "/e/?beacon=")) {
      assertThat(gateway.post(path, EVENT).status()).isEqualTo(200);
    }
  }

  @Test
  void givesTheItemsOfARequestRisingTimesInTheirOrder() {
    StringBuilder batch = new StringBuilder("{\"api_key\":\"t\",\"batch\":[");
    for (int i = 0; i < 100; i++) {
      batch
          .append(i == 0 ? "" : ",")
          .append("{\"event\":\"e")
          .append(i)
          .append("\",\"distinct_id\":\"d\"}");
    }
    assertThat(gateway.post("/batch", batch.append("]}").toString()).status()).isEqualTo(200);
    List<RawEvent> events = gateway.publisher.events();
    assertThat(events).hasSize(100);
    for (int i = 0; i < 100; i++) {
      assertThat(events.get(i).arrivedAt()).isEqualTo(GatewayFixture.NOW + i);
      assertThat(GatewayFixture.tree(events.get(i).json()).path("event").asText())
          .isEqualTo("e" + i);
    }
    assertThat(events).extracting(RawEvent::uuid).doesNotHaveDuplicates();
    assertThat(gateway.gateway().eventsAccepted()).isEqualTo(100);
  }

  @Test
  void takesTenThousandTinyEvents() {
    String one = "{\"event\":\"e\",\"distinct_id\":\"d\"}";
    String body = "[" + (one + ",").repeat(9_999) + one + "]";
    Answer answer = gateway.post("/e?token=t", Encodings.gzip(body));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(gateway.publisher.events()).hasSize(10_000);
  }

  @Test
  void storesTheGoodItemsOfABatchWithBadOnes() {
    String bad = "{\"event\":\"e\",\"distinct_id\":\" \"}";
    String good = "{\"event\":\"e\",\"distinct_id\":\"d\"}";
    Answer answer =
        gateway.post(
            "/batch?ip=0",
            "{\"api_key\":\"t\",\"batch\":["
                + bad
                + ","
                + good
                + ",7,{\"event\":\"$performance_event\"}]}",
            "CF-Ray",
            "r1");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(gateway.publisher.events()).hasSize(1);
    assertThat(gateway.publisher.deadLetters()).hasSize(2);
    InMemoryPublisher.Letter first = gateway.publisher.deadLetters().getFirst();
    assertThat(first.item().json()).isEqualTo(Encodings.utf8(bad));
    assertThat(first.item().key().token()).isEqualTo("t");
    assertThat(first.item().key().distinctId()).isEmpty();
    assertThat(first.item().route()).isEqualTo(Route.BATCH);
    assertThat(new String(first.item().enrichment(), StandardCharsets.UTF_8))
        .isEqualTo("{\"cf_ray\":\"r1\"}");
    DeadLetter reason = first.reason();
    assertThat(reason.stage()).isEqualTo(Stage.GATEWAY);
    assertThat(reason.code()).isEqualTo(ErrorCode.MISSING_DISTINCT_ID);
    assertThat(reason.message()).contains("distinct_id");
    assertThat(reason.at()).isEqualTo(GatewayFixture.NOW / 1_000);
    assertThat(gateway.publisher.deadLetters().get(1).reason().code())
        .isEqualTo(ErrorCode.NOT_AN_OBJECT);
    assertThat(gateway.count("events_received")).isEqualTo(4);
    assertThat(gateway.count("events_stored")).isEqualTo(1);
    assertThat(gateway.count("events_filtered")).isEqualTo(1);
    assertThat(gateway.count("events_dead_lettered")).isEqualTo(2);
  }

  @Test
  void storesNothingIfNoItemIsUsable() {
    Answer answer = gateway.post("/batch", "{\"api_key\":\"t\",\"batch\":[7,{\"event\":\"\"}]}");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().path("status").asInt(-1)).isZero();
    assertThat(answer.error()).isEqualTo("An item of the request is no JSON object; send events.");
    assertThat(gateway.publisher.size()).isZero();
    assertThat(gateway.count("events_rejected")).isEqualTo(2);
  }

  @Test
  void filtersPerformanceEvents() {
    Answer answer = gateway.post("/e", "[{\"event\":\"$performance_event\",\"properties\":{}}]");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(gateway.publisher.size()).isZero();
    assertThat(gateway.count("events_filtered")).isEqualTo(1);
    assertThat(gateway.post("/e", "[{\"event\":\"$performance_event\"},{}]").status())
        .isEqualTo(400);
  }

  @Test
  void takesTheSendingTimeOfTheHeaderBeforeThatOfTheQuery() {
    gateway.post("/capture?_=1795234080422", EVENT);
    gateway.post("/capture?_=1795234080422", EVENT, "X-PostHog-Sent-At", "2026-11-21T04:00:00.5Z");
    gateway.post("/capture?_=1795234080", EVENT);
    gateway.post("/capture?_=1577836800000", EVENT);
    gateway.post("/capture?_=soon", EVENT, "X-PostHog-Sent-At", "soon");
    gateway.post("/capture?_=99999999999999999999", EVENT);
    assertThat(gateway.publisher.events())
        .extracting(RawEvent::sentAt)
        .containsExactly(1_795_234_080_422_000L, 1_795_233_600_500_000L, null, null, null, null);
  }

  @Test
  void addsWhatTheProxyKnowsUnlessTheClientMindsIt() {
    String[] headers = {
      "CF-Connecting-IP",
      "203.0.113.7",
      "CF-Ray",
      "r1",
      "CF-IPCountry",
      "IE",
      "CF-IPLatitude",
      "53.3"
    };
    gateway.post("/capture", EVENT, headers);
    gateway.post("/capture?ip=1", EVENT, headers);
    gateway.post("/capture?ip=0", EVENT, headers);
    assertThat(gateway.publisher.events())
        .extracting(e -> new String(e.enrichment(), StandardCharsets.UTF_8))
        .containsExactly(
            "{\"$ip\":\"203.0.113.7\",\"cf_ray\":\"r1\",\"$geoip_country_code\":\"IE\",\"$geoip_latitude\":53.3}",
            "{\"$ip\":\"203.0.113.7\",\"cf_ray\":\"r1\",\"$geoip_country_code\":\"IE\",\"$geoip_latitude\":53.3}",
            "{\"cf_ray\":\"r1\"}");
  }

  @Test
  void survivesHeadersThatAreNotAscii() throws IOException {
    try (RawConnection connection = new RawConnection(gateway.port())) {
      connection.write(
          "POST /capture HTTP/1.1\r\nHost: x\r\nCF-IPCity: S\u00c3\u00a3o Paulo\r\nOrigin: http://\u00e9\r\nContent-Length: "
              + EVENT.length()
              + "\r\n\r\n"
              + EVENT);
      RawConnection.Answer answer = connection.read();
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.headers()).doesNotContainKey("access-control-allow-origin");
    }
    assertThat(gateway.onlyEvent().enrichment()).isNull();
  }

  @Test
  void findsTheKeyInEveryPlace() {
    String keyless = "{\"event\":\"e\",\"distinct_id\":\"d\"}";
    gateway.post("/capture", keyless, "X-PostHog-Api-Key", "k");
    gateway.post("/capture", keyless, "Authorization", "bearer k");
    gateway.post("/capture?token=k", keyless);
    gateway.post("/capture?api_key=k", keyless);
    gateway.post(
        "/capture",
        "api_key=k&data=" + Encodings.url(keyless),
        "Content-Type",
        "application/x-www-form-urlencoded");
    assertThat(gateway.publisher.events()).hasSize(5).allMatch(e -> e.key().token().equals("k"));
    Answer answer = gateway.post("/capture", keyless, "Authorization", "Basic k");
    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.error())
        .startsWith("The project key is missing; send the project key as api_key");
    restart(small().apiKey("configured").get(), null);
    assertThat(gateway.post("/capture", keyless).status()).isEqualTo(200);
    assertThat(gateway.onlyEvent().key().token()).isEqualTo("configured");
  }

  @ParameterizedTest
  @CsvSource({"phx_secret,personal API key", "'',missing"})
  void answers401ToAKeyThatCannotBeOne(String key, String problem) {
    Answer answer =
        gateway.post(
            "/capture", "{\"event\":\"e\",\"distinct_id\":\"d\"}", "X-PostHog-Api-Key", key);
    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.error()).contains(problem);
  }

  @Test
  void answersAPreflight() {
    Answer answer =
        gateway.send(
            "OPTIONS",
            "/e/?ip=0",
            null,
            "Origin",
            "https://page.example",
            "Access-Control-Request-Method",
            "POST",
            "Access-Control-Request-Headers",
            "x-custom,content-type");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("access-control-allow-origin")).isEqualTo("https://page.example");
    assertThat(answer.header("access-control-allow-credentials")).isEqualTo("true");
    assertThat(answer.header("access-control-allow-headers")).isEqualTo("x-custom,content-type");
    assertThat(answer.header("access-control-allow-methods")).isEqualTo("GET, POST, OPTIONS");
    assertThat(answer.header("access-control-max-age")).isEqualTo("86400");
    assertThat(answer.header("access-control-expose-headers")).isEqualTo("Retry-After");
    assertThat(answer.header("vary")).isEqualTo("Origin");
    assertThat(gateway.publisher.size()).isZero();
  }

  @Test
  void putsCorsHeadersOnEveryAnswer() throws IOException {
    gateway.publisher.be(Health.down("away"));
    for (Answer answer :
        List.of(
            gateway.post("/capture", EVENT, "Origin", "null"),
            gateway.post("/capture", "garbage", "Origin", "null"),
            gateway.post("/capture", "{}", "Origin", "null"),
            gateway.post("/nowhere", EVENT, "Origin", "null"),
            gateway.send("PUT", "/capture", null, "Origin", "null"),
            gateway.post("/capture", new byte[LIMIT + 1], "Origin", "null"),
            gateway.get("/healthz", "Origin", "null"))) {
      assertThat(answer.header("access-control-allow-origin")).isEqualTo("null");
      assertThat(answer.header("access-control-allow-credentials")).isEqualTo("true");
      assertThat(answer.header("access-control-expose-headers")).isEqualTo("Retry-After");
      assertThat(answer.header("vary")).isEqualTo("Origin");
    }
    Answer without = gateway.post("/capture", EVENT);
    assertThat(without.header("access-control-allow-origin")).isNull();
    assertThat(without.header("vary")).isEqualTo("Origin");
    try (RawConnection connection = new RawConnection(gateway.port())) {
      connection.write(
          "POST /capture HTTP/1.1\r\nHost: x\r\nOrigin: http://p\r\nContent-Length: many\r\n\r\n");
      RawConnection.Answer answer = connection.read();
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.body())
          .isEqualTo("{\"status\":0,\"error\":\"The request is not valid HTTP.\"}");
      assertThat(answer.headers()).containsEntry("access-control-allow-origin", "http://p");
    }
  }

  @Test
  void demandsASignatureWhenASecretIsConfigured() throws Exception {
    restart(small().signingSecret("s3cret").get(), null);
    String keyless = "{\"event\":\"e\",\"distinct_id\":\"d\"}";
    byte[] body = Encodings.gzip(keyless);
    String signature = Signatures.hmac("HmacSHA256", body);
    Answer unsigned = gateway.post("/capture", body, "X-PostHog-Api-Key", "k");
    assertThat(unsigned.status()).isEqualTo(401);
    assertThat(unsigned.error()).isEqualTo("missing signature header");
    Answer wrong = gateway.post("/capture", body, "X-PostHog-Signature", "sha256=00");
    assertThat(wrong.status()).isEqualTo(401);
    assertThat(wrong.error()).isEqualTo("signature verification failed");
    assertThat(gateway.publisher.size()).isZero();
    Answer signed =
        gateway.post("/capture", body, "X-PostHog-Signature", signature, "X-PostHog-Api-Key", "k");
    assertThat(signed.status()).isEqualTo(200);
    assertThat(gateway.onlyEvent().key().token()).isEqualTo("k");
    Answer hub =
        gateway.post(
            "/e/?token=k", body, "X-Hub-Signature", "sha1=" + Signatures.hmac("HmacSHA1", body));
    assertThat(hub.status()).isEqualTo(200);
  }

  @Test
  void takesASignedEnvelopeOnTheBrowsersPath() throws Exception {
    restart(small().signingSecret("s3cret").get(), null);
    String inner =
        Encodings.base64(
            Encodings.utf8(
                "{\"event\":\"$pageview\",\"properties\":{\"token\":\"phc_p\",\"distinct_id\":\"browser-1\"}}"));
    byte[] body = Encodings.utf8("{\"data\":\"" + inner + "\"}");
    String signature = "sha256=" + Signatures.hmac("HmacSHA256", body);
    assertThat(gateway.post("/e", body, "X-PostHog-Signature", signature).status()).isEqualTo(200);
    assertThat(gateway.onlyEvent().key()).isEqualTo(new ActorKey("phc_p", "browser-1"));
  }

  @Test
  void takesTheRequestsOfHogflaresOwnClients() {
    String[] headers = {"X-PostHog-Api-Key", "phc_h", "X-PostHog-Sent-At", "2026-01-02T03:04:05Z"};
    for (String[] request :
        new String[][] {
          {"/capture", "{\"event\":\"e\",\"distinct_id\":\"u\",\"context\":{\"a\":1}}"},
          {
            "/identify",
            "{\"distinct_id\":\"u\",\"$anon_distinct_id\":\"a\",\"properties\":{\"x\":1}}"
          },
          {"/groups", "{\"group_type\":\"company\",\"group_key\":\"acme\",\"properties\":{}}"},
          {
            "/groups",
            "{\"properties\":{\"$group_type\":\"company\",\"$group_key\":\"acme\",\"$group_set\":{}}}"
          },
          {"/alias", "{\"distinct_id\":\"u\",\"alias\":\"b\"}"},
          {"/engage", "{\"distinct_id\":\"u\",\"$set\":{\"x\":1}}"}
        }) {
      gateway.publisher.clear();
      Answer answer = gateway.post(request[0], request[1], headers);
      assertThat(answer.status()).as(request[1] + answer.body()).isEqualTo(200);
      assertThat(gateway.onlyEvent().key().token()).isEqualTo("phc_h");
      assertThat(gateway.onlyEvent().key().distinctId()).isIn("u", "acme");
      assertThat(gateway.onlyEvent().sentAt()).isEqualTo(1_767_323_045_000_000L);
    }
    gateway.publisher.clear();
    Answer batch =
        gateway.post(
            "/batch",
            "{\"api_key\":\"phc_b\",\"batch\":[{\"type\":\"capture\",\"event\":\"e\",\"properties\":{\"distinct_id\":\"u\"}},"
                + "{\"type\":\"identify\",\"distinct_id\":\"u\"},{\"type\":\"alias\",\"distinct_id\":\"u\",\"alias\":\"b\"},"
                + "{\"type\":\"group_identify\",\"group_type\":\"c\",\"group_key\":\"u\"}]}",
            headers);
    assertThat(batch.status()).isEqualTo(200);
    assertThat(gateway.publisher.events())
        .hasSize(4)
        .allMatch(e -> e.key().equals(new ActorKey("phc_b", "u")) && e.route() == Route.BATCH);
  }

  @Test
  void takesNoEventsFromAQueryThatNobodySigned() throws Exception {
    restart(small().signingSecret("s3cret").get(), null);
    byte[] body = Encodings.utf8(EVENT);
    String signature = Signatures.hmac("HmacSHA256", body);
    assertThat(gateway.get("/e/?data=" + Encodings.url(EVENT)).status()).isEqualTo(401);
    assertThat(
            gateway
                .post("/e/?data=" + Encodings.url(EVENT), body, "X-PostHog-Signature", signature)
                .status())
        .isEqualTo(401);
    assertThat(gateway.publisher.size()).isZero();
    assertThat(gateway.get("/e/").status()).isEqualTo(200);
    assertThat(gateway.send("OPTIONS", "/e/", null).status()).isEqualTo(200);
    assertThat(gateway.get("/healthz").status()).isEqualTo(200);
  }

  @Test
  void takesABodyOfExactlyTheLimitAndNotOneByteMore() {
    assertThat(gateway.post("/capture", padded(LIMIT)).status()).isEqualTo(200);
    Answer answer = gateway.post("/capture", padded(LIMIT + 1));
    assertThat(answer.status()).isEqualTo(413);
    assertThat(answer.error())
        .isEqualTo("The body has more than 100000 bytes; send fewer events in one request.");
    assertThat(gateway.publisher.events()).hasSize(1);
  }

  @Test
  void allowsRecordingsAQuarterMore() {
    String start =
        "{\"token\":\"t\",\"properties\":{\"$session_id\":\"s\",\"$snapshot_data\":[],\"distinct_id\":\"d\"}}";
    byte[] body = Arrays.copyOf(Encodings.utf8(start), LIMIT * 5 / 4);
    Arrays.fill(body, start.length(), body.length, (byte) ' ');
    assertThat(gateway.post("/s/", body).status()).isEqualTo(200);
    assertThat(gateway.publisher.recordings()).hasSize(1);
    assertThat(gateway.post("/s", Arrays.copyOf(body, body.length + 1)).status()).isEqualTo(413);
  }

  @Test
  void takesExactlyTheInflatedLimitAndNotOneByteMore() {
    assertThat(gateway.post("/capture", Encodings.gzip(padded(10 * LIMIT))).status())
        .isEqualTo(200);
    Answer answer = gateway.post("/capture", Encodings.gzip(padded(10 * LIMIT + 1)));
    assertThat(answer.status()).isEqualTo(413);
    assertThat(answer.error()).contains("after decompression");
  }

  @Test
  void limitsChunkedBodiesToo() throws IOException {
    try (RawConnection connection = new RawConnection(gateway.port())) {
      chunked(connection, padded(LIMIT));
      assertThat(connection.read().status()).isEqualTo(200);
      chunked(connection, padded(LIMIT + 1));
      assertThat(connection.read().status()).isEqualTo(413);
      chunked(connection, padded(LIMIT));
      assertThat(connection.read().status()).isEqualTo(200);
    }
  }

  @Test
  void closesTheConnectionOfABodyThatGoesOnForTooLong() throws IOException {
    try (RawConnection connection = new RawConnection(gateway.port())) {
      connection.write("POST /capture HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (int i = 0; i < 22; i++) {
        connection.write("2710\r\n");
        connection.write(new byte[10_000]);
        connection.write("\r\n");
      }
      RawConnection.Answer answer = connection.read();
      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.headers()).containsEntry("connection", "close");
      assertThat(connection.isClosed()).isTrue();
    }
  }

  @Test
  void refusesAHugeBodyBeforeItIsSent() throws IOException {
    try (RawConnection connection = new RawConnection(gateway.port())) {
      connection.write(
          "POST /capture HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: "
              + (LIMIT + 1)
              + "\r\n\r\n");
      assertThat(connection.read().status()).isEqualTo(413);
      assertThat(connection.post("/capture", Encodings.utf8(EVENT)).status()).isEqualTo(200);
    }
    try (RawConnection connection = new RawConnection(gateway.port())) {
      connection.write("POST /capture HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n");
      RawConnection.Answer answer = connection.read();
      assertThat(answer.status()).isEqualTo(413);
      assertThat(answer.body())
          .isEqualTo(
              "{\"status\":0,\"error\":\"The body is too large; send fewer events in one request.\"}");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-5", "+5", "5x", "0x5", " ", "5, 5", "99999999999999999999"})
  void refusesALengthThatIsNone(String length) throws IOException {
    try (RawConnection connection = new RawConnection(gateway.port())) {
      connection.write(
          "POST /capture HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + "\r\n\r\nhello");
      assertThat(connection.read().status()).isEqualTo(400);
      assertThat(connection.isClosed()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Content-Length: 5\r\nContent-Length: 6",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: identity"
      })
  void refusesALengthThatCanBeReadInTwoWays(String headers) throws IOException {
    for (String path : List.of("/capture", "/nowhere")) {
      try (RawConnection connection = new RawConnection(gateway.port())) {
        connection.write("POST " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n\r\n");
        RawConnection.Answer answer = connection.read();
        assertThat(answer.status()).isEqualTo(400);
        assertThat(connection.isClosed()).isTrue();
      }
    }
  }

  @Test
  void refusesChunksThatAreNone() throws IOException {
    for (String chunk :
        List.of("zz\r\n", "-1\r\n", "\r\n", "5\r\nhello\r\n0\r\nTrailer: x\r\n\r\n")) {
      try (RawConnection connection = new RawConnection(gateway.port())) {
        connection.write(
            "POST /capture HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk);
        assertThat(connection.read().status()).isEqualTo(400);
        assertThat(connection.isClosed()).isTrue();
      }
    }
  }

  @Test
  void answers408ToABodyThatStalls() throws IOException {
    gateway.close();
    gateway = new GatewayFixture(new TestConfig().get(), Optional.empty(), Duration.ofMillis(200));
    try (RawConnection connection = new RawConnection(gateway.port())) {
      connection.write("POST /capture HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n");
      connection.write(new byte[100]);
      RawConnection.Answer answer = connection.read();
      assertThat(answer.status()).isEqualTo(408);
      assertThat(answer.headers()).containsEntry("connection", "close");
      assertThat(answer.body()).contains("did not arrive in time; send the request again");
      assertThat(connection.isClosed()).isTrue();
    }
    Counter stalled =
        gateway
            .registry
            .get("hogflare_gateway_events_rejected_total")
            .tag("reason", "stalled")
            .counter();
    Await.until("it is counted", () -> stalled.count() == 1);
    assertThat(gateway.post("/capture", EVENT).status()).isEqualTo(200);
  }

  @Test
  void answers408ToAClientThatSendsHeadersOnly() throws IOException {
    gateway.close();
    gateway = new GatewayFixture(new TestConfig().get(), Optional.empty(), Duration.ofMillis(200));
    for (String headers : List.of("Content-Length: 900", "Transfer-Encoding: chunked")) {
      try (RawConnection connection = new RawConnection(gateway.port())) {
        connection.write("POST /capture HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n\r\n");
        assertThat(connection.read().status()).isEqualTo(408);
        assertThat(connection.isClosed()).isTrue();
      }
    }
    Await.until("the bodies are given back", () -> gateway.inFlightBytes() == 0);
    assertThat(gateway.post("/capture", EVENT).status()).isEqualTo(200);
  }

  @Test
  void aBodyThatDripsIsGivenUpAndItsMemoryIsGivenBack() throws Exception {
    gateway.close();
    gateway = new GatewayFixture(new TestConfig().get(), Optional.empty(), Duration.ofMillis(300));
    try (RawConnection connection = new RawConnection(gateway.port())) {
      connection.write("POST /capture HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n");
      CountDownLatch answered = new CountDownLatch(1);
      Thread drip =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      while (!answered.await(5, TimeUnit.MILLISECONDS)) {
                        connection.write(" ");
                      }
                    } catch (IOException | InterruptedException e) {
                      // The gateway has closed the connection.
                    }
                  });
      assertThat(connection.read().status()).isEqualTo(408);
      answered.countDown();
      drip.join();
    }
    Await.until("the body is given back", () -> gateway.inFlightBytes() == 0);
    assertThat(gateway.post("/capture", EVENT).status()).isEqualTo(200);
  }

  @Test
  void givesBackTheMemoryOfAClientThatGoesAway() throws IOException {
    try (RawConnection connection = new RawConnection(gateway.port())) {
      connection.write("POST /capture HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n");
      connection.write(new byte[80_000]);
      Await.until("the body is held", () -> gateway.inFlightBytes() > 60_000);
    }
    Await.until("the body is given back", () -> gateway.inFlightBytes() == 0);
    assertThat(gateway.count("events_received")).isZero();
    assertThat(gateway.post("/capture", EVENT).status()).isEqualTo(200);
  }

  @Test
  void answers503WhenTheMemoryForBodiesIsTaken() throws IOException {
    restart(new TestConfig().bodies(LIMIT, LIMIT, 100_000).get(), null);
    try (RawConnection slow = new RawConnection(gateway.port())) {
      slow.write("POST /capture HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n");
      Await.until("the first body is held", () -> gateway.inFlightBytes() == 60_000);
      Answer refused = gateway.post("/capture", padded(60_000));
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.header("retry-after")).isEqualTo("1");
      assertThat(refused.error()).contains("overloaded");
      slow.write(padded(60_000));
      assertThat(slow.read().status()).isEqualTo(200);
    }
    Await.until("the first body is given back", () -> gateway.inFlightBytes() == 0);
    assertThat(gateway.post("/capture", padded(60_000)).status()).isEqualTo(200);
  }

  @Test
  void answers503WhileKafkaDoesNotAcknowledge() {
    gateway.publisher.failWith(PublicationFailedException.unavailable("away", null));
    Answer answer = gateway.post("/batch", "[" + EVENT + ",7]");
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.header("retry-after")).isEqualTo("1");
    assertThat(answer.error())
        .isEqualTo("The events could not be stored now; send the request again later.");
    assertThat(gateway.count("events_rejected")).isEqualTo(2);
    gateway.publisher.failWith(PublicationFailedException.tooLarge("large", null));
    assertThat(gateway.post("/capture", EVENT).status()).isEqualTo(413);
    gateway.publisher.failWith(null);
    assertThat(gateway.post("/capture", EVENT).status()).isEqualTo(200);
  }

  @Test
  void tellsWhetherKafkaIsThere() {
    Answer up = gateway.get("/healthz");
    assertThat(up.status()).isEqualTo(200);
    assertThat(up.body()).isEqualTo("{\"status\":\"ok\"}");
    gateway.publisher.be(Health.down("Kafka does not answer; check the brokers."));
    Answer down = gateway.get("/healthz");
    assertThat(down.status()).isEqualTo(503);
    assertThat(down.json().path("error").asText())
        .isEqualTo("Kafka does not answer; check the brokers.");
    assertThat(gateway.gateway().health().up()).isFalse();
    assertThat(gateway.post("/healthz", "x").status()).isEqualTo(405);
  }

  @Test
  void storesEveryPartOfARecordingOnItsOwnTopic() {
    String part =
        "{\"event\":\"$snapshot\",\"properties\":{\"$session_id\":\"s-1\",\"$snapshot_data\":[],\"distinct_id\":\"d\",\"token\":\"t\"}}";
    assertThat(gateway.post("/s/?beacon=1", "[" + part + "," + part + ",{}]").status())
        .isEqualTo(204);
    assertThat(gateway.publisher.recordings()).hasSize(2);
    assertThat(gateway.publisher.recordings())
        .allMatch(r -> r.route() == Route.S && r.key().distinctId().equals("d"));
    assertThat(gateway.publisher.events()).isEmpty();
    assertThat(gateway.publisher.deadLetters()).hasSize(1);
    Answer answer = gateway.post("/s", "{\"properties\":{}}");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error()).contains("$session_id");
  }

  @Test
  void showsAPersonToTheHolderOfTheToken() {
    Map<String, String> persons =
        Map.of("configured/a/b c+é", "{\"canonical_id\":\"a\",\"record\":null}", "other/x", "{}");
    restart(
        small().apiKey("configured").debugToken("t0ken").get(),
        (token, id) -> {
          String found = persons.get(token + "/" + id);
          return found == null ? null : Encodings.utf8(found);
        });
    Answer found =
        gateway.get("/__debug/person/a%2Fb%20c+%C3%A9", "X-Hogflare-Debug-Token", " t0ken ");
    assertThat(found.status()).isEqualTo(200);
    assertThat(found.body()).isEqualTo("{\"canonical_id\":\"a\",\"record\":null}");
    assertThat(found.header("content-type")).isEqualTo("application/json");
    assertThat(
            gateway.get("/__debug/person/x?token=other", "X-Hogflare-Debug-Token", "t0ken").body())
        .isEqualTo("{}");
    Answer away = gateway.get("/__debug/person/y", "X-Hogflare-Debug-Token", "t0ken");
    assertThat(away.status()).isEqualTo(503);
    assertThat(away.error()).isEqualTo("failed to load person record");
    for (String[] headers : new String[][] {{}, {"X-Hogflare-Debug-Token", "t0keN"}}) {
      Answer refused = gateway.get("/__debug/person/x", headers);
      assertThat(refused.status()).isEqualTo(401);
      assertThat(refused.body()).isEmpty();
    }
    assertThat(
            gateway
                .get("/__debug/person/x?token=phx_1", "X-Hogflare-Debug-Token", "t0ken")
                .status())
        .isEqualTo(400);
    assertThat(gateway.get("/__debug/person/", "X-Hogflare-Debug-Token", "t0ken").status())
        .isEqualTo(404);
    assertThat(gateway.post("/__debug/person/x", "").status()).isEqualTo(405);
  }

  @Test
  void hidesTheDebugEndpointUnlessItIsConfigured() {
    assertThat(gateway.get("/__debug/person/x", "X-Hogflare-Debug-Token", "t0ken").status())
        .isEqualTo(404);
    restart(small().apiKey("k").debugToken("t0ken").get(), null);
    assertThat(gateway.get("/__debug/person/x", "X-Hogflare-Debug-Token", "t0ken").status())
        .isEqualTo(404);
  }

  @Test
  void neverShowsWhatWentWrongInside() {
    restart(
        small().apiKey("k").debugToken("t0ken").get(),
        (token, id) -> {
          throw new IllegalStateException("secret detail");
        });
    Answer answer =
        gateway.get("/__debug/person/x", "X-Hogflare-Debug-Token", "t0ken", "Origin", "http://p");
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.body()).isEqualTo("{\"status\":0,\"error\":\"internal server error\"}");
    assertThat(answer.header("access-control-allow-origin")).isEqualTo("http://p");
  }

  @Test
  void finishesWhatIsUnderWayBeforeItCloses() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answer = new CountDownLatch(1);
    restart(
        small().apiKey("k").debugToken("t0ken").get(),
        (token, id) -> {
          asked.countDown();
          try {
            answer.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
          }
          return Encodings.utf8("{}");
        });
    CompletableFuture<Answer> slow =
        CompletableFuture.supplyAsync(
            () -> gateway.get("/__debug/person/x", "X-Hogflare-Debug-Token", "t0ken"));
    asked.await();
    int port = gateway.port();
    CompletableFuture<Void> closing = CompletableFuture.runAsync(() -> gateway.gateway().close());
    Await.until("the gateway closes", () -> !gateway.gateway().health().up());
    assertThat(gateway.gateway().health().message()).isEqualTo("The gateway stops.");
    answer.countDown();
    assertThat(slow.get().status()).isEqualTo(200);
    closing.get();
    assertThat(gateway.publisher.closed()).isTrue();
    try (RawConnection refused = new RawConnection(port)) {
      throw new AssertionError("The gateway still listens: " + refused);
    } catch (IOException expected) {
      assertThat(expected).hasMessageContaining("refused");
    }
  }

  private static byte[] padded(int length) {
    byte[] body = Arrays.copyOf(Encodings.utf8(EVENT), length);
    Arrays.fill(body, EVENT.length(), length, (byte) ' ');
    return body;
  }

  private static void chunked(RawConnection connection, byte[] body) throws IOException {
    connection.write("POST /capture HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int at = 0; at < body.length; at += 7_777) {
      int count = Math.min(7_777, body.length - at);
      connection.write(Integer.toHexString(count) + "\r\n");
      connection.write(Arrays.copyOfRange(body, at, at + count));
      connection.write("\r\n");
    }
    connection.write("0\r\n\r\n");
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Uuids;
import dev.hogflare.fixtures.Encodings;
import dev.hogflare.gateway.GatewayFixture.Answer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Events that are not stored as they were sent. */
class ReshapingTest {
  private static final String UUID_A = "01a1fc20-b810-7831-a77c-fd2154b47680";
  private static final String VISITOR =
      "\"distinct_id\":\"$posthog_cookieless\",\"$cookieless_mode\":true,"
          + "\"$host\":\"www.example.com\",\"$raw_user_agent\":\"Mozilla\"";

  private GatewayFixture gateway = new GatewayFixture(withSecret("0123456789abcdef"));

  @AfterEach
  void stop() {
    gateway.assertNothingIsLost();
    gateway.close();
  }

  private static GatewayConfig withSecret(String secret) {
    GatewayConfig config = GatewayFixture.config();
    return new GatewayConfig(
        config.address(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        config.maxBodyBytes(),
        config.maxInflatedBytes(),
        config.maxInFlightBytes(),
        config.ackTimeout(),
        Optional.empty(),
        config.limits(),
        Optional.ofNullable(secret),
        config.historicalPerSecond());
  }

  private static String event(String root, String properties) {
    return "{\"event\":\"e\",\"api_key\":\"phc_a\",\"uuid\":\""
        + UUID_A
        + "\","
        + root
        + "\"properties\":{"
        + properties
        + "}}";
  }

  private String idOf(String root, String properties, String... headers) {
    gateway.publisher.clear();
    Answer answer = gateway.post("/e", event(root, properties), headers);
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    return gateway.onlyEvent().key().distinctId();
  }

  @Test
  void aVisitorWithoutCookiesGetsAnIdAndLosesWhatTellsHim() {
    Answer answer =
        gateway.post(
            "/e",
            event(
                "\"x\":1,",
                VISITOR
                    + ",\"$ip\":\"1.2.3.4\",\"$cookieless_extra\":\"e\",\"a\":1.50,"
                    + "\"$timezone\":\"Europe/Berlin\""),
            "cf-connecting-ip",
            "1.2.3.4",
            "cf-ipcity",
            "Berlin");
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    RawEvent stored = gateway.onlyEvent();
    assertThat(stored.key().distinctId()).matches("cookieless_[A-Za-z0-9_-]{22}");
    assertThat(stored.uuid()).hasToString(UUID_A);
    assertThat(new String(stored.json(), StandardCharsets.UTF_8))
        .isEqualTo(
            event(
                "\"x\":1,",
                "\"distinct_id\":\"$posthog_cookieless\",\"$cookieless_mode\":true,"
                    + "\"$host\":\"www.example.com\",\"a\":1.50,"
                    + "\"$timezone\":\"Europe/Berlin\""));
    assertThat(new String(stored.enrichment(), StandardCharsets.UTF_8))
        .contains("Berlin")
        .doesNotContain("1.2.3.4");
  }

  @Test
  void theIdHoldsForADayOfTheVisitorsTimeZone() {
    String now = idOf("", VISITOR);
    assertThat(idOf("\"timestamp\":\"2026-11-21T00:00:01Z\",", VISITOR)).isEqualTo(now);
    assertThat(idOf("\"timestamp\":\"2026-11-20T23:59:59Z\",", VISITOR)).isNotEqualTo(now);
    // 04:43 in UTC is the evening before in New York, and still the same day there at 23:59:59 UTC.
    String zone = ",\"$timezone\":\"America/New_York\"";
    String evening = idOf("", VISITOR + zone);
    assertThat(evening).isNotEqualTo(now);
    assertThat(idOf("\"timestamp\":\"2026-11-20T23:59:59Z\",", VISITOR + zone)).isEqualTo(evening);
    assertThat(idOf("", VISITOR + ",\"$timezone\":\"Mars/Olympus\"")).isEqualTo(now);
  }

  @Test
  void theIdIsOfAddressBrowserAndSite() {
    String id = idOf("", VISITOR, "cf-connecting-ip", "1.2.3.4");
    assertThat(idOf("", VISITOR, "cf-connecting-ip", "1.2.3.4")).isEqualTo(id);
    assertThat(idOf("", VISITOR, "cf-connecting-ip", "1.2.3.5")).isNotEqualTo(id);
    String sameBrowser =
        "\"distinct_id\":\"$posthog_cookieless\",\"$cookieless_mode\":true,"
            + "\"$host\":\"shop.example.com:8080\"";
    assertThat(idOf("", sameBrowser, "cf-connecting-ip", "1.2.3.4", "User-Agent", "Mozilla"))
        .isEqualTo(id);
    assertThat(idOf("", sameBrowser, "cf-connecting-ip", "1.2.3.4", "User-Agent", "Other"))
        .isNotEqualTo(id);
  }

  @Test
  void gatewaysWithOneSecretGiveOneId() {
    String id = idOf("", VISITOR);
    gateway.close();
    gateway = new GatewayFixture(withSecret("0123456789abcdef"));
    assertThat(idOf("", VISITOR)).isEqualTo(id);
    gateway.close();
    gateway = new GatewayFixture(withSecret(null));
    String drawn = idOf("", VISITOR);
    assertThat(drawn).isNotEqualTo(id).isEqualTo(idOf("", VISITOR));
  }

  @Test
  void theV1ProtocolHasVisitorsWithoutCookiesToo() {
    Answer answer =
        gateway.post(
            "/i/v1/analytics/events",
            "{\"created_at\":\"2026-11-21T04:43:24Z\",\"batch\":[{\"event\":\"e\",\"uuid\":\""
                + UUID_A
                + "\",\"distinct_id\":\"$posthog_cookieless\","
                + "\"timestamp\":\"2026-11-21T04:43:24Z\",\"options\":{\"cookieless_mode\":true},"
                + "\"properties\":{\"$host\":\"www.example.com\",\"$raw_user_agent\":\"Mozilla\"}}]}",
            "Authorization",
            "Bearer phc_a",
            "Content-Type",
            "application/json",
            "User-Agent",
            "x",
            "PostHog-Sdk-Info",
            "x/1",
            "PostHog-Attempt",
            "1",
            "PostHog-Request-Id",
            UUID_A,
            "PostHog-Request-Timestamp",
            "2026-11-21T04:43:25.000Z");
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    String id = gateway.onlyEvent().key().distinctId();
    assertThat(id).isEqualTo(idOf("", VISITOR));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|\"$cookieless_mode\":\"yes\",\"distinct_id\":\"d\"|$cookieless_mode",
        "''|\"$cookieless_mode\":true,\"distinct_id\":\"$posthog_cookieless\"|$host",
        "\"timestamp\":\"2026-11-18T04:43:24Z\",|VISITOR|timestamp",
        "\"event\":\"$identify\",|VISITOR|distinct_id",
        "\"event\":\"$create_alias\",|VISITOR|distinct_id"
      })
  void whatCannotBeAVisitorIsRefused(String root, String properties, String field) {
    String bad =
        event("", properties.replace("VISITOR", VISITOR)).replace("\"uuid\"", root + "\"uuid\"");
    Answer answer = gateway.post("/e", bad);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error()).contains(field).endsWith(".");
    assertThat(
            gateway
                .post("/e?token=phc_a", "[" + bad + ",{\"event\":\"e\",\"distinct_id\":\"d\"}]")
                .status())
        .isEqualTo(200);
    InMemoryPublisher.Letter letter = gateway.publisher.deadLetters().getFirst();
    assertThat(letter.reason().code()).isEqualTo(ErrorCode.INVALID_FIELD);
    if (field.equals("timestamp")) {
      // Not even there is it kept who it was.
      assertThat(new String(letter.item().json(), StandardCharsets.UTF_8))
          .doesNotContain("Mozilla");
    }
  }

  @Test
  void usersWhoAreKnownKeepTheirIds() {
    assertThat(idOf("", "\"distinct_id\":\"u1\",\"$cookieless_mode\":true")).isEqualTo("u1");
    assertThat(idOf("", "\"distinct_id\":\"$posthog_cookieless\",\"$cookieless_mode\":false"))
        .isEqualTo("$posthog_cookieless");
  }

  @Test
  void nobodyIsUnitedWithAllVisitorsWithoutCookies() {
    String identify =
        "{\"event\":\"$identify\",\"api_key\":\"phc_a\",\"distinct_id\":\"u1\",\"properties\":"
            + "{\"$anon_distinct_id\":\"$posthog_cookieless\"}}";
    assertThat(gateway.post("/e", identify).status()).isEqualTo(200);
    assertThat(gateway.publisher.claims()).isEmpty();
    assertThat(gateway.onlyEvent().claim()).isNull();
  }

  @Test
  void aHeatmapBecomesAnEventOfItsOwn() {
    String properties =
        "\"a\":1,\"$heatmap_data\":{\"http://x/\":[{\"x\":1}]},\"$viewport_height\":8,"
            + "\"$viewport_width\":9,\"$session_id\":\"s\",\"$current_url\":\"http://x/\"";
    String sent =
        event("\"distinct_id\":\"d\",\"timestamp\":\"2026-11-21T04:43:20Z\",", properties);
    for (int attempt = 0; attempt < 2; attempt++) {
      gateway.publisher.clear();
      assertThat(gateway.post("/e", "[" + sent + "]").status()).isEqualTo(200);
      List<RawEvent> stored = gateway.publisher.events();
      assertThat(stored).hasSize(2);
      assertThat(stored.getFirst().uuid()).hasToString(UUID_A);
      assertThat(new String(stored.getFirst().json(), StandardCharsets.UTF_8))
          .isEqualTo(sent.replace("\"$heatmap_data\":{\"http://x/\":[{\"x\":1}]},", ""));
      RawEvent heatmap = stored.getLast();
      assertThat(heatmap.uuid())
          .isEqualTo(Uuids.v5(UUID.fromString(UUID_A), Encodings.utf8("heatmap")));
      assertThat(heatmap.key()).isEqualTo(stored.getFirst().key());
      assertThat(new String(heatmap.json(), StandardCharsets.UTF_8))
          .isEqualTo(
              "{\"event\":\"$$heatmap\",\"distinct_id\":\"d\","
                  + "\"timestamp\":\"2026-11-21T04:43:20Z\",\"properties\":{"
                  + "\"$heatmap_data\":{\"http://x/\":[{\"x\":1}]},\"$viewport_height\":8,"
                  + "\"$viewport_width\":9,\"$session_id\":\"s\",\"$current_url\":\"http://x/\"}}");
    }
    assertThat(gateway.count("events_received")).isEqualTo(4);
  }

  @Test
  void theHeatmapOfAnEventWithoutUuidFollowsFromTheOneThatItGets() {
    String sent =
        "{\"event\":\"e\",\"api_key\":\"phc_a\",\"distinct_id\":\"d\",\"properties\":"
            + "{\"$heatmap_data\":{}}}";
    assertThat(gateway.post("/e", sent).status()).isEqualTo(200);
    UUID parent = gateway.publisher.events().getFirst().uuid();
    assertThat(parent.version()).isEqualTo(7);
    assertThat(gateway.publisher.events().getLast().uuid())
        .isEqualTo(Uuids.v5(parent, Encodings.utf8("heatmap")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"event\":\"$$heatmap\",\"distinct_id\":\"d\",\"properties\":{\"$heatmap_data\":{}}}",
        "{\"event\":\"e\",\"distinct_id\":\"d\",\"properties\":{\"$heatmap_data\":null}}",
        "{\"event\":\"e\",\"distinct_id\":\"d\",\"$heatmap_data\":{}}"
      })
  void whatIsAHeatmapOrHasNoneIsStoredAsSent(String sent) {
    assertThat(gateway.post("/e?token=phc_a", sent).status()).isEqualTo(200);
    assertThat(gateway.onlyEvent().json()).isEqualTo(Encodings.utf8(sent));
  }

  @Test
  void aHeatmapOfAVisitorWithoutCookiesIsHisToo() {
    gateway.post("/e", event("", VISITOR + ",\"$heatmap_data\":{\"u\":[]}"));
    List<RawEvent> stored = gateway.publisher.events();
    assertThat(stored).hasSize(2);
    assertThat(stored.getLast().key()).isEqualTo(stored.getFirst().key());
    JsonNode heatmap = GatewayFixture.tree(stored.getLast().json());
    assertThat(heatmap.at("/properties/$cookieless_mode").booleanValue()).isTrue();
    assertThat(heatmap.path("distinct_id").asText()).startsWith("cookieless_");
  }

  @Test
  void aBadEventGivesNoHeatmap() {
    String bad = "{\"event\":\"\",\"distinct_id\":\"d\",\"properties\":{\"$heatmap_data\":{}}}";
    assertThat(gateway.post("/e?token=phc_a", bad).status()).isEqualTo(400);
    assertThat(gateway.publisher.size()).isZero();
  }

  @Test
  void eventsOfTheProjectsOwnServersAreNowhere() {
    gateway.post(
        "/e",
        event("\"distinct_id\":\"d\",", "\"capture_internal\":true"),
        "cf-connecting-ip",
        "1.2.3.4",
        "cf-ipcity",
        "Berlin");
    assertThat(new String(gateway.onlyEvent().enrichment(), StandardCharsets.UTF_8))
        .isEqualTo("{\"$ip\":\"127.0.0.1\"}");
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.fixtures.Encodings;
import dev.hogflare.gateway.GatewayFixture.Answer;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Batches that say {@code historical_migration}. */
class HistoricalTest {
  private static final String LOGIN =
      "{\"event\":\"$identify\",\"distinct_id\":\"user\",\"properties\":{\"$anon_distinct_id\":\"device\"}}";

  private GatewayFixture gateway = new GatewayFixture();

  @AfterEach
  void stop() {
    gateway.assertNothingIsLost();
    gateway.close();
  }

  private Answer batch(String flag, String... events) {
    return gateway.post(
        "/batch/",
        "{\"api_key\":\"phc_a\",\"batch\":["
            + String.join(",", events)
            + "]"
            + (flag == null ? "" : ",\"historical_migration\":" + flag)
            + "}");
  }

  private static String event(String id) {
    return "{\"event\":\"e\",\"distinct_id\":\""
        + id
        + "\",\"timestamp\":\"2020-01-01T00:00:00Z\"}";
  }

  @Test
  void goIntoTheLaneAsTheyWereSent() {
    assertThat(batch("true", event("a"), event("b")).status()).isEqualTo(200);
    assertThat(gateway.publisher.events()).isEmpty();
    assertThat(gateway.publisher.historical())
        .extracting(waiting -> waiting.event().key().distinctId())
        .containsExactly("a", "b");
    assertThat(gateway.publisher.historical().getFirst().event().json())
        .isEqualTo(Encodings.utf8(event("a")));
    assertThat(gateway.count("events_historical")).isEqualTo(2);
    assertThat(gateway.count("events_stored")).isEqualTo(2);
  }

  @Test
  void makeTheirClaimsWhenTheyLeaveTheLane() {
    assertThat(batch("true", event("a"), LOGIN).status()).isEqualTo(200);
    assertThat(gateway.publisher.claims()).isEmpty();
    assertThat(gateway.publisher.historical())
        .extracting(InMemoryPublisher.Waiting::mergedId)
        .containsExactly(null, "device");
    assertThat(gateway.publisher.historical().getLast().event().claim()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"false", "null", "\"true\"", "1", "[]"})
  void anythingButTrueIsALiveBatch(String flag) {
    assertThat(batch(flag, LOGIN).status()).isEqualTo(200);
    assertThat(gateway.publisher.historical()).isEmpty();
    assertThat(gateway.publisher.claims()).hasSize(1);
    assertThat(gateway.publisher.events()).hasSize(1);
  }

  @Test
  void theFlagOfAnEventIsAPropertyLikeAnyOther() {
    String event =
        "{\"event\":\"e\",\"distinct_id\":\"a\",\"historical_migration\":true,\"api_key\":\"phc_a\"}";
    assertThat(gateway.post("/capture/", event).status()).isEqualTo(200);
    assertThat(batch(null, event).status()).isEqualTo(200);
    assertThat(gateway.publisher.historical()).isEmpty();
    assertThat(gateway.publisher.events()).hasSize(2);
  }

  @Test
  void insideAnEnvelopeTheyAreHistoricalToo() {
    String inner =
        "{\"api_key\":\"phc_a\",\"historical_migration\":true,\"batch\":[" + event("a") + "]}";
    assertThat(gateway.post("/e/", "{\"data\":" + inner + "}").status()).isEqualTo(200);
    assertThat(gateway.publisher.historical()).hasSize(1);
  }

  @Test
  void ofTheV1ProtocolAreHistoricalToo() {
    Answer answer =
        gateway.post(
            "/i/v1/analytics/events",
            "{\"created_at\":\"2026-11-21T04:43:24Z\",\"historical_migration\":true,\"batch\":[{"
                + "\"uuid\":\"01a1fc20-b810-7831-a77c-fd2154b47680\",\"event\":\"e\","
                + "\"distinct_id\":\"d\",\"timestamp\":\"2020-11-21T04:43:23Z\"}]}",
            "Authorization",
            "Bearer phc_a",
            "PostHog-Sdk-Info",
            "posthog-node/5.70.0",
            "PostHog-Attempt",
            "1",
            "PostHog-Request-Id",
            "01a1fc20-b811-7415-b18f-c216e0d61256",
            "PostHog-Request-Timestamp",
            "2026-11-21T04:43:24.000Z",
            "Content-Type",
            "application/json");
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.body()).contains("\"ok\"");
    assertThat(gateway.publisher.historical()).hasSize(1);
    assertThat(gateway.publisher.events()).isEmpty();
  }

  @Test
  void aBrokenEventIsADeadLetterAtOnce() {
    assertThat(batch("true", event("a"), "7").status()).isEqualTo(200);
    assertThat(gateway.publisher.historical()).hasSize(1);
    assertThat(gateway.publisher.deadLetters()).hasSize(1);
  }

  @Test
  void recordingsStayInTheirOwn() {
    String recording =
        "{\"event\":\"$snapshot\",\"distinct_id\":\"a\",\"properties\":{\"$session_id\":\"s\","
            + "\"$snapshot_data\":[{\"type\":3}]}}";
    Answer answer =
        gateway.post(
            "/s/",
            "{\"api_key\":\"phc_a\",\"historical_migration\":true,\"batch\":[" + recording + "]}");
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(gateway.publisher.recordings()).hasSize(1);
    assertThat(gateway.publisher.historical()).isEmpty();
  }

  @Test
  void areNeverTooManyOfTheirSender() {
    gateway.close();
    gateway =
        new GatewayFixture(
            new TestConfig()
                .limits(
                    new LimitsConfig(
                        Optional.empty(), Optional.empty(), 10, Optional.empty(), Optional.of(1)))
                .get());
    for (int i = 0; i < 3; i++) {
      String[] events = new String[20];
      Arrays.fill(events, event("a"));
      assertThat(batch("true", events).status()).isEqualTo(200);
    }
    assertThat(gateway.publisher.historical())
        .hasSize(60)
        .noneMatch(waiting -> waiting.event().overflow());
    assertThat(batch("false", event("a")).status()).isEqualTo(200);
    assertThat(gateway.publisher.events()).noneMatch(event -> event.overflow());
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hogflare.contract.DistinctIds;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.gateway.Recordings.Expected;
import dev.hogflare.gateway.Recordings.Recording;
import dev.hogflare.gateway.Recordings.Request;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sends every recorded request through the real endpoint and looks at what it publishes. */
class RecordingReplayTest {
  private static GatewayFixture gateway;

  @BeforeAll
  static void start() {
    gateway = new GatewayFixture();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  static List<Recording> recordings() {
    return Recordings.all();
  }

  @Test
  void knowsEveryRecordingThatTouchesTheCaptureEndpoints() {
    assertThat(Recordings.all()).hasSize(191);
    assertThat(
            Recordings.all().stream().flatMap(r -> r.requests().stream()).filter(Request::isPost))
        .hasSize(503);
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void publishesWhatTheSdkSent(Recording recording) {
    for (Request request : recording.requests()) {
      gateway.publisher.clear();
      List<String> headers = new ArrayList<>();
      request
          .headers()
          .forEach(
              (name, value) -> {
                headers.add(name);
                headers.add(value);
              });
      GatewayFixture.Answer answer =
          gateway.send(
              request.method(),
              request.path(),
              request.isPost() ? request.body() : null,
              headers.toArray(String[]::new));
      assertThat(answer.status())
          .as("%s/%s %s", recording, request.sequence(), answer.body())
          .isEqualTo(request.path().contains("beacon=1") ? 204 : 200);
      assertThat(answer.header("access-control-allow-origin"))
          .isEqualTo(request.headers().get("origin"));
      check(recording, request);
      gateway.assertNothingIsLost();
    }
  }

  private static void check(Recording recording, Request request) {
    boolean replay = request.path().startsWith("/s/");
    List<RawEvent> published = replay ? gateway.publisher.recordings() : gateway.publisher.events();
    List<Expected> expected = new ArrayList<>();
    List<Expected> unusable = new ArrayList<>();
    for (Expected item : request.items()) {
      boolean needsName = !replay && !request.path().startsWith("/engage");
      (needsName && (item.event() == null || item.event().isEmpty()) ? unusable : expected)
          .add(item);
    }
    assertThat(published).as("%s/%s", recording, request.sequence()).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      RawEvent event = published.get(i);
      Expected item = expected.get(i);
      if (item.distinctId().equals(DistinctIds.COOKIELESS)) {
        assertThat(event.key().distinctId()).startsWith("cookieless_");
        JsonNode session = GatewayFixture.tree(event.json()).at("/properties/$session_id");
        assertThat(session.textValue()).hasSize(36);
        ((ObjectNode) item.json().path("properties"))
            .<ObjectNode>set("$session_id", session)
            .remove("$raw_user_agent");
      } else {
        assertThat(event.key().distinctId()).isEqualTo(item.distinctId());
      }
      assertThat(sameNumbers(GatewayFixture.tree(event.json())))
          .isEqualTo(sameNumbers(item.json()));
      assertThat(event.key().token()).isEqualTo(item.token()).isEqualTo("phc_test");
      if (item.uuid() == null) {
        assertThat(event.uuid().version()).isEqualTo(7);
      } else {
        assertThat(event.uuid()).hasToString(item.uuid());
      }
      assertThat(event.arrivedAt()).isEqualTo(GatewayFixture.NOW + i);
      String claimed =
          event.claim() == null
              ? null
              : gateway.publisher.claims().get(event.claim().intValue()).claimed().distinctId();
      assertThat(claimed).isEqualTo(claimedBy(item));
    }
    assertThat(gateway.publisher.deadLetters()).hasSameSizeAs(unusable);
  }

  /** Returns the other distinct id of what SDKs send for identify and alias. */
  private static String claimedBy(Expected item) {
    String field =
        switch (item.event() == null ? "" : item.event()) {
          case "$identify" -> "$anon_distinct_id";
          case "$create_alias" -> "alias";
          default -> "";
        };
    String other = item.json().path("properties").path(field).textValue();
    return item.distinctId().equals(other) ? null : other;
  }

  /** The recordings' numbers went through a parser of doubles. */
  private static JsonNode sameNumbers(JsonNode json) {
    return GatewayFixture.doubles(json);
  }
}

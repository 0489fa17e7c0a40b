// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.gateway.Recordings.Recording;
import dev.hogflare.gateway.Recordings.Request;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sends what SDKs were seen to send by other protocols than the first. */
class ProtocolRecordingsTest {
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
    return Recordings.ofOtherProtocols();
  }

  @Test
  void knowsEveryRecordingOfThem() {
    assertThat(recordings()).hasSize(14);
  }

  @ParameterizedTest
  @MethodSource("recordings")
  void storesEveryRecordOfARequest(Recording recording) {
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
          gateway.post(request.path(), request.body(), headers.toArray(String[]::new));
      assertThat(answer.status()).as("%s %s", recording, answer.body()).isEqualTo(200);
      assertThat(answer.header("access-control-allow-origin"))
          .isEqualTo(request.headers().get("origin"));
      JsonNode sent = request.decoded().orElseThrow();
      List<RawEvent> stored = gateway.publisher.events();
      assertThat(stored).as(recording.name()).hasSize(records(sent)).isNotEmpty();
      assertThat(stored).allMatch(event -> event.key().token().equals("phc_test"));
      assertThat(gateway.publisher.deadLetters()).isEmpty();
      if (request.path().startsWith("/i/v1/analytics")) {
        checkEvents(sent, stored, answer.json());
      }
      gateway.assertNothingIsLost();
    }
  }

  private static void checkEvents(JsonNode sent, List<RawEvent> stored, JsonNode answer) {
    for (int i = 0; i < stored.size(); i++) {
      JsonNode event = sent.path("batch").path(i);
      assertThat(stored.get(i).uuid()).hasToString(event.path("uuid").asText());
      assertThat(stored.get(i).key().distinctId()).isEqualTo(event.path("distinct_id").asText());
      assertThat(answer.at("/results/" + event.path("uuid").asText() + "/result").asText())
          .isEqualTo("ok");
      JsonNode properties = GatewayFixture.tree(stored.get(i).json()).path("properties");
      event
          .path("properties")
          .properties()
          .forEach(
              property ->
                  assertThat(GatewayFixture.doubles(properties.path(property.getKey())))
                      .isEqualTo(GatewayFixture.doubles(property.getValue())));
      assertThat(properties.path("$lib").asText()).startsWith("posthog-");
    }
  }

  /** Returns how many events, log records, spans or data points are in a body. */
  private static int records(JsonNode json) {
    int count = 0;
    for (String name : List.of("batch", "logRecords", "spans", "dataPoints")) {
      for (JsonNode array : json.findValues(name)) {
        count += array.size();
      }
    }
    return count;
  }
}

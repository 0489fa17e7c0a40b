// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.RawEvent;
import dev.hogflare.fixtures.Encodings;
import dev.hogflare.gateway.GatewayFixture.Answer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Calls of models as a form of several parts. */
class AiEventProtocolTest {
  private static final String PATH = "/i/v0/ai";
  private static final String TYPE = "multipart/form-data; boundary=\"a;b\"";
  private static final String EVENT =
      part(
          "event",
          "application/json",
          "{\"event\":\"$ai_generation\",\"distinct_id\":\"u1\",\"x\":1,"
              + "\"uuid\":\"01a1fc20-b810-7831-a77c-fd2154b47680\"}");
  private static final String PROPERTIES =
      part("event.properties", "application/json", "{\"$ai_model\":\"gpt-x\",\"n\":1}");

  private final GatewayFixture gateway = new GatewayFixture();

  @AfterEach
  void stop() {
    gateway.assertNothingIsLost();
    gateway.close();
  }

  private static String part(String name, String type, String content) {
    return "--a;b\r\nContent-Disposition: form-data; name=\""
        + name
        + "\"\r\nContent-Type: "
        + type
        + "\r\n\r\n"
        + content
        + "\r\n";
  }

  private Answer post(String body, String... more) {
    String[] headers = {"Content-Type", TYPE, "Authorization", "Bearer phc_a"};
    String[] all = java.util.Arrays.copyOf(headers, headers.length + more.length);
    System.arraycopy(more, 0, all, headers.length, more.length);
    return gateway.post(PATH, body.getBytes(StandardCharsets.ISO_8859_1), all);
  }

  @Test
  void thePartsBecomeOneEvent() {
    Answer answer =
        post(
            EVENT
                + PROPERTIES
                + part("event.properties.$ai_input", "application/json", " [{\"role\":\"user\"}] ")
                + part("event.properties.note", "text/plain; charset=utf-8", "a\"b\r\n--a")
                + part("event.properties.image", "image/png", "\u0000\u00ff")
                + "--a;b--\r\n");
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    assertThat(answer.json().path("accepted_parts"))
        .extracting(part -> part.path("name").asText())
        .containsExactly(
            "event",
            "event.properties",
            "event.properties.$ai_input",
            "event.properties.note",
            "event.properties.image");
    assertThat(answer.json().at("/accepted_parts/4/length").intValue()).isEqualTo(2);
    assertThat(answer.json().at("/accepted_parts/4/content-type").asText()).isEqualTo("image/png");
    RawEvent event = gateway.onlyEvent();
    assertThat(event.key().token()).isEqualTo("phc_a");
    assertThat(event.key().distinctId()).isEqualTo("u1");
    assertThat(event.uuid()).hasToString("01a1fc20-b810-7831-a77c-fd2154b47680");
    assertThat(new String(event.json(), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"event\":\"$ai_generation\",\"distinct_id\":\"u1\",\"x\":1,"
                + "\"uuid\":\"01a1fc20-b810-7831-a77c-fd2154b47680\",\"properties\":"
                + "{\"$ai_model\":\"gpt-x\",\"n\":1,\"$ai_input\":[{\"role\":\"user\"}],"
                + "\"note\":\"a\\\"b\\r\\n--a\",\"image\":\"AP8=\"}}");
  }

  @Test
  void thePropertiesMayStandInTheEvent() {
    String event =
        part(
            "event",
            "application/json",
            "{\"event\":\"$ai_span\",\"distinct_id\":\"u1\",\"properties\":{\"$ai_model\":\"m\"}}");
    assertThat(post(event + "--a;b--").status()).isEqualTo(200);
    assertThat(post(event + PROPERTIES + "--a;b--").error()).contains("send them once");
  }

  @Test
  void theWholeBodyMayBeCompressed() {
    byte[] body = Encodings.gzip(EVENT + PROPERTIES + "--a;b--");
    String[] headers = {"Content-Type", TYPE, "Authorization", "Bearer phc_a"};
    assertThat(gateway.post(PATH, body, headers).status()).isEqualTo(200);
    assertThat(gateway.post(PATH + "/", body, headers).status()).isEqualTo(200);
    Answer none = post(EVENT + PROPERTIES + "--a;b--", "Content-Encoding", "gzip");
    assertThat(none.status()).isEqualTo(400);
    assertThat(none.error()).contains("gzip");
    byte[] bomb = Encodings.gzip(new byte[200 * 1024 * 1024]);
    assertThat(gateway.post(PATH, bomb, headers).status()).isEqualTo(413);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "P|the first part is not named event",
        "EE|named neither event",
        "E|$ai_model is missing",
        "EPXX|is there twice",
        "EPO|named neither event",
        "N|does not begin with $ai_",
        "J|no JSON object",
        "EPB|is no JSON",
        "EPC|is encoded",
        "EPU|no text in UTF-8"
      })
  void partsThatMeanNothingAreRefusedWithASentence(String parts, String sentence) {
    StringBuilder body = new StringBuilder();
    for (char letter : parts.toCharArray()) {
      body.append(
          switch (letter) {
            case 'E' -> EVENT;
            case 'P' -> PROPERTIES;
            case 'X' -> part("event.properties.x", "text/plain", "x");
            case 'O' -> part("other", "text/plain", "x");
            case 'N' -> part("event", "application/json", "{\"event\":\"e\"}");
            case 'J' -> part("event", "application/json", "[]");
            case 'B' -> part("event.properties.b", "application/json", "{]");
            case 'C' -> part("event.properties.c", "text/plain\r\nContent-Encoding: gzip", "x");
            default -> part("event.properties.u", "text/plain", "\u00ff");
          });
    }
    Answer answer = post(body + "--a;b--\r\n");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error()).contains(sentence).endsWith(".");
    assertThat(gateway.publisher.size()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|the boundary of the content type is not in the body",
        "--a;b|not followed by a line break",
        "--a;b\\r\\n\\r\\n|has no name",
        "--a;b\\r\\nX|do not end",
        "--a;b\\r\\nX: y\\r\\n\\r\\nabc|is not ended by a boundary"
      })
  void bodiesThatAreNoFormAreRefusedWithASentence(String body, String sentence) {
    String sent = body.replace("\\r\\n", "\r\n");
    Answer answer = post(sent.endsWith("\r\n\r\n") ? sent + "\r\n--a;b--" : sent);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.error()).contains(sentence).endsWith(".");
  }

  @Test
  void otherTypesAreRefused() {
    Answer json = gateway.post(PATH, "{}", "Content-Type", "application/json");
    assertThat(json.status()).isEqualTo(400);
    assertThat(json.error()).contains("send multipart/form-data");
    Answer bare = gateway.post(PATH, "{}", "Content-Type", "multipart/form-data");
    assertThat(bare.error()).contains("names no boundary");
    assertThat(gateway.get(PATH).status()).isEqualTo(405);
  }

  @Test
  void whatIsTooLargeForOneEventIsRefused() {
    Answer answer =
        post(
            EVENT
                + PROPERTIES
                + part("event.properties.$ai_input", "text/plain", "x".repeat(1_000_001))
                + "--a;b--");
    assertThat(answer.status()).isEqualTo(413);
    assertThat(answer.error()).contains("1000000");
  }

  @Test
  void aBodyThatCanBeNoEventIsNotSearched() {
    byte[] dashes = Encodings.gzip("-".repeat(20_000_000));
    Answer answer =
        gateway.post(
            PATH, dashes, "Content-Type", "multipart/form-data; boundary=" + "-".repeat(70));
    assertThat(answer.status()).isEqualTo(413);
    assertThat(answer.error()).contains("one event has to fit");
  }

  @Test
  void theKeyIsNeeded() {
    Answer answer = gateway.post(PATH, EVENT + PROPERTIES + "--a;b--", "Content-Type", TYPE);
    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.error()).contains("project key");
  }
}

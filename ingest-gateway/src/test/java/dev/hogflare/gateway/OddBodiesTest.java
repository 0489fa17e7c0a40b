// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.fixtures.Encodings;
import dev.hogflare.gateway.GatewayFixture.Answer;
import io.micrometer.core.instrument.Counter;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Bodies that come slowly, in pieces, or wrapped oddly, on every path that is not of the first
 * protocol.
 */
class OddBodiesTest {
  private GatewayFixture gateway =
      new GatewayFixture(new TestConfig().get(), Optional.empty(), Duration.ofMillis(200));

  @AfterEach
  void stop() {
    gateway.assertNothingIsLost();
    gateway.close();
  }

  /** A request that is taken if nothing odd is done to it. */
  enum Sent {
    V1(
        "/i/v1/analytics/events",
        "application/json",
        "{\"created_at\":\"2026-11-21T04:43:24Z\",\"batch\":[{\"event\":\"e\",\"distinct_id\":\"d\","
            + "\"uuid\":\"01a1fc20-b810-7831-a77c-fd2154b47680\","
            + "\"timestamp\":\"2026-11-21T04:43:23Z\"}]}",
        415),
    AI_BATCH(
        "/i/v0/ai/batch/",
        "application/json",
        "{\"api_key\":\"phc_a\",\"batch\":[{\"event\":\"$ai_generation\",\"distinct_id\":\"d\"}]}",
        200),
    AI_EVENT(
        "/i/v0/ai",
        "multipart/form-data; boundary=x",
        "--x\r\nContent-Disposition: form-data; name=event\r\n\r\n{\"event\":\"$ai_generation\","
            + "\"distinct_id\":\"d\",\"properties\":{\"$ai_model\":\"m\"}}\r\n--x--\r\n",
        400),
    AI_SPANS(
        "/i/v0/ai/otel",
        "application/json",
        "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":\"t\"}]}]}]}",
        200),
    LOGS(
        "/i/v1/logs",
        "text/plain",
        "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"traceId\":\"t\"}]}]}]}",
        200),
    TRACES(
        "/i/v1/traces",
        "application/json",
        "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"traceId\":\"t\"}]}]}]}",
        200),
    METRICS(
        "/i/v1/metrics",
        "application/json",
        "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"gauge\":{\"dataPoints\":[{}]}}]}]}]}",
        200);

    private final String path;
    private final String type;
    private final String body;
    private final int statusOfForm;

    Sent(String path, String type, String body, int statusOfForm) {
      this.path = path;
      this.type = type;
      this.body = body;
      this.statusOfForm = statusOfForm;
    }

    private List<String> headers(String contentType) {
      return List.of(
          "Authorization",
          "Bearer phc_a",
          "Content-Type",
          contentType,
          "User-Agent",
          "test",
          "PostHog-Sdk-Info",
          "test/1",
          "PostHog-Attempt",
          "1",
          "PostHog-Request-Id",
          "01a1fc20-b811-7415-b18f-c216e0d61256",
          "PostHog-Request-Timestamp",
          "2026-11-21T04:43:24.000Z");
    }

    /** Returns the beginning of the request up to the headers of the length. */
    private String begin() {
      StringBuilder begin = new StringBuilder("POST " + path + " HTTP/1.1\r\nHost: x\r\n");
      List<String> headers = headers(type);
      for (int i = 0; i < headers.size(); i += 2) {
        begin.append(headers.get(i)).append(": ").append(headers.get(i + 1)).append("\r\n");
      }
      return begin.toString();
    }
  }

  private Answer post(Sent sent, byte[] body, String contentType, String... more) {
    List<String> headers = new ArrayList<>(sent.headers(contentType));
    headers.addAll(List.of(more));
    return gateway.post(sent.path, body, headers.toArray(String[]::new));
  }

  private void assertItIsTaken(Sent sent, Answer answer) {
    assertThat(answer.status()).as("%s: %s", sent, answer.body()).isEqualTo(200);
    assertThat(gateway.publisher.events()).hasSize(1);
    assertThat(gateway.onlyEvent().key().token()).isEqualTo("phc_a");
  }

  @ParameterizedTest
  @EnumSource
  void oneThatStallsIsGivenUp(Sent sent) throws IOException {
    try (RawConnection connection = new RawConnection(gateway.port())) {
      connection.write(sent.begin() + "Content-Length: 900\r\n\r\n");
      connection.write(new byte[100]);
      assertThat(connection.read().status()).isEqualTo(408);
      assertThat(connection.isClosed()).isTrue();
    }
    Counter stalled =
        gateway
            .registry
            .get("hogflare_gateway_events_rejected_total")
            .tag("reason", "stalled")
            .counter();
    Await.until("it is counted", () -> stalled.count() == 1);
    assertItIsTaken(sent, post(sent, Encodings.utf8(sent.body), sent.type));
  }

  @ParameterizedTest
  @EnumSource
  void oneInChunksThatNeverEndIsGivenUp(Sent sent) throws IOException {
    try (RawConnection connection = new RawConnection(gateway.port())) {
      connection.write(sent.begin() + "Transfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n");
      assertThat(connection.read().status()).isEqualTo(408);
      assertThat(connection.isClosed()).isTrue();
    }
    assertItIsTaken(sent, post(sent, Encodings.utf8(sent.body), sent.type));
  }

  @ParameterizedTest
  @EnumSource
  void oneInChunksOfUnknownLengthIsTaken(Sent sent) throws IOException {
    byte[] body = Encodings.utf8(sent.body);
    try (RawConnection connection = new RawConnection(gateway.port())) {
      connection.write(sent.begin() + "Transfer-Encoding: chunked\r\n\r\n");
      for (int at = 0; at < body.length; at += 7) {
        byte[] chunk = Arrays.copyOfRange(body, at, Math.min(at + 7, body.length));
        connection.write(Integer.toHexString(chunk.length) + "\r\n");
        connection.write(chunk);
        connection.write("\r\n");
      }
      connection.write("0\r\n\r\n");
      assertThat(connection.read().status()).isEqualTo(200);
    }
    assertThat(gateway.publisher.events()).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource
  void twoGzipMembersAreOneBody(Sent sent) {
    byte[] first = Encodings.gzip(sent.body.substring(0, 30));
    byte[] second = Encodings.gzip(sent.body.substring(30));
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    assertItIsTaken(sent, post(sent, both, sent.type, "Content-Encoding", "gzip"));
  }

  @ParameterizedTest
  @EnumSource
  void gzipThatIsCutIsRefused(Sent sent) {
    byte[] gzip = Encodings.gzip(sent.body);
    for (int length : new int[] {5, 15, gzip.length / 2, gzip.length - 1}) {
      Answer answer =
          post(sent, Arrays.copyOf(gzip, length), sent.type, "Content-Encoding", "gzip");
      assertThat(answer.status()).as("%s of %s bytes", sent, length).isEqualTo(400);
    }
    assertThat(gateway.publisher.size()).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void gzipInBase64InAFormIsTakenWhereFormsAre(Sent sent) {
    byte[] form =
        Encodings.utf8("data=" + Encodings.url(Encodings.base64(Encodings.gzip(sent.body))));
    Answer answer = post(sent, form, "application/x-www-form-urlencoded");
    assertThat(answer.status()).as("%s: %s", sent, answer.body()).isEqualTo(sent.statusOfForm);
    assertThat(gateway.publisher.events()).hasSize(sent.statusOfForm == 200 ? 1 : 0);
  }

  @ParameterizedTest
  @EnumSource
  void oneOverTheLimitLeavesTheConnectionUsable(Sent sent) throws IOException {
    gateway.close();
    gateway = new GatewayFixture(new TestConfig().bodies(10_000, 100_000, 10_000_000).get());
    byte[] body = Encodings.utf8(sent.body);
    try (RawConnection connection = new RawConnection(gateway.port())) {
      for (byte[] tooMuch : List.of(new byte[15_000], Encodings.gzip(new byte[200_000]))) {
        connection.write(sent.begin() + "Content-Length: " + tooMuch.length + "\r\n\r\n");
        connection.write(tooMuch);
        assertThat(connection.read().status()).isEqualTo(413);
      }
      connection.write(sent.begin() + "Content-Length: " + body.length + "\r\n\r\n");
      connection.write(body);
      assertThat(connection.read().status()).isEqualTo(200);
    }
    assertThat(gateway.publisher.events()).hasSize(1);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.forwarder.FakePipeline.Reply;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HttpPipelineClientTest {
  private static final Duration TIMEOUT = Duration.ofMillis(500);
  private static final String BODY = "[{\"uuid\":\"a\"},{\"uuid\":\"b\"}]";
  private static final Batch BATCH = Rows.batch("{\"uuid\":\"a\"}", "{\"uuid\":\"b\"}");

  private final HttpClient http = HttpPipelineClient.httpClient(TIMEOUT);
  private FakePipeline sink;

  @BeforeEach
  void open() throws IOException {
    sink = new FakePipeline();
  }

  @AfterEach
  void close() throws IOException {
    sink.close();
    http.shutdownNow();
  }

  @Test
  void postsTheBodyAsItIsWithTheToken() throws InterruptedException {
    assertThat(client(Optional.of("secret")).send(BATCH)).isEqualTo(new Outcome.Accepted(200));

    FakePipeline.Request request = sink.requests().getFirst();
    assertThat(request.line()).isEqualTo("POST /stream?version=1 HTTP/1.1");
    assertThat(request.body()).isEqualTo(Rows.bytes(BODY));
    assertThat(request.headers())
        .containsEntry("content-type", "application/json")
        .containsEntry("authorization", "Bearer secret")
        .containsEntry("content-length", Integer.toString(BODY.length()))
        .doesNotContainKey("upgrade");
    assertThat(sink.stored()).containsExactly("a", "b");
  }

  @Test
  void sendsABodyOfManyChunks() throws InterruptedException {
    String padding = "x".repeat(50_000);
    Batch batch =
        Rows.batch(
            "{\"uuid\":\"a" + padding + "\"}",
            "{\"uuid\":\"b" + padding + "\"}",
            "{\"uuid\":\"c" + padding + "\"}");

    assertThat(client(Optional.empty()).send(batch).text()).isEqualTo("accepted");
    assertThat(sink.stored()).containsExactly("a" + padding, "b" + padding, "c" + padding);
  }

  @Test
  void sendsNoAuthorizationWithoutAToken() throws InterruptedException {
    client(Optional.empty()).send(BATCH);

    assertThat(sink.requests().getFirst().headers()).doesNotContainKey("authorization");
  }

  @Test
  void tellsWhatTheSinkWishes() throws InterruptedException {
    sink.script(new Reply.Answer(429, Map.of("Retry-After", "3"), "slow\r\ndown"));

    assertThat(client(Optional.empty()).send(BATCH))
        .isEqualTo(new Outcome.Busy(429, Optional.of(Duration.ofSeconds(3)), "slow down"));
  }

  @Test
  void keepsTheBeginningOfALongAnswer() throws InterruptedException {
    sink.script(new Reply.Answer(400, Map.of(), "x".repeat(1_000_000)));

    assertThat(client(Optional.empty()).send(BATCH))
        .isEqualTo(new Outcome.Malformed(400, "x".repeat(200)));
  }

  @Test
  void followsNoRedirect() throws InterruptedException {
    sink.script(new Reply.Answer(307, Map.of("Location", "http://127.0.0.1:1/"), ""));

    assertThat(client(Optional.of("secret")).send(BATCH)).isEqualTo(new Outcome.Denied(307, ""));
  }

  @Test
  void losesPatienceWithASinkThatHangs() throws InterruptedException {
    sink.script(new Reply.Hang());

    assertThat(client(Optional.empty()).send(BATCH).text()).isEqualTo("timeout");
  }

  @Test
  void losesPatienceWithAnAnswerThatDoesNotEnd() throws InterruptedException {
    sink.script(new Reply.HalfAnAnswer());

    assertThat(client(Optional.empty()).send(BATCH).text()).isEqualTo("timeout");
  }

  @Test
  void tellsThatTheConnectionBroke() throws InterruptedException {
    sink.script(new Reply.Reset());

    assertThat(client(Optional.empty()).send(BATCH).text()).isEqualTo("broken");
    assertThat(sink.requests()).as("the HTTP client repeats nothing by itself").hasSize(1);
  }

  @Test
  void tellsThatNobodyListens() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    PipelineClient client = client(URI.create("http://127.0.0.1:" + free + "/"), Optional.empty());

    assertThat(client.send(BATCH).text()).isEqualTo("unreachable");
  }

  @Test
  void breaksOffWhenInterrupted() {
    sink.script(new Reply.Hang());
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> client(Optional.empty()).send(BATCH))
        .isInstanceOf(InterruptedException.class);
  }

  private PipelineClient client(Optional<String> token) {
    return client(sink.endpoint(), token);
  }

  private PipelineClient client(URI endpoint, Optional<String> token) {
    return new HttpPipelineClient(
        http,
        new ForwarderConfig.Target(endpoint, token),
        TIMEOUT,
        InstantSource.fixed(Instant.EPOCH));
  }
}

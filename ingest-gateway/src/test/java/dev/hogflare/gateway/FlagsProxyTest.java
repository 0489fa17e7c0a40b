// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.gateway.GatewayFixture.Answer;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FlagsProxyTest {
  private final BlockingQueue<Seen> seen = new LinkedBlockingQueue<>();
  private WebServer service;
  private FlagsProxy proxy;
  private GatewayFixture gateway;

  /** What the flags-service was asked. */
  private record Seen(String method, String path, String query, String body, String forwarded) {}

  @BeforeEach
  void start() {
    service =
        WebServer.builder()
            .host("127.0.0.1")
            .port(0)
            .shutdownHook(false)
            .addRouting(HttpRouting.builder().any(this::answer))
            .build()
            .start();
    proxy =
        new FlagsProxy(
            URI.create("http://127.0.0.1:" + service.port() + "/"), Duration.ofSeconds(5));
    gateway = new GatewayFixture(proxy);
  }

  @AfterEach
  void stop() {
    gateway.close();
    proxy.close();
    service.stop();
  }

  private void answer(ServerRequest request, ServerResponse response) {
    try (InputStream body = request.content().inputStream()) {
      seen.add(
          new Seen(
              request.prologue().method().text(),
              request.prologue().uriPath().rawPath(),
              request.prologue().query().rawValue(),
              new String(body.readAllBytes(), StandardCharsets.UTF_8),
              request.headers().get(HeaderNames.X_FORWARDED_FOR).get()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (request.headers().contains(HeaderNames.IF_NONE_MATCH)) {
      response.status(Status.NOT_MODIFIED_304).header(HeaderNames.ETAG, "W/\"1\"").send();
    } else {
      response.header(HeaderNames.CONTENT_TYPE, "application/json");
      response.header(HeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, "https://shop.example");
      response.send("{\"flags\":{}}");
    }
  }

  @Test
  void passesARequestForFlagsOnAndItsAnswerBack() throws Exception {
    String body = "{\"token\":\"k\",\"distinct_id\":\"a\"}";
    Answer answer = gateway.post("/flags/?v=2&_=1", body, "X-Forwarded-For", "203.0.113.7");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{\"flags\":{}}");
    assertThat(answer.header("content-type")).isEqualTo("application/json");
    assertThat(answer.header("access-control-allow-origin")).isEqualTo("https://shop.example");
    assertThat(seen.take())
        .isEqualTo(new Seen("POST", "/flags/", "v=2&_=1", body, "203.0.113.7, 127.0.0.1"));
  }

  @Test
  void passesBodiesOfAnySizeOnInOneStream() throws Exception {
    String body = "{\"pad\":\"" + "x".repeat(1_500_000) + "\"}";
    assertThat(gateway.post("/decide?v=3", body).status()).isEqualTo(200);
    assertThat(seen.take().body()).isEqualTo(body);
  }

  @Test
  void passesAnAnswerWithoutABodyBack() throws Exception {
    Answer answer =
        gateway.send("GET", "/flags/definitions?token=k", null, "If-None-Match", "W/\"1\"");
    assertThat(answer.status()).isEqualTo(304);
    assertThat(answer.header("etag")).isEqualTo("W/\"1\"");
    assertThat(seen.take().query()).isEqualTo("token=k");
  }

  @Test
  void keepsItsOwnPathsAndKnowsNoOthers() {
    assertThat(gateway.send("GET", "/healthz", null).status()).isEqualTo(200);
    assertThat(gateway.send("GET", "/elsewhere", null).status()).isEqualTo(404);
    assertThat(seen).isEmpty();
  }

  @Test
  void saysThatTheServiceIsAwayAndGoesOn() throws Exception {
    int closed;
    try (ServerSocket socket = new ServerSocket(0)) {
      closed = socket.getLocalPort();
    }
    try (FlagsProxy lost =
            new FlagsProxy(URI.create("http://127.0.0.1:" + closed), Duration.ofMillis(500));
        GatewayFixture alone = new GatewayFixture(lost)) {
      Answer answer = alone.post("/flags?v=2", "{}", "Origin", "https://shop.example");
      assertThat(answer.status()).isEqualTo(502);
      assertThat(answer.header("access-control-allow-origin")).isEqualTo("https://shop.example");
      assertThat(
              alone
                  .post("/capture", "{\"api_key\":\"k\",\"event\":\"e\",\"distinct_id\":\"d\"}")
                  .status())
          .isEqualTo(200);
    }
  }
}

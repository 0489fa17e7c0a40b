// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.Health;
import dev.hogflare.runtime.KafkaSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a client sees of a gateway whose brokers do not answer. */
class KafkaAwayTest {
  private static final String EVENT =
      "{\"event\":\"e\",\"distinct_id\":\"d\",\"api_key\":\"phc_a\"}";

  @TempDir Path folder;

  @Test
  void isAnswered200WithASpoolWhichTheNextProcessFinds() throws Exception {
    int closedPort;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closedPort = socket.getLocalPort();
    }
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    Gateway gateway =
        new Gateway(
            impatient().spool(folder, 1 << 24).get(),
            KafkaSettings.plain("127.0.0.1:" + closedPort),
            new Topics("test."),
            registry,
            Optional.empty());
    try (HttpClient client = HttpClient.newHttpClient()) {
      gateway.start();
      assertThat(gateway.health().state()).isEqualTo(Health.State.DEGRADED);
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + "/batch"))
              .POST(HttpRequest.BodyPublishers.ofString("[" + EVENT + ",7]"))
              .build();
      for (int i = 0; i < 20; i++) {
        assertThat(client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
            .isEqualTo(200);
      }
      HttpResponse<String> health =
          client.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + "/healthz"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(health.statusCode()).isEqualTo(200);
      assertThat(health.body()).contains("\"status\":\"degraded\"").contains("40 events wait");
      assertThat(gateway.eventsAccepted()).isEqualTo(20);
    } finally {
      gateway.close();
    }
    try (SpoolLog left = SpoolLog.open(folder, 1 << 20)) {
      assertThat(left.foundItems()).isEqualTo(40);
    }
  }

  @Test
  void isAnswered503WithinABoundedTimeAndHealthSaysSo() throws Exception {
    int closedPort;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closedPort = socket.getLocalPort();
    }
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    Gateway gateway =
        new Gateway(
            impatient().get(),
            KafkaSettings.plain("127.0.0.1:" + closedPort),
            new Topics("test."),
            registry,
            Optional.empty());
    try (HttpClient client = HttpClient.newHttpClient()) {
      gateway.start();
      assertThat(gateway.health().up()).isFalse();
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + "/batch"))
              .POST(HttpRequest.BodyPublishers.ofString("[" + EVENT + "," + EVENT + "]"))
              .build();
      long begin = System.nanoTime();
      List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        answers.add(client.sendAsync(request, HttpResponse.BodyHandlers.ofString()));
      }
      for (CompletableFuture<HttpResponse<String>> answer : answers) {
        assertThat(answer.get().statusCode()).isEqualTo(503);
        assertThat(answer.get().headers().firstValue("retry-after")).contains("1");
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
      HttpResponse<String> health =
          client.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + "/healthz"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(health.statusCode()).isEqualTo(503);
      assertThat(health.body()).contains("\"error\":").contains("check");
      assertThat(gateway.eventsAccepted()).isZero();
      assertThat(
              registry
                  .get("hogflare_gateway_events_rejected_total")
                  .tag("reason", "unavailable")
                  .counter()
                  .count())
          .isEqualTo(40);
    } finally {
      gateway.close();
    }
  }

  private static TestConfig impatient() {
    return new TestConfig().ackTimeout(Duration.ofMillis(800));
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.helidon.webserver.http.HttpService;
import io.micrometer.core.instrument.Counter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdminServerTest {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final Map<String, Health> parts = new ConcurrentHashMap<>();
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
  private AdminServer server;

  @BeforeEach
  void start() {
    HttpService lookup =
        rules ->
            rules.get(
                "/{name}",
                (request, response) ->
                    response.send("person " + request.path().pathParameters().get("name")));
    server =
        new AdminServer(
            new HostPort("127.0.0.1", 0), registry, () -> parts, Map.of("/persons", lookup));
    server.start();
  }

  @AfterEach
  void stop() {
    http.close();
    server.close();
  }

  @Test
  void saysSoWhenItsPortIsTaken() {
    AdminServer second =
        new AdminServer(new HostPort("127.0.0.1", server.port()), registry, () -> parts, Map.of());

    assertThatThrownBy(second::start)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("HOGFLARE_ADMIN_PORT");
  }

  @Test
  void answers200WhileEveryPartIsUp() throws Exception {
    parts.put("person", Health.up("processing"));
    HttpResponse<String> answer = get("/healthz");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).contains("application/json");
    assertThat(answer.body())
        .isEqualTo(
            "{\"status\":\"ok\",\"parts\":{"
                + "\"person\":{\"status\":\"ok\",\"message\":\"processing\"}}}");
  }

  @Test
  void answers503WhileAPartIsDownAndAsksAnewEachTime() throws Exception {
    parts.put("gateway", Health.up("serving"));
    parts.put("person", Health.down("failed: disk full; see the log, then restart"));
    HttpResponse<String> answer = get("/healthz");
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body())
        .isEqualTo(
            "{\"status\":\"down\",\"parts\":{"
                + "\"gateway\":{\"status\":\"ok\",\"message\":\"serving\"},"
                + "\"person\":{\"status\":\"down\","
                + "\"message\":\"failed: disk full; see the log, then restart\"}}}");
    parts.put("person", Health.up("processing"));
    assertThat(get("/healthz").statusCode()).isEqualTo(200);
  }

  @Test
  void showsTheMetricsAsPrometheusText() throws Exception {
    Counter.builder("hogflare_gateway_events_total")
        .tag("outcome", "written")
        .register(registry)
        .increment(7);
    HttpResponse<String> answer = get("/metrics");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type").orElseThrow())
        .startsWith("text/plain")
        .contains("version=0.0.4");
    assertThat(answer.body())
        .contains("# TYPE hogflare_gateway_events_total counter")
        .contains("hogflare_gateway_events_total{outcome=\"written\"} 7.0");
  }

  @Test
  void servesTheLookupsThatItIsGiven() throws Exception {
    assertThat(get("/persons/zoe").body()).isEqualTo("person zoe");
  }

  @Test
  void knowsNothingElse() throws Exception {
    assertThat(get("/").statusCode()).isEqualTo(404);
    assertThat(get("/healthz/x").statusCode()).isEqualTo(404);
  }

  @Test
  void takesAFreePortForPort0() throws Exception {
    try (AdminServer second =
        new AdminServer(new HostPort("127.0.0.1", 0), registry, () -> parts, Map.of())) {
      second.start();
      assertThat(second.port()).isPositive().isNotEqualTo(server.port());
    }
  }

  @Test
  void listensNoMoreAfterClose() {
    int port = server.port();
    server.close();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/healthz")).build();
    assertThatThrownBy(() -> http.send(request, HttpResponse.BodyHandlers.ofString()))
        .isInstanceOf(ConnectException.class);
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .timeout(Duration.ofSeconds(10))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }
}

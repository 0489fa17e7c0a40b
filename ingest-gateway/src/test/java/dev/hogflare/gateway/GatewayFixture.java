// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.geoip.ClientAddresses;
import dev.hogflare.geoip.GeoIp;
import dev.hogflare.wire.SidePaths;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/**
 * A gateway that listens on a free port, publishes into memory and has a clock that stands still.
 */
final class GatewayFixture implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();

  /** 2026-11-21T04:43:25.000123Z. */
  static final long NOW = 1_795_236_205_000_123L;

  final InMemoryPublisher publisher = new InMemoryPublisher();
  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Gateway gateway;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  GatewayFixture(GatewayConfig config, Optional<PersonLookup> lookup, Duration bodyPatience) {
    this(config, lookup, SidePaths.NONE, bodyPatience);
  }

  GatewayFixture(SidePaths side) {
    this(new TestConfig().get(), Optional.empty(), side, Duration.ofSeconds(30));
  }

  private GatewayFixture(
      GatewayConfig config, Optional<PersonLookup> lookup, SidePaths side, Duration bodyPatience) {
    this(config, lookup, side, ClientAddresses.DIRECT, GeoIp.off(), bodyPatience);
  }

  GatewayFixture(ClientAddresses clients, GeoIp geo) {
    this(
        new TestConfig().get(),
        Optional.empty(),
        SidePaths.NONE,
        clients,
        geo,
        Duration.ofSeconds(30));
  }

  private GatewayFixture(
      GatewayConfig config,
      Optional<PersonLookup> lookup,
      SidePaths side,
      ClientAddresses clients,
      GeoIp geo,
      Duration bodyPatience) {
    gateway =
        new Gateway(
            config,
            publisher,
            null,
            null,
            registry,
            lookup,
            side,
            clients,
            geo,
            () -> NOW,
            Gateway::newUuid,
            bodyPatience);
    gateway.start();
  }

  GatewayFixture(GatewayConfig config, Optional<PersonLookup> lookup) {
    this(config, lookup, Duration.ofSeconds(30));
  }

  GatewayFixture(GatewayConfig config) {
    this(config, Optional.empty());
  }

  GatewayFixture() {
    this(new TestConfig().get());
  }

  Gateway gateway() {
    return gateway;
  }

  int port() {
    return gateway.port();
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port() + path);
  }

  /** An answer with its body as text. */
  record Answer(int status, String body, java.net.http.HttpHeaders headers) {
    JsonNode json() {
      try {
        return JSON.readTree(body);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    String header(String name) {
      return headers.firstValue(name).orElse(null);
    }

    String error() {
      return json().path("error").asText();
    }
  }

  Answer post(String path, String body, String... headers) {
    return post(path, body.getBytes(StandardCharsets.UTF_8), headers);
  }

  Answer post(String path, byte[] body, String... headers) {
    return send("POST", path, body, headers);
  }

  Answer get(String path, String... headers) {
    return send("GET", path, null, headers);
  }

  Answer send(String method, String path, byte[] body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(path))
            .timeout(Duration.ofSeconds(30))
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(body));
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    try {
      HttpResponse<String> response =
          client.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
      return new Answer(response.statusCode(), response.body(), response.headers());
    } catch (IOException e) {
      throw new UncheckedIOException(method + " " + path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Returns the only event that is stored. */
  RawEvent onlyEvent() {
    assertThat(publisher.size()).isEqualTo(1);
    return publisher.events().getFirst();
  }

  static JsonNode tree(byte[] json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns JSON whose numbers are all doubles, so that two ways to write one are equal. */
  static JsonNode doubles(JsonNode json) {
    if (json.isNumber()) {
      return DoubleNode.valueOf(json.doubleValue());
    }
    if (json.isArray()) {
      ArrayNode array = JSON.createArrayNode();
      json.forEach(element -> array.add(doubles(element)));
      return array;
    }
    if (json.isObject()) {
      ObjectNode object = JSON.createObjectNode();
      json.properties().forEach(m -> object.set(m.getKey(), doubles(m.getValue())));
      return object;
    }
    return json;
  }

  /** Returns a counter's value, over all its labels. */
  long count(String name) {
    return (long)
        registry.find("hogflare_gateway_" + name + "_total").counters().stream()
            .mapToDouble(Counter::count)
            .sum();
  }

  /** Checks the equation of {@link GatewayMetrics} and that nothing is held any more. */
  void assertNothingIsLost() {
    assertThat(count("events_stored")).isEqualTo(gateway.eventsAccepted());
    assertThat(count("events_received"))
        .isEqualTo(
            count("events_stored")
                + count("events_rejected")
                + count("events_filtered")
                + count("events_dead_lettered"));
    // The memory is given back right after the answer is sent.
    Await.until("nothing is in flight", () -> inFlightBytes() == 0);
  }

  long inFlightBytes() {
    return (long) registry.find("hogflare_gateway_in_flight_bytes").gauge().value();
  }

  @Override
  public void close() {
    client.shutdownNow();
    gateway.close();
  }
}

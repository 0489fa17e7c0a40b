// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hogflare.geoip.ClientAddresses;
import dev.hogflare.geoip.GeoIp;
import dev.hogflare.runtime.Settings;
import dev.hogflare.wire.AdmissionControl;
import dev.hogflare.wire.AsSentEncodings;
import dev.hogflare.wire.StallGuard;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** The endpoints on a free port, over state in memory and a clock that stands still. */
final class FlagsFixture implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();
  static final Instant NOW = Instant.ofEpochMilli(1_795_236_205_123L);

  final FakeState state = new FakeState();
  final FakeStickyIds sticky = new FakeStickyIds();
  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  final FlagDefinitions definitions;
  private final StallGuard guard = new StallGuard(Duration.ofSeconds(30));
  private final WebServer server;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  FlagsFixture(String flags, String... variables) {
    this(GeoIp.off(), flags, variables);
  }

  FlagsFixture(GeoIp geo, String flags, String... variables) {
    Map<String, String> environment = new HashMap<>();
    for (int i = 0; i < variables.length; i += 2) {
      environment.put(variables[i], variables[i + 1]);
    }
    Settings settings = new Settings(environment);
    FlagsConfig config = FlagsConfig.from(settings);
    settings.check();
    FlagsMetrics metrics = new FlagsMetrics(registry);
    try {
      definitions = new FlagDefinitions(new FlagSetParser(), metrics);
      definitions.base("the test", flags.getBytes(StandardCharsets.UTF_8));
    } catch (FlagDocumentException e) {
      throw new IllegalArgumentException(e);
    }
    RemoteConfig remote = new RemoteConfig(config.recordingEndpoint());
    FlagEvaluator evaluator = new FlagEvaluator();
    FlagsHandler handler =
        new FlagsHandler(
            config,
            definitions,
            evaluator,
            new CountedStateLookup(state, metrics),
            sticky,
            remote,
            metrics,
            new AdmissionControl(64L << 20),
            guard,
            ClientAddresses.parse("127.0.0.1"),
            geo,
            () -> NOW);
    AssetsHandler assets = new AssetsHandler(BrowserSdk.of(config.assets()), metrics);
    FlagRoutes routes =
        new FlagRoutes(
            handler,
            new ConfigHandler(config, definitions, remote, assets, metrics),
            assets,
            new DefinitionsHandler(config, definitions, () -> true, metrics),
            new EmptyListsHandler(metrics),
            metrics);
    server =
        WebServer.builder()
            .host("127.0.0.1")
            .port(0)
            .shutdownHook(false)
            .contentEncoding(new AsSentEncodings())
            .addRouting(
                HttpRouting.builder()
                    .register(
                        ExplainRoutes.PATH + "-admin",
                        new ExplainRoutes(definitions, evaluator, handler, () -> NOW))
                    .register(routes))
            .build()
            .start();
  }

  /** An answer. */
  record Answer(int status, String body, HttpHeaders headers) {
    JsonNode json() {
      try {
        return JSON.readTree(body);
      } catch (IOException e) {
        throw new UncheckedIOException(body, e);
      }
    }

    String header(String name) {
      return headers.firstValue(name).orElse(null);
    }
  }

  /** Asks for flags in the current version. */
  JsonNode flags(String body) {
    Answer answer = post("/flags/?v=2", body);
    if (answer.status() != 200) {
      throw new AssertionError(answer.status() + " " + answer.body());
    }
    return answer.json();
  }

  Answer post(String path, String body, String... headers) {
    return send("POST", path, body.getBytes(StandardCharsets.UTF_8), headers);
  }

  Answer get(String path, String... headers) {
    return send("GET", path, null, headers);
  }

  Answer send(String method, String path, byte[] body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
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
          client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      return new Answer(response.statusCode(), response.body(), response.headers());
    } catch (IOException e) {
      throw new UncheckedIOException(method + " " + path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Returns the sum of a counter over its tags, or over those with the given one. */
  long count(String name, String... tag) {
    var found = tag.length == 0 ? registry.find(name) : registry.find(name).tag(tag[0], tag[1]);
    return Math.round(found.counters().stream().mapToDouble(c -> c.count()).sum());
  }

  @Override
  public void close() {
    server.stop();
    guard.close();
    client.close();
  }

  /** Persons and groups in memory, or a processor that is away. */
  static final class FakeState implements StateLookup {
    private final Map<String, Answer> answers = new HashMap<>();
    private boolean away;
    int asked;

    void person(String token, String id, String properties) {
      answers.put(
          token + "/" + id,
          found(
              "{\"canonical_id\":\""
                  + id
                  + "\",\"record\":{\"id\":1,\"created_at\":\"2026-01-02T03:04:05.000000Z\","
                  + "\"distinct_ids\":[\""
                  + id
                  + "\"],\"properties\":{},\"merged_properties\":"
                  + properties
                  + "}}"));
    }

    void group(String token, String type, String key, String properties) {
      answers.put(
          token + "/" + type + "/" + key,
          found(
              "{\"group_type\":\""
                  + type
                  + "\",\"group_key\":\""
                  + key
                  + "\",\"version\":1,\"properties\":"
                  + properties
                  + "}"));
    }

    void goAway() {
      away = true;
    }

    private static Answer found(String json) {
      return new Answer.Found(json.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public Answer person(String token, String distinctId) {
      return find(token + "/" + distinctId);
    }

    @Override
    public Answer group(String token, String type, String key) {
      return find(token + "/" + type + "/" + key);
    }

    private Answer find(String key) {
      asked++;
      return away
          ? new Answer.Unavailable("The processor is away.")
          : answers.getOrDefault(key, new Answer.Unknown());
    }
  }

  /** Sticky ids in memory. */
  static final class FakeStickyIds implements StickyIds {
    private final Map<String, String> stored = new HashMap<>();

    @Override
    public ContinuityKeys keys(
        String token, List<String> ids, Optional<String> anonymous, Set<String> flags) {
      Map<String, String> known = new HashMap<>();
      for (String flag : flags) {
        ids.stream()
            .map(id -> stored.get(token + "/" + id + "/" + flag))
            .filter(Objects::nonNull)
            .findFirst()
            .or(
                () -> {
                  anonymous.ifPresent(id -> stored.put(token + "/" + ids.get(0) + "/" + flag, id));
                  return anonymous;
                })
            .ifPresent(id -> known.put(flag, id));
      }
      return new ContinuityKeys.Known(known);
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.Topics;
import dev.hogflare.lakehouse.LakeQuery;
import dev.hogflare.lakehouse.QueryResult;
import dev.hogflare.runtime.Health;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.standalone.LocalPipeline;
import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** A whole pipeline in this JVM, and the hands and eyes of a test on it. */
final class PipelineFixture implements AutoCloseable {
  /** Opens the debug endpoint of every pipeline of the tests. */
  static final String DEBUG_TOKEN = "system-tests";

  private static final Duration REQUEST_PATIENCE = Duration.ofSeconds(30);

  static {
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
  }

  private final LocalPipeline pipeline;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(REQUEST_PATIENCE)
          .build();
  private final LakeReader lake;

  private PipelineFixture(LocalPipeline pipeline) {
    this.pipeline = pipeline;
    this.lake = new LakeReader(pipeline.lakeFolder().orElseThrow());
  }

  /**
   * Starts a pipeline on free ports that commits to the lake every second.
   *
   * @param data its folder
   * @param environment further variables
   */
  static PipelineFixture start(Path data, Map<String, String> environment) {
    Map<String, String> all = new HashMap<>();
    all.put("APP_ADDR", "127.0.0.1:0");
    all.put("HOGFLARE_LAKE_COMMIT_SECONDS", "1");
    all.put("HOGFLARE_STORE_MEMORY_MB", "128");
    all.put("PERSON_DEBUG_TOKEN", DEBUG_TOKEN);
    all.putAll(environment);
    LocalPipeline pipeline = LocalPipeline.create(data, all);
    try {
      pipeline.start();
    } catch (RuntimeException e) {
      pipeline.close();
      throw e;
    }
    return new PipelineFixture(pipeline);
  }

  /** Returns the base URL of the gateway. */
  URI gateway() {
    return pipeline.gateway();
  }

  /** Returns the base URL of the admin endpoint. */
  URI adminUri() {
    return pipeline.admin();
  }

  /** Returns the topics. */
  Topics topics() {
    return new Topics("hogflare.");
  }

  /** Returns the embedded broker's address. */
  String bootstrapServers() {
    return pipeline.bootstrapServers();
  }

  /** Returns how to reach the embedded broker. */
  KafkaSettings kafka() {
    return KafkaSettings.plain(pipeline.bootstrapServers());
  }

  /** Returns how each part is, by name. */
  Map<String, Health> health() {
    return pipeline.health();
  }

  /** Returns a reader of the topics. */
  TopicLog log() {
    return new TopicLog(pipeline.bootstrapServers());
  }

  /** Posts JSON. */
  Answer post(String path, Object json) {
    return post(path, Json.text(json).getBytes(StandardCharsets.UTF_8), "application/json");
  }

  /** Posts bytes; further headers are names and values in turn. */
  Answer post(String path, byte[] body, String contentType, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(pipeline.gateway() + path))
            .timeout(REQUEST_PATIENCE)
            .header("content-type", contentType)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request.build());
  }

  /** Posts events that must be taken. */
  void store(String path, Object json) {
    Answer answer = post(path, json);
    assertThat(answer.status()).as("the answer to %s: %s", path, answer.body()).isEqualTo(200);
  }

  /** Posts a batch that must be taken. */
  void storeBatch(String projectKey, List<Map<String, Object>> events) {
    store("/batch/", Json.batch(projectKey, events));
  }

  /** Posts JSON to another server. */
  Answer post(URI base, String path, Object json) {
    return send(
        HttpRequest.newBuilder(URI.create(base + path))
            .timeout(REQUEST_PATIENCE)
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(Json.text(json)))
            .build());
  }

  /** Asks the gateway; headers are names and values in turn. */
  Answer get(String path, String... headers) {
    return get(pipeline.gateway(), path, headers);
  }

  /** Asks the admin endpoint. */
  Answer admin(String path) {
    return get(pipeline.admin(), path);
  }

  private Answer get(URI base, String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + path)).timeout(REQUEST_PATIENCE).GET();
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request.build());
  }

  private Answer send(HttpRequest request) {
    try {
      return Answer.of(http.send(request, HttpResponse.BodyHandlers.ofString()));
    } catch (IOException e) {
      throw new UncheckedIOException("No answer to " + request, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while waiting for an answer.", e);
    }
  }

  /** Returns the rows of a query, as {@link LakeReader#rows} writes them. */
  List<String> rows(String sql) {
    return lake.rows(sql);
  }

  /** Waits until a query gives these rows in this order. */
  void awaitRows(String sql, String... expected) {
    awaitRows(sql, List.of(expected));
  }

  /** Waits until a query gives these rows in this order. */
  void awaitRows(String sql, List<String> expected) {
    assertThat(Await.value(() -> rows(sql), expected::equals)).as(sql).isEqualTo(expected);
  }

  /** Waits until the lake holds this many events of a project. */
  void awaitEvents(String projectKey, long count) {
    awaitRows(
        "select count(*) from hogflare_events where api_key = '" + projectKey + "'",
        Long.toString(count));
  }

  /** Returns the sum of a counter over all its tags, or over those that have the given one. */
  long count(String name, String... tag) {
    MeterRegistry registry = pipeline.registry();
    Collection<Meter> meters =
        (tag.length == 0 ? registry.find(name) : registry.find(name).tag(tag[0], tag[1])).meters();
    assertThat(meters).as("the meters named %s", name).isNotEmpty();
    double sum = 0;
    for (Meter meter : meters) {
      for (Measurement measurement : meter.measure()) {
        sum += measurement.getValue();
      }
    }
    return Math.round(sum);
  }

  /** Returns how many answers of the gateway had a status. */
  long answersWithStatus(int status) {
    return pipeline
        .registry()
        .find("hogflare_gateway_requests_total")
        .tag("status", Integer.toString(status))
        .counters()
        .stream()
        .mapToLong(counter -> Math.round(counter.count()))
        .sum();
  }

  @Override
  public void close() {
    lake.close();
    pipeline.close();
    http.close();
  }

  /** Reads a lake, also one that does not exist yet. */
  static final class LakeReader implements AutoCloseable {
    private final Path folder;
    private LakeQuery session;

    LakeReader(Path folder) {
      this.folder = folder;
    }

    /**
     * Returns the rows of a query, each as its values with {@code " | "} in between; JSON has its
     * members sorted.
     */
    synchronized List<String> rows(String sql) {
      if (session == null) {
        session = LakeQuery.open(folder, new LakeQuery.Resources(256, 1));
      }
      List<String> rows = new ArrayList<>();
      try (QueryResult result = session.query(sql)) {
        result.forEachRemaining(
            row -> rows.add(row.stream().map(LakeReader::text).collect(Collectors.joining(" | "))));
      }
      return rows;
    }

    private static String text(Object value) {
      return value instanceof QueryResult.Json json
          ? Json.canonical(json.text())
          : String.valueOf(value);
    }

    @Override
    public synchronized void close() {
      if (session != null) {
        session.close();
      }
    }
  }
}

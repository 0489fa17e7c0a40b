// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hogflare.standalone.LocalPipeline;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Measures requests for flags on stored persons against a bare handler of the same web server that
 * answers the same bytes.
 */
final class FlagsHttpBench implements AutoCloseable {
  private static final int CONNECTIONS = 64;
  private static final int FLAGS = 50;
  private static final int ON_PERSONS = 10;
  private static final int MULTIVARIATE = 5;
  private static final int BATCH = 500;
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final AtomicLong numbers = new AtomicLong();
  private final EventTemplate template;
  private final Duration time;
  private final LocalPipeline pipeline;
  private final BareServer bare;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /** Starts a pipeline and stores a person for each of the template's ids. */
  FlagsHttpBench(Path folder, EventTemplate template, Duration time)
      throws IOException, InterruptedException {
    this.template = template;
    this.time = time;
    this.pipeline =
        LocalPipeline.create(
            folder, Map.of("APP_ADDR", "127.0.0.1:0", "HOGFLARE_FEATURE_FLAGS", flags()));
    pipeline.start();
    storePersons();
    byte[] answer =
        post(
            "/flags/?v=2",
            "{\"token\":\"" + EventTemplate.TOKEN + "\",\"distinct_id\":\"user-000001\"}");
    this.bare = new BareServer("/flags/", answer);
  }

  /** Returns fifty flags: ten on properties of persons, five with variants, others by rollout. */
  private static String flags() {
    StringBuilder flags = new StringBuilder("[");
    for (int i = 0; i < FLAGS; i++) {
      String properties =
          i < ON_PERSONS
              ? "{\"key\":\"plan\",\"value\":\"plan-"
                  + i % 5
                  + "\",\"operator\":\"exact\",\"type\":\"person\"}"
              : "";
      String variants =
          i >= ON_PERSONS && i < ON_PERSONS + MULTIVARIATE
              ? ",\"multivariate\":{\"variants\":[{\"key\":\"control\",\"rollout_percentage\":50},"
                  + "{\"key\":\"test\",\"rollout_percentage\":50}]}"
              : "";
      flags
          .append(i == 0 ? "" : ",")
          .append("{\"key\":\"flag-")
          .append(i)
          .append("\",\"id\":")
          .append(i + 1)
          .append(",\"active\":true,\"version\":1,\"filters\":{\"groups\":[{\"properties\":[")
          .append(properties)
          .append("],\"rollout_percentage\":")
          .append(2 * i + 1)
          .append("}]")
          .append(variants)
          .append("}}");
    }
    return flags.append(']').toString();
  }

  private void storePersons() throws IOException, InterruptedException {
    for (int from = 0; from < template.persons(); from += BATCH) {
      StringBuilder batch =
          new StringBuilder("{\"api_key\":\"" + EventTemplate.TOKEN + "\",\"batch\":[");
      for (int i = from; i < Math.min(from + BATCH, template.persons()); i++) {
        batch
            .append(i == from ? "" : ",")
            .append("{\"event\":\"joined\",\"distinct_id\":\"")
            .append(String.format(Locale.ROOT, "user-%06d", i))
            .append("\",\"properties\":{\"$set\":{\"plan\":\"plan-")
            .append(i % 5)
            .append("\",\"email\":\"user-")
            .append(i)
            .append("@example.com\",\"country\":\"NZ\",\"visits\":")
            .append(i)
            .append("}}}");
      }
      post("/batch/", batch.append("]}").toString());
    }
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (status().path("lag").asLong() > 0
        || status().path("persons").asLong() < template.persons()) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("The persons were not stored in time: " + status());
      }
      LockSupport.parkNanos(50_000_000);
    }
  }

  private JsonNode status() throws IOException, InterruptedException {
    return JSON.readTree(
        client
            .send(
                HttpRequest.newBuilder(URI.create(pipeline.admin() + "/status")).build(),
                HttpResponse.BodyHandlers.ofByteArray())
            .body());
  }

  private byte[] post(String path, String body) throws IOException, InterruptedException {
    HttpResponse<byte[]> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(pipeline.gateway() + path))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofByteArray());
    if (answer.statusCode() != 200) {
      throw new IllegalStateException(path + " answered " + answer.statusCode() + ".");
    }
    return answer.body();
  }

  /** Returns what the flags-service achieves, and what the bare handler does. */
  List<Callable<HttpLoad.Result>> loads() {
    return List.of(() -> load(pipeline.gateway().getPort()), () -> load(bare.port()));
  }

  private HttpLoad.Result load(int port) throws Exception {
    return new HttpLoad(port, CONNECTIONS, seed -> LoadRequest.flags(template, seed), numbers)
        .run(time);
  }

  @Override
  public void close() {
    client.close();
    bare.close();
    pipeline.close();
  }
}

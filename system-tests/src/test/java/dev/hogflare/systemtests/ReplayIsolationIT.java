// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.hogflare.contract.Topics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recordings that nobody takes do not hold up the events behind them. */
class ReplayIsolationIT {
  private static final String TOKEN = "phc_apart";

  @TempDir Path data;

  @Test
  void eventsArriveWhileTheSinkOfRecordingsIsAway() throws Exception {
    ConcurrentLinkedQueue<String> taken = new ConcurrentLinkedQueue<>();
    HttpServer sink = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    sink.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    sink.createContext(
        "/",
        exchange -> {
          taken.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    sink.start();
    Map<String, String> environment =
        Map.of(
            "CLOUDFLARE_PIPELINE_ENDPOINT",
            "http://127.0.0.1:" + sink.getAddress().getPort() + "/events",
            "CLOUDFLARE_RECORDINGS_PIPELINE_ENDPOINT",
            "http://127.0.0.1:9/recordings");
    try (StandaloneProcess up = StandaloneProcess.start(data, environment)) {
      for (int i = 0; i < 20; i++) {
        Map<String, Object> item = Json.object("type", 3, "text", "x".repeat(500_000));
        Object properties =
            Json.object("$session_id", "s1", "$snapshot_data", List.of(item, item, item));
        post(
            up,
            "/s/",
            List.of(
                Json.object(
                    "event",
                    "$snapshot",
                    "token",
                    TOKEN,
                    "distinct_id",
                    "ann",
                    "properties",
                    properties)));
      }
      TopicLog log =
          new TopicLog(
              Json.parse(Files.readString(data.resolve("run").resolve("up.json")))
                  .path("kafka")
                  .asText());
      Await.until(
          "the recordings are rows, three each",
          () -> log.all(new Topics("hogflare.").recordings()).size() == 60);
      // The same distinct id, and so the same partition everywhere.
      post(up, "/batch/", Json.batch(TOKEN, List.of(Json.event("bought", "ann"))));
      Await.until(
          "the event arrives", () -> taken.stream().anyMatch(body -> body.contains("\"bought\"")));
      assertThat(taken).noneMatch(body -> body.contains("$snapshot_items"));
    } finally {
      sink.stop(0);
    }
  }

  private static void post(StandaloneProcess up, String path, Object json)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(up.gateway() + path))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(Json.text(json)))
            .build();
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.cloudflare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import dev.hogflare.fixtures.FakeCloudflare;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.Variable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class StreamCheckTest {
  private FakeCloudflare cloudflare;
  private CloudflareApi api;

  @BeforeEach
  void provision() throws IOException {
    cloudflare = new FakeCloudflare();
    api =
        new CloudflareApi(
            CloudflareConfig.from(new Settings(cloudflare.environment())), wait -> {});
    Provisioning provisioning = new Provisioning(api, 60);
    provisioning.apply(
        provisioning.plan(List.of(CloudflareTable.EVENTS, CloudflareTable.PERSONS)), step -> {});
  }

  @AfterEach
  void stop() {
    api.close();
    cloudflare.close();
  }

  private List<String> problems(CloudflareTable rows, String url) {
    return StreamCheck.problems(
        api, List.of(new StreamCheck.Endpoint(rows.endpoint(), URI.create(url), rows.schema())));
  }

  private String endpoint(String stream) {
    return cloudflare.thing("streams", stream).path("endpoint").asText();
  }

  private ArrayNode fields() {
    return (ArrayNode) cloudflare.thing("streams", "hogflare_events").path("schema").path("fields");
  }

  @Test
  void hasNothingToSayOfOurOwnStreams() {
    assertThat(problems(CloudflareTable.EVENTS, endpoint("hogflare_events"))).isEmpty();
    assertThat(problems(CloudflareTable.PERSONS, endpoint("hogflare_persons") + "/")).isEmpty();
  }

  @Test
  void namesEveryDifferenceThatDropsRows() {
    fields().remove(9); // person_id
    ((ObjectNode) fields().get(0)).put("type", "int64");
    ((ObjectNode) fields().get(1)).put("required", true);

    assertThat(problems(CloudflareTable.EVENTS, endpoint("hogflare_events")))
        .containsExactly(
            "CLOUDFLARE_PIPELINE_ENDPOINT names the stream hogflare_events, which would drop rows"
                + " of hogflare_events without a word: its column uuid is int64, and ours is string;"
                + " it demands the column team_id, which our rows may leave out; it lacks the column"
                + " person_id (string); set it to a stream of these columns, which 'hogflare"
                + " cloudflare provision' creates.");
  }

  @Test
  void findsAStreamOfAnotherTable() {
    assertThat(problems(CloudflareTable.PERSONS, endpoint("hogflare_events")))
        .singleElement()
        .asString()
        .contains(
            "CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT names the stream hogflare_events",
            "it lacks the column distinct_ids (list of string)",
            "it demands the column event, which our rows do not have");
  }

  @Test
  void takesColumnsThatDropNothing() {
    fields().addObject().put("name", "note").put("type", "string").put("required", false);
    ((ObjectNode) fields().get(0)).put("required", false);

    assertThat(problems(CloudflareTable.EVENTS, endpoint("hogflare_events"))).isEmpty();
  }

  @Test
  void refusesAStreamWithoutColumns() {
    ((ObjectNode) cloudflare.thing("streams", "hogflare_events").path("schema")).putArray("fields");

    assertThat(problems(CloudflareTable.EVENTS, endpoint("hogflare_events")))
        .singleElement()
        .asString()
        .contains("it has no schema, so that a row becomes one column named value");
  }

  @Test
  void knowsWhichEndpointsAreCloudflares() {
    assertThat(problems(CloudflareTable.EVENTS, "http://127.0.0.1:8088/streams/hogflare_events"))
        .isEmpty();
    assertThat(problems(CloudflareTable.EVENTS, "https://f00.ingest.cloudflare.com"))
        .singleElement()
        .asString()
        .startsWith(Variable.CLOUDFLARE_PIPELINE_ENDPOINT + " names no stream of the account ");
  }

  private List<String> hurriedProblems(Map<String, String> environment, Duration patience) {
    return StreamCheck.problems(
        CloudflareConfig.from(new Settings(environment)),
        List.of(
            new StreamCheck.Endpoint(
                CloudflareTable.EVENTS.endpoint(),
                URI.create(endpoint("hogflare_events")),
                CloudflareTable.EVENTS.schema())),
        patience);
  }

  @Test
  void findsTheSameInAHurry() {
    Map<String, String> environment = cloudflare.environment();
    assertThat(hurriedProblems(environment, Duration.ofSeconds(30))).isEmpty();
    fields().remove(9);
    assertThat(hurriedProblems(environment, Duration.ofSeconds(30)))
        .singleElement()
        .asString()
        .contains("it lacks the column person_id");
  }

  @Test
  @Timeout(30)
  void doesNotWaitInAHurryForAnAccountThatIsBusy() {
    cloudflare.forget().tooMany("GET streams", 300);

    assertThatThrownBy(() -> hurriedProblems(cloudflare.environment(), Duration.ofSeconds(60)))
        .isInstanceOf(CloudflareException.class)
        .hasMessageContaining("answered 429");
    assertThat(cloudflare.calls()).containsExactly("GET streams");
  }

  @Test
  @Timeout(30)
  void doesNotWaitInAHurryForABodyThatNeverEnds() throws IOException {
    CountDownLatch over = new CountDownLatch(1);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      server.setExecutor(threads);
      server.createContext(
          "/",
          exchange -> {
            exchange.sendResponseHeaders(200, 1_000);
            exchange.getResponseBody().write('{');
            exchange.getResponseBody().flush();
            try {
              over.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      server.start();
      Map<String, String> environment = new HashMap<>(cloudflare.environment());
      environment.put(
          "HOGFLARE_CLOUDFLARE_API_URL", "http://127.0.0.1:" + server.getAddress().getPort());

      try {
        assertThatThrownBy(() -> hurriedProblems(environment, Duration.ofMillis(300)))
            .isInstanceOf(CloudflareException.class)
            .hasMessage(
                "Cloudflare's API did not answer within 300 ms; check the network and"
                    + " HOGFLARE_CLOUDFLARE_API_URL.");
      } finally {
        over.countDown();
      }
    } finally {
      server.stop(0);
    }
  }
}

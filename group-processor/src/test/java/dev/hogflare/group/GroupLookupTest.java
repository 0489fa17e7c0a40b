// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.GroupKey;
import dev.hogflare.runtime.AdminServer;
import dev.hogflare.runtime.HostPort;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GroupLookupTest {
  private static final GroupKey ACME = new GroupKey("phc_a", "company", "acme");
  private static final String ACME_JSON =
      "{\"group_type\":\"company\",\"group_key\":\"acme\","
          + "\"created_at\":\"2025-11-21T04:43:25.000123Z\",\"version\":1,"
          + "\"properties\":{\"plan\":\"pro\"}}";

  private final GroupPeerClient peers = new GroupPeerClient(Duration.ofMillis(500));
  private final FakeGroupReads reads = new FakeGroupReads();
  private final FakeGroupReads otherReads = new FakeGroupReads();
  private final GroupLookup lookup = new GroupLookup(reads, peers);
  private final AdminServer server = serve(lookup);
  private final AdminServer other = serve(new GroupLookup(otherReads, peers));
  private final HttpClient http = HttpClient.newHttpClient();

  @AfterEach
  void stop() {
    http.shutdownNow();
    peers.close();
    server.close();
    other.close();
  }

  @Test
  void findsAGroupThatIsHere() throws Exception {
    reads.put(ACME, "{\"plan\":\"pro\"}");

    HttpResponse<String> response = get("/groups/phc_a/company/acme");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("content-type")).hasValue("application/json");
    assertThat(response.body()).isEqualTo(ACME_JSON);
    assertThat(lookup.find(ACME))
        .isInstanceOfSatisfying(
            GroupAnswer.Found.class,
            found -> assertThat(new String(found.json(), UTF_8)).isEqualTo(ACME_JSON));
  }

  @Test
  void says404OfAGroupThatNobodyDescribed() throws Exception {
    HttpResponse<String> response = get("/groups/phc_a/company/acme");

    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(response.body()).isEqualTo("{\"error\":\"Nothing is known of this group.\"}");
    assertThat(lookup.find(ACME)).isEqualTo(new GroupAnswer.Unknown());
  }

  @Test
  void says503AndWhenToComeBackWhilePartitionsMove() throws Exception {
    reads.movePartitionTo(null);

    HttpResponse<String> response = get("/groups/phc_a/company/acme");

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("retry-after")).hasValue("1");
    assertThat(response.body()).contains("Partition 0 is not ready here.");
  }

  @Test
  void asksTheInstanceThatHasThePartition() throws Exception {
    reads.movePartitionTo(new HostPort("127.0.0.1", other.port()));
    otherReads.put(ACME, "{\"plan\":\"pro\"}");

    HttpResponse<String> response = get("/groups/phc_a/company/acme");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo(ACME_JSON);
    assertThat(get("/groups/phc_a/company/nobody").statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a/b",
        "a+b c",
        "100%",
        "größe \uD83D\uDE00",
        "?x=1&y#z",
        "..",
        "a;b=c",
        "a%2Fb",
        "\"q\"",
        "a\\b",
        "."
      })
  void findsAKeyOfAnyCharactersHereAndThere(String text) throws Exception {
    GroupKey key = new GroupKey("phc_a", "type " + text, text);
    otherReads.put(key, "{\"here\":1}");
    reads.movePartitionTo(new HostPort("127.0.0.1", other.port()));

    assertThat(lookup.find(key))
        .isInstanceOfSatisfying(
            GroupAnswer.Found.class,
            found -> assertThat(new String(found.json(), UTF_8)).contains("{\"here\":1}"));
  }

  @Test
  void aQuestionIsPassedOnOnlyOnce() throws Exception {
    reads.movePartitionTo(new HostPort("127.0.0.1", other.port()));
    otherReads.movePartitionTo(new HostPort("127.0.0.1", server.port()));

    HttpResponse<String> response = get("/groups/phc_a/company/acme");

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.body()).contains("answered 503");
  }

  @Test
  void says503IfTheOtherInstanceIsGone() throws Exception {
    reads.movePartitionTo(new HostPort("127.0.0.1", other.port()));
    other.close();

    HttpResponse<String> response = get("/groups/phc_a/company/acme");

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.body()).contains("did not answer").contains("check that it runs");
  }

  @Test
  void says503IfTheOtherInstanceDoesNotAnswerInTime() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      reads.movePartitionTo(new HostPort("127.0.0.1", silent.getLocalPort()));

      assertThat(get("/groups/phc_a/company/acme").statusCode()).isEqualTo(503);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/groups/phc_a/company",
        "/groups/phc_a/company/",
        "/groups/phc_a/company/a/b",
        "/groups/phc_a//acme"
      })
  void says400AndTheFormOfAPathThatIsIncomplete(String path) throws Exception {
    HttpResponse<String> response = get(path);

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body()).contains("/groups/{token}/{type}/{key}");
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path)).build(),
        BodyHandlers.ofString());
  }

  private static AdminServer serve(GroupLookup lookup) {
    AdminServer server =
        new AdminServer(
            new HostPort("127.0.0.1", 0),
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT),
            Map::of,
            Map.of(GroupRoutes.PATH, new GroupRoutes(() -> lookup)));
    server.start();
    return server;
  }
}

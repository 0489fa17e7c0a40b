// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.hogflare.contract.ActorKey;
import dev.hogflare.runtime.AdminServer;
import dev.hogflare.runtime.HostPort;
import dev.hogflare.runtime.PathSegments;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.state.HostInfo;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lookups over real HTTP while Kafka Streams is not running, and those that are passed on. */
class PersonRoutesTest {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final PersonClient CLIENT = new PersonClient();

  @TempDir private static Path stateDir;

  private static KafkaStreams streams;
  private static AdminServer server;

  @BeforeAll
  static void start() {
    streams = streams("lookups");
    server = serve(streams);
  }

  @AfterAll
  static void stop() {
    HTTP.shutdownNow();
    server.close();
    streams.close(Duration.ofSeconds(10));
  }

  private static KafkaStreams streams(String applicationId) {
    PersonConfig config = Partition.config(Duration.ZERO, PersonConfig.Snapshots.ALL);
    Properties properties = new Properties();
    properties.put("application.id", applicationId);
    properties.put("bootstrap.servers", "127.0.0.1:1");
    properties.put("state.dir", stateDir.toString());
    return new KafkaStreams(
        new PersonTopology(config, Partition.TOPICS, new PersonMetrics(new SimpleMeterRegistry()))
            .get(),
        properties);
  }

  private static AdminServer serve(KafkaStreams streams) {
    PersonLookup lookup =
        new PersonLookup(
            streams, () -> new RowWriter(Optional.empty()), Optional.empty(), new PersonClient());
    AdminServer server =
        new AdminServer(
            new HostPort("127.0.0.1", 0),
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT),
            Map::of,
            Map.of(PersonRoutes.PATH, new PersonRoutes(lookup)));
    server.start();
    return server;
  }

  private static HttpResponse<String> get(AdminServer server, String path)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + server.port() + path);
    return HTTP.send(
        HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(20)).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "user",
        "a%2Fb",
        "%20",
        "%F0%9F%A6%94",
        "a%00b",
        "..%2F..",
        "100%25",
        "x?hops=7&asked=y",
        "x?hops=-1",
        "x?hops=many"
      })
  void says503AndWhenToComeBackBeforeItRuns(String id) throws Exception {
    HttpResponse<String> answer = get(server, "/persons/phc_test/" + id);
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("retry-after")).hasValue("1");
    assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
    assertThat(Json.tree(answer.body().getBytes(UTF_8)).get("error").textValue())
        .isEqualTo("The person-processor is not running.");
  }

  @Test
  void says503AfterItStopped() throws Exception {
    KafkaStreams stopped = streams("stopped");
    try (AdminServer serving = serve(stopped)) {
      assertThat(stopped.close(Duration.ofSeconds(10))).isTrue();
      HttpResponse<String> answer = get(serving, "/persons/phc_test/user");
      assertThat(answer.statusCode()).isEqualTo(503);
      assertThat(answer.body()).contains("not running");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/persons/phc_test/",
        "/persons//user",
        "/persons/phc_test/a/b",
        "/persons/phc%00test/user",
        "/persons/phc_test"
      })
  void says400AndWhatAPathMustLookLike(String path) throws Exception {
    HttpResponse<String> answer = get(server, path);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("/persons/{token}/{distinct_id}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/persons/phc_test/%C3", "/persons/phc_test/%ED%A0%BD"})
  void bytesThatAreNoTextAreAnIdThatNobodyHas(String path) throws Exception {
    assertThat(get(server, path).statusCode()).isEqualTo(503);
  }

  @ParameterizedTest
  @ValueSource(strings = {"user", "a/b", "a b+c", "100%", "größe \uD83E\uDD94", "?x=1&y#z", ".."})
  void anotherInstanceIsAskedForTheVeryId(String id) throws Exception {
    BlockingQueue<URI> asked = new ArrayBlockingQueue<>(1);
    HttpServer other = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    other.createContext(
        "/",
        exchange -> {
          asked.add(exchange.getRequestURI());
          byte[] body = Json.bytes("{'canonical_id':'x','record':null}");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    other.start();
    try {
      HostInfo host = new HostInfo("127.0.0.1", other.getAddress().getPort());
      PersonLookup.Answer answer =
          CLIENT.find(host, new ActorKey("phc_test", id), 2, "asked/" + id, 7);
      assertThat(answer)
          .isInstanceOfSatisfying(
              PersonLookup.Answer.Found.class,
              found ->
                  assertThat(found.json())
                      .isEqualTo(Json.bytes("{'canonical_id':'x','record':null}")));
      URI uri = asked.poll(10, TimeUnit.SECONDS);
      assertThat(PathSegments.decodeOrNull(uri.getRawPath(), "/persons", 2))
          .containsExactly("phc_test", id);
      assertThat(uri.getQuery()).isEqualTo("hops=7&life=2&asked=asked/" + id);
    } finally {
      other.stop(0);
    }
  }

  @Test
  void anInstanceThatIsGoneOrFailsMakesThePersonUnavailable() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    assertThat(
            CLIENT.find(
                new HostInfo("127.0.0.1", free),
                new ActorKey("t", "u"),
                PersonLookup.PRESENT,
                "u",
                1))
        .isInstanceOfSatisfying(
            PersonLookup.Answer.Unavailable.class,
            gone -> assertThat(gone.reason()).contains("127.0.0.1:" + free + " did not answer"));
    assertThat(
            CLIENT.find(
                new HostInfo("127.0.0.1", server.port()),
                new ActorKey("t", "u"),
                PersonLookup.PRESENT,
                "u",
                1))
        .isInstanceOfSatisfying(
            PersonLookup.Answer.Unavailable.class,
            failed -> assertThat(failed.reason()).contains("answered 503"));
  }
}

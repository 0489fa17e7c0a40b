// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.RowSchema;
import dev.hogflare.runtime.HostPort;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LakehouseTest {
  private static final Duration NEVER = Duration.ofHours(1);

  @TempDir private Path folder;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private Lakehouse lake;

  @AfterEach
  void close() {
    client.close();
    if (lake != null) {
      lake.close();
    }
  }

  private void start(LakeConfig config) {
    lake = new Lakehouse(config, registry);
    lake.start();
  }

  private void start() {
    start(LakeConfig.local(folder, 0, NEVER));
  }

  private LakeConfig config(String token, InvalidRows invalidRows, LakeConfig.Limits limits) {
    return new LakeConfig(
        folder,
        new HostPort("127.0.0.1", 0),
        Optional.ofNullable(token),
        NEVER,
        invalidRows,
        PromotedColumn.STANDARD,
        limits);
  }

  private HttpResponse<String> post(byte[] body, String... headers) throws Exception {
    return post(
        lake.endpoint(RowSchema.EVENTS), HttpRequest.BodyPublishers.ofByteArray(body), headers);
  }

  private HttpResponse<String> post(URI uri, HttpRequest.BodyPublisher body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(30)).POST(body);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private long count(String name) {
    return (long) registry.get(name).tag("table", "hogflare_events").counter().count();
  }

  private void assertThatEveryRowIsCountedOnce(
      long received, long committed, long pending, long rejected, long dropped) {
    assertThat(count("hogflare_lake_rows_received_total")).as("received").isEqualTo(received);
    assertThat(count("hogflare_lake_rows_recovered_total")).as("recovered").isZero();
    assertThat(count("hogflare_lake_rows_committed_total")).as("committed").isEqualTo(committed);
    assertThat(lake.backlogRows()).as("pending").isEqualTo(pending);
    assertThat(count("hogflare_lake_rows_rejected_total")).as("rejected").isEqualTo(rejected);
    assertThat(count("hogflare_lake_rows_dropped_total")).as("dropped").isEqualTo(dropped);
    assertThat(received).isEqualTo(committed + pending + rejected + dropped);
  }

  private List<Object> sql(String sql) {
    try (LakeQuery query = LakeQuery.open(folder);
        QueryResult result = query.query(sql)) {
      List<Object> cells = new ArrayList<>();
      result.forEachRemaining(cells::addAll);
      return cells;
    }
  }

  @Test
  void bringsAcceptedRowsIntoTheirTables() throws Exception {
    start();
    HttpResponse<String> answer = post(TestRows.events(0, 3));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
    assertThat(answer.body())
        .isEqualTo("{\"success\":true,\"errors\":[],\"messages\":[],\"result\":{\"accepted\":3}}");
    byte[] persons =
        TestRows.body(TestRows.person(1, List.of("a", "b")), TestRows.person(2, List.of()));
    assertThat(
            post(lake.endpoint(RowSchema.PERSONS), HttpRequest.BodyPublishers.ofByteArray(persons))
                .statusCode())
        .isEqualTo(200);
    assertThat(lake.backlogRows()).isEqualTo(5);
    assertThat(lake.lastCommit(RowSchema.EVENTS)).isEmpty();

    lake.commitNow();

    assertThat(lake.rowsCommitted(RowSchema.EVENTS)).isEqualTo(3);
    assertThat(lake.rowsCommitted(RowSchema.PERSONS)).isEqualTo(2);
    assertThat(lake.lastCommit(RowSchema.EVENTS)).isPresent();
    assertThat(sql("SELECT distinct_id FROM hogflare_events ORDER BY 1"))
        .containsExactly("user-0", "user-1", "user-2");
    assertThat(sql("SELECT distinct_ids FROM hogflare_persons ORDER BY person_int_id"))
        .containsExactly(List.of("a", "b"), List.of());
    assertThatEveryRowIsCountedOnce(3, 3, 0, 0, 0);
    assertThat(lake.health().up()).isTrue();
  }

  @Test
  void commitsWithinTheInterval() throws Exception {
    start(LakeConfig.local(folder, 0, Duration.ofMillis(50)));
    post(TestRows.events(0, 3));
    Waiting.until(() -> lake.rowsCommitted(RowSchema.EVENTS) == 3);
    assertThat(lake.backlogRows()).isZero();
    Waiting.until(() -> JournalSegment.in(folder.resolve("journal/hogflare_events")).isEmpty());
  }

  @Test
  void commitsWhatIsPendingWhenItCloses() throws Exception {
    start();
    post(TestRows.events(0, 7));
    lake.close();
    assertThat(sql("SELECT count(*) FROM hogflare_events")).containsExactly(7L);
  }

  @Test
  void keepsManyConcurrentRequestsApart() throws Exception {
    start(LakeConfig.local(folder, 0, Duration.ofMillis(40)));
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      answers.add(
          client.sendAsync(
              HttpRequest.newBuilder(lake.endpoint(RowSchema.EVENTS))
                  .POST(
                      HttpRequest.BodyPublishers.ofByteArray(TestRows.events(10 * i, 10 * i + 10)))
                  .build(),
              HttpResponse.BodyHandlers.ofString()));
    }
    for (CompletableFuture<HttpResponse<String>> answer : answers) {
      assertThat(answer.get().statusCode()).isEqualTo(200);
    }
    lake.commitNow();
    assertThat(sql("SELECT count(*), count(DISTINCT distinct_id) FROM hogflare_events_raw"))
        .containsExactly(2000L, 2000L);
    assertThatEveryRowIsCountedOnce(2000, 2000, 0, 0, 0);
  }

  @Test
  void demandsTheToken() throws Exception {
    start(config("secret", InvalidRows.REJECT, LakeConfig.Limits.DEFAULT));
    assertThat(post(TestRows.events(0, 1)).statusCode()).isEqualTo(401);
    assertThat(post(TestRows.events(0, 1), "Authorization", "Bearer secre").statusCode())
        .isEqualTo(401);
    assertThat(post(TestRows.events(0, 1), "Authorization", "Basic secret").statusCode())
        .isEqualTo(401);
    HttpResponse<String> wrong = post(TestRows.events(0, 1), "Authorization", "Bearer wrong");
    assertThat(wrong.body()).contains("\"code\":401").doesNotContain("secret");
    assertThat(post(TestRows.events(0, 1), "Authorization", "bearer secret").statusCode())
        .isEqualTo(200);
    assertThatEveryRowIsCountedOnce(1, 0, 1, 0, 0);
  }

  @Test
  void knowsItsStreamsAndItsMethod() throws Exception {
    start();
    URI other = URI.create("http://127.0.0.1:" + lake.port() + "/streams/other");
    HttpResponse<String> unknown =
        post(other, HttpRequest.BodyPublishers.ofByteArray(TestRows.events(0, 1)));
    assertThat(unknown.statusCode()).isEqualTo(404);
    assertThat(unknown.body())
        .contains("hogflare_events, hogflare_person_overrides, hogflare_persons");
    HttpResponse<String> get =
        client.send(
            HttpRequest.newBuilder(lake.endpoint(RowSchema.EVENTS)).build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(get.statusCode()).isEqualTo(405);
    assertThat(get.headers().firstValue("Allow")).hasValue("POST");
  }

  @Test
  void refusesABatchWithAnInvalidRowAndNamesIt() throws Exception {
    start();
    HttpResponse<String> answer =
        post(TestRows.body(TestRows.event(1), TestRows.event(2).replace("\"posthog\"", "5")));

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body())
        .isEqualTo(
            "{\"success\":false,\"errors\":[{\"code\":400,\"message\":\"Row 2: The column source is"
                + " not a string.\"}],\"messages\":[],\"result\":null}");
    assertThatEveryRowIsCountedOnce(2, 0, 0, 2, 0);
  }

  @Test
  void dropsInvalidRowsSilentlyIfToldTo() throws Exception {
    start(config(null, InvalidRows.DROP, LakeConfig.Limits.DEFAULT));
    HttpResponse<String> answer = post(TestRows.body(TestRows.event(1), "{}", TestRows.event(2)));

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).contains("\"accepted\":3");
    assertThat(post(TestRows.body("{}", "7")).statusCode()).isEqualTo(200);
    assertThatEveryRowIsCountedOnce(5, 0, 2, 0, 3);
    lake.commitNow();
    assertThat(sql("SELECT distinct_id FROM hogflare_events ORDER BY 1"))
        .containsExactly("user-1", "user-2");
    assertThatEveryRowIsCountedOnce(5, 2, 0, 0, 3);
  }

  @Test
  void refusesMalformedBodies() throws Exception {
    start();
    for (String body : new String[] {"", "{", "{}", "[{]", "[1,", "hello"}) {
      HttpResponse<String> answer = post(TestRows.bytes(body));
      assertThat(answer.statusCode()).as(body).isEqualTo(400);
      assertThat(answer.body()).as(body).contains("The body is not");
    }
    assertThat(post(TestRows.body()).statusCode()).isEqualTo(200);
    assertThatEveryRowIsCountedOnce(0, 0, 0, 0, 0);
    assertThat(registry.get("hogflare_lake_requests_total").tag("status", "400").counter().count())
        .isEqualTo(6);
  }

  @Test
  void refusesALargeRowWithItsBatch() throws Exception {
    start();
    String large = "{\"a\":\"" + "x".repeat(1 << 20) + "\"}";
    HttpResponse<String> answer =
        post(TestRows.body(TestRows.event(1), TestRows.event("u", "e", "d", large)));
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("Row 2 has").contains("1048576");
    assertThat(lake.backlogRows()).isZero();
  }

  @Test
  void answers413ToALargeBodyAndReadsItToItsEnd() throws Exception {
    start();
    byte[] large = new byte[(5 << 20) + 1];
    java.util.Arrays.fill(large, (byte) ' ');
    HttpResponse<String> known = post(large);
    assertThat(known.statusCode()).isEqualTo(413);
    assertThat(known.body()).contains("5242880");
    HttpResponse<String> chunked =
        post(
            lake.endpoint(RowSchema.EVENTS),
            HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large)));
    assertThat(chunked.statusCode()).isEqualTo(413);
    byte[] huge = new byte[20 << 20];
    assertThat(post(huge).statusCode()).isEqualTo(413);
    assertThat(post(TestRows.events(0, 1)).statusCode()).isEqualTo(200);
  }

  @Test
  void takesABodyOfUnknownLength() throws Exception {
    start();
    HttpResponse<String> answer =
        post(
            lake.endpoint(RowSchema.EVENTS),
            HttpRequest.BodyPublishers.ofInputStream(
                () -> new ByteArrayInputStream(TestRows.events(0, 2))));
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(lake.backlogRows()).isEqualTo(2);
  }

  @Test
  void answers503WhenTheJournalIsFullAndRecovers() throws Exception {
    start(
        config(
            null,
            InvalidRows.REJECT,
            new LakeConfig.Limits(20_000, 10_000, 20_000, 20_000, 1_000_000, 1L << 30)));
    int accepted = 0;
    HttpResponse<String> answer = post(TestRows.events(0, 40));
    while (answer.statusCode() == 200 && accepted < 100) {
      accepted++;
      answer = post(TestRows.events(0, 40));
    }
    assertThat(accepted).isBetween(2, 4);
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("Retry-After")).hasValue("30");
    assertThat(answer.body()).contains("\"success\":false");

    lake.commitNow();

    assertThat(post(TestRows.events(0, 40)).statusCode()).isEqualTo(200);
    lake.commitNow();
    assertThatEveryRowIsCountedOnce(40L * (accepted + 1), 40L * (accepted + 1), 0, 0, 0);
  }

  @Test
  void letsOneProcessWriteToAFolder() {
    start();
    Lakehouse second = new Lakehouse(LakeConfig.local(folder, 0, NEVER), new SimpleMeterRegistry());
    assertThatThrownBy(second::start)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Another process writes to the lake");
    lake.close();
    Lakehouse third = new Lakehouse(LakeConfig.local(folder, 0, NEVER), new SimpleMeterRegistry());
    third.start();
    third.close();
  }

  @Test
  void freesTheFolderWhenItsPortIsTaken() {
    start();
    Path other = folder.resolveSibling("other-" + folder.getFileName());
    LakeConfig taken = LakeConfig.local(other, lake.port(), NEVER);
    Lakehouse second = new Lakehouse(taken, new SimpleMeterRegistry());
    assertThatThrownBy(second::start)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("HOGFLARE_LAKE_PORT");
    Lakehouse third = new Lakehouse(LakeConfig.local(other, 0, NEVER), new SimpleMeterRegistry());
    third.start();
    third.close();
  }
}

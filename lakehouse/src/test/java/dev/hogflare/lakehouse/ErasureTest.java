// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.contract.RowSchema;
import dev.hogflare.runtime.HostPort;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.apache.iceberg.Schema;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.data.parquet.GenericParquetReaders;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.parquet.Parquet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is erased is gone from the tables, the journal and every file. */
class ErasureTest {
  private static final Duration NEVER = Duration.ofHours(1);
  private static final String TOKEN = "phc_1";
  private static final String SECRET = "let-me-write";

  /** In whatever belongs to the person, and in nothing else. */
  private static final String MARKER = "Xq7-marker-Zw9";

  private static final String DEVICE = "device-" + MARKER;
  private static final String USER = "user-" + MARKER;

  @TempDir private Path folder;

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private Lakehouse lake;
  private int numbers;

  @BeforeEach
  void start() {
    lake =
        new Lakehouse(
            new LakeConfig(
                folder,
                new HostPort("127.0.0.1", 0),
                Optional.of(SECRET),
                NEVER,
                InvalidRows.REJECT,
                PromotedColumn.STANDARD,
                LakeConfig.Limits.DEFAULT),
            new SimpleMeterRegistry());
    lake.start();
  }

  @AfterEach
  void close() {
    lake.close();
    client.close();
  }

  private String event(String token, String distinctId, String personId, String text) {
    return new String(
        new JsonBuffer(256)
            .openObject()
            .name("uuid")
            .string(TestRows.uuid(numbers++))
            .name("source")
            .string("posthog")
            .name("event")
            .string("seen")
            .name("distinct_id")
            .string(distinctId)
            .name("person_id")
            .string(personId)
            .name("created_at")
            .string("2026-11-21T10:00:00.000001Z")
            .name("properties")
            .openObject()
            .name("text")
            .string(text)
            .closeObject()
            .name("api_key")
            .string(token)
            .closeObject()
            .toBytes(),
        StandardCharsets.UTF_8);
  }

  private static String person(int number, String... ids) {
    String row = TestRows.person(number, List.of(ids));
    return row.substring(0, row.length() - 1) + ",\"api_key\":\"" + TOKEN + "\"}";
  }

  private void post(RowSchema table, String... rows) {
    assertThat(send(lake.endpoint(table), TestRows.body(rows), SECRET).statusCode()).isEqualTo(200);
  }

  private HttpResponse<String> send(URI uri, byte[] body, String token) {
    try {
      return client.send(
          HttpRequest.newBuilder(uri)
              .header("authorization", "Bearer " + token)
              .POST(HttpRequest.BodyPublishers.ofByteArray(body))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private URI erasePath() {
    return lake.endpoint(RowSchema.EVENTS).resolve("/erase");
  }

  private List<Path> filesWith(String text) throws IOException {
    byte[] wanted = text.getBytes(StandardCharsets.UTF_8);
    List<Path> found = new ArrayList<>();
    for (Path file : files("")) {
      // One byte is one character, so that whatever the file is, its bytes are searched.
      String content = Files.readString(file, StandardCharsets.ISO_8859_1);
      if (content.contains(new String(wanted, StandardCharsets.ISO_8859_1))) {
        found.add(file);
      }
    }
    return found;
  }

  private List<Path> files(String ending) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> file.toString().endsWith(ending))
          .toList();
    }
  }

  /** Reads every Parquet file on the disk, whether a table still knows it or not. */
  private List<String> rowsOnDisk() throws IOException {
    List<String> rows = new ArrayList<>();
    try (LakeCatalog catalog = LakeCatalog.openForReading(folder).orElseThrow()) {
      for (Path file : files(".parquet")) {
        LakeTable table =
            file.toString().contains("hogflare_events") ? LakeTable.EVENTS : LakeTable.PERSONS;
        Schema schema = catalog.find(table).orElseThrow().schema();
        try (CloseableIterable<Record> records =
            Parquet.read(org.apache.iceberg.Files.localInput(file.toFile()))
                .project(schema)
                .createReaderFunc(parquet -> GenericParquetReaders.buildReader(schema, parquet))
                .build()) {
          records.forEach(record -> rows.add(record.toString()));
        }
      }
    }
    return rows;
  }

  private long count(String query) {
    try (LakeQuery lakeQuery = LakeQuery.open(folder);
        QueryResult rows = lakeQuery.query(query)) {
      return ((Number) rows.next().getFirst()).longValue();
    }
  }

  @Test
  void leavesNoByteOfThePersonAndEveryRowOfTheOthers() throws Exception {
    String anna = TestRows.uuid(1_001);
    String bob = TestRows.uuid(1_002);
    // The visitor's rows carry the person's first id and nothing else that the caller names.
    post(RowSchema.EVENTS, event(TOKEN, DEVICE, anna, MARKER), event(TOKEN, "bob", bob, "x"));
    post(RowSchema.PERSONS, person(1, DEVICE), person(2, "bob"));
    lake.commitNow();
    post(RowSchema.EVENTS, event(TOKEN, USER, anna, MARKER), event(TOKEN, USER, anna, "y"));
    post(RowSchema.PERSONS, person(1, DEVICE, USER));
    lake.commitNow();
    post(RowSchema.EVENTS, event(TOKEN, "bob", bob, "z"), event("phc_2", USER, bob, "other"));
    lake.commitNow();
    post(RowSchema.EVENTS, event(TOKEN, DEVICE, anna, MARKER));
    assertThat(filesWith(MARKER)).as("files before").isNotEmpty();
    assertThat(rowsOnDisk()).anyMatch(row -> row.contains(MARKER));

    Erasure.Outcome outcome = lake.erase(new Erasure(TOKEN, Set.of(USER), Set.of()));

    assertThat(outcome.events()).isEqualTo(4);
    assertThat(outcome.snapshots()).isEqualTo(2);
    assertThat(outcome.distinctIds()).containsExactlyInAnyOrder(DEVICE, USER);
    assertThat(count("select count(*) from hogflare_events")).isEqualTo(3);
    assertThat(count("select count(*) from hogflare_persons")).isEqualTo(1);
    assertThat(rowsOnDisk())
        .as("what any file on the disk holds")
        .hasSize(4)
        .filteredOn(row -> row.contains(MARKER))
        .singleElement()
        .asString()
        .contains("phc_2");
    Erasure.Outcome others = lake.erase(new Erasure("phc_2", Set.of(USER), Set.of()));
    assertThat(others.events()).isEqualTo(1);
    assertThat(filesWith(MARKER)).as("files after").isEmpty();
    assertThat(rowsOnDisk()).noneMatch(row -> row.contains(MARKER));
    try (LakeQuery query = LakeQuery.open(folder)) {
      long hour = 1_795_255_200L / 3_600;
      assertThat(query.erasedEvents())
          .isEqualTo(Map.of(TOKEN, Map.of(hour, 4L), "phc_2", Map.of(hour, 1L)));
    }
  }

  @Test
  void losesNoRowThatIsWrittenMeanwhileAndGoesOnAfterARestart() throws Exception {
    for (int i = 0; i < 5; i++) {
      post(
          RowSchema.EVENTS,
          event(TOKEN, USER, TestRows.uuid(1), "x"),
          event(TOKEN, "bob", TestRows.uuid(2), "x"));
      lake.commitNow();
    }
    AtomicBoolean done = new AtomicBoolean();
    try (ExecutorService writer = Executors.newSingleThreadExecutor()) {
      Future<Integer> written =
          writer.submit(
              () -> {
                int rows = 0;
                while (!done.get() || rows < 20) {
                  post(RowSchema.EVENTS, event(TOKEN, "carl", TestRows.uuid(3), "y"));
                  if (++rows % 3 == 0) {
                    lake.commitNow();
                  }
                }
                return rows;
              });
      for (int i = 0; i < 3; i++) {
        lake.erase(new Erasure(TOKEN, Set.of(USER), Set.of()));
        post(RowSchema.EVENTS, event(TOKEN, USER, TestRows.uuid(1), "again"));
      }
      done.set(true);
      int carl = written.get();
      lake.commitNow();
      assertThat(count("select count(*) from hogflare_events where distinct_id = 'carl'"))
          .isEqualTo(carl);
      assertThat(count("select count(*) from hogflare_events where distinct_id = 'bob'"))
          .isEqualTo(5);
      assertThat(lake.erase(new Erasure(TOKEN, Set.of(USER), Set.of())).events()).isEqualTo(1);
      lake.close();
      start();
      assertThat(count("select count(*) from hogflare_events")).isEqualTo(carl + 5);
    }
  }

  @Test
  void recordingsThatAreKeptApartAreErasedAndCountedWithTheEvents() throws Exception {
    String anna = TestRows.uuid(1);
    post(RowSchema.EVENTS, event(TOKEN, USER, anna, "x"));
    post(
        RowSchema.RECORDINGS,
        event(TOKEN, USER, anna, MARKER),
        event(TOKEN, "bob", TestRows.uuid(2), "y"));
    Erasure.Outcome outcome = lake.erase(new Erasure(TOKEN, Set.of(USER), Set.of()));
    assertThat(outcome.events()).isEqualTo(2);
    assertThat(count("select count(*) from hogflare_recordings")).isEqualTo(1);
    try (LakeQuery query = LakeQuery.open(folder)) {
      assertThat(query.erasedEvents().get(TOKEN).values()).containsExactly(2L);
    }
  }

  @Test
  void someoneWhomTheLakeDoesNotKnowCostsNothing() throws Exception {
    post(RowSchema.EVENTS, event(TOKEN, "bob", TestRows.uuid(2), "x"));
    Erasure.Outcome outcome = lake.erase(new Erasure(TOKEN, Set.of("nobody"), Set.of()));
    assertThat(outcome.events() + outcome.snapshots() + outcome.files()).isZero();
    assertThat(count("select count(*) from hogflare_events")).isEqualTo(1);
  }

  @Test
  void isAskedOverHttpByWhoeverKnowsTheToken() {
    post(RowSchema.EVENTS, event(TOKEN, USER, TestRows.uuid(1), "x"));
    byte[] body = new Erasure(TOKEN, Set.of(USER), Set.of()).toJson();
    assertThat(send(erasePath(), body, "guess").statusCode()).isEqualTo(401);
    HttpResponse<String> answer = send(erasePath(), body, SECRET);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .isEqualTo("{\"events\":1,\"snapshots\":0,\"files\":1,\"distinct_ids\":1}");
  }

  @Test
  void whoeverIsErasedOverHttpIsErasedFromTheLakesBesideAsWell(@TempDir Path beside)
      throws Exception {
    post(RowSchema.PERSONS, person(1, DEVICE, USER));
    post(RowSchema.EVENTS, event(TOKEN, USER, TestRows.uuid(1), "x"));
    List<Erasure> asked = new ArrayList<>();
    lake.eraseAlso(
        erasure -> {
          asked.add(erasure);
          return Lakehouse.erase(beside, erasure);
        });
    byte[] body = new Erasure(TOKEN, Set.of(DEVICE), Set.of()).toJson();
    assertThat(send(erasePath(), body, SECRET).body()).startsWith("{\"events\":1,\"snapshots\":1,");
    assertThat(asked)
        .as("with the ids that the first lake knows")
        .containsExactly(new Erasure(TOKEN, Set.of(DEVICE, USER), Set.of()));
  }

  @Test
  void whatSeveralLakesErasedIsAddedUp() {
    Erasure.Outcome one = new Erasure.Outcome(1, 2, 3, Set.of("a"));
    Erasure.Outcome other = new Erasure.Outcome(10, 20, 30, Set.of("a", "b"));
    assertThat(one.and(other)).isEqualTo(new Erasure.Outcome(11, 22, 33, Set.of("a", "b")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{\"token\":\"t\"}",
        "{\"token\":\"\",\"distinct_ids\":[\"a\"]}",
        "{\"distinct_ids\":[\"a\"]}",
        "{\"token\":\"t\",\"distinct_ids\":[7]}",
        "{\"token\":\"t\",\"distinct_ids\":[\"a\"],\"all\":true}",
        "{\"token\":\"t\",\"distinct_ids\":[\"a\""
      })
  void refusesABodyThatNamesNobody(String body) {
    HttpResponse<String> answer = send(erasePath(), body.getBytes(StandardCharsets.UTF_8), SECRET);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).startsWith("{\"error\":\"");
  }

  @Test
  void namesSomebody() {
    assertThatThrownBy(() -> new Erasure(TOKEN, Set.of(), Set.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}

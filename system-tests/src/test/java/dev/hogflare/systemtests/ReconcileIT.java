// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static dev.hogflare.systemtests.Json.event;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.LedgerEntry;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.Stage;
import dev.hogflare.contract.Topic;
import dev.hogflare.contract.Topics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The books balance when all is well, and name what is missing when it is not. */
class ReconcileIT {
  private static final String TOKEN = "phc_books";
  private static final String OTHER = "phc_other";
  private static final int PARTITIONS = 4;
  private static final UUID RECORDING = UUID.fromString("0193a1b2-0000-7000-8000-000000000001");
  private static final Map<String, String> QUICK = Map.of("HOGFLARE_LAKE_COMMIT_SECONDS", "1");

  /** A broker on the same folder whose pipeline is another one, so that ours rests. */
  private static final Map<String, String> RESTING = Map.of("HOGFLARE_TOPIC_PREFIX", "other.");

  @TempDir Path data;

  @Test
  void balancesWithEveryWayThatAnEventCanGo() throws Exception {
    try (StandaloneProcess up = StandaloneProcess.start(data, QUICK)) {
      List<Map<String, Object>> events = events(40);
      assertThat(post(up, TOKEN, events)).isEqualTo(200);
      assertThat(post(up, TOKEN, events.subList(0, 10))).isEqualTo(200);
      assertThat(
              post(
                  up,
                  TOKEN,
                  List.of(
                      event("bought", "user-1", "$groups", Map.of("company", "acme")),
                      event("$create_alias", "user-2", "alias", "other-2"),
                      event(
                          "$identify",
                          "user-3",
                          "$anon_distinct_id",
                          "x",
                          "$process_person_profile",
                          false),
                      Json.object("event", "nobody"))))
          .isEqualTo(200);
      assertThat(post(up, OTHER, events(1))).isEqualTo(200);
      assertThat(post(up, "phx_secret", events)).isEqualTo(401);
      CommandLine reconcile = CommandLine.run(data, "reconcile", "--json");
      assertThat(reconcile.status()).as(reconcile.toString()).isZero();
      JsonNode books = reconcile.json();
      assertThat(books.path("balanced").asBoolean()).isTrue();
      assertThat(sum(books, TOKEN, "accepted")).isEqualTo(53);
      assertThat(sum(books, TOKEN, "in_lake")).isEqualTo(42);
      assertThat(sum(books, TOKEN, "duplicates")).isEqualTo(10);
      assertThat(sum(books, TOKEN, "dead_letters")).isEqualTo(1);
      assertThat(sum(books, OTHER, "in_lake")).isEqualTo(1);
      Await.until(
          "the gateway has written its counts",
          () -> {
            JsonNode now = CommandLine.run(data, "reconcile", "--json").json();
            return gateway(now, TOKEN, "stored") == 53
                && gateway(now, TOKEN, "dead_letters.missing_distinct_id") == 1
                && gateway(now, "", "rejected.401.invalid_token") == 40;
          });
      CommandLine table = CommandLine.run(data, "reconcile");
      assertThat(table.status()).isZero();
      assertThat(table.lines()).last().isEqualTo("nothing missing, nothing doubled");
      assertThat(table.out()).contains(TOKEN, OTHER);
    }
    assertThat(CommandLine.run(data, "reconcile").lines())
        .as("with the data folder at rest")
        .last()
        .isEqualTo("nothing missing, nothing doubled");
  }

  @Test
  void balancesWithARecordingOfSeveralRowsOneOfWhichNoSinkTakes() throws Exception {
    Map<String, String> apart = new HashMap<>(QUICK);
    apart.put("HOGFLARE_LAKE_RECORDINGS", "apart");
    try (StandaloneProcess up = StandaloneProcess.start(data, apart)) {
      List<Object> items = new ArrayList<>(items(50));
      items.add(25, Json.object("n", -1, "text", "x".repeat(950_000)));
      assertThat(record(up, items)).isEqualTo(200);
      assertThat(post(up, TOKEN, events(1))).isEqualTo(200);
      CommandLine reconcile = CommandLine.run(data, "reconcile", "--json");
      assertThat(reconcile.status()).as(reconcile.toString()).isZero();
      JsonNode books = reconcile.json();
      assertThat(books.path("balanced").asBoolean()).isTrue();
      assertThat(sum(books, TOKEN, "accepted")).isEqualTo(2);
      assertThat(sum(books, TOKEN, "split")).isEqualTo(4);
      assertThat(sum(books, TOKEN, "in_lake")).isEqualTo(5);
      assertThat(sum(books, TOKEN, "dead_letters")).isEqualTo(1);
      JsonNode stored =
          sql(
              "select uuid, cast(properties->>'$.\"$snapshot_part\"' as int) as part,"
                  + " cast(properties->>'$.\"$snapshot_parts\"' as int) as parts,"
                  + " cast(properties->>'$.\"$snapshot_items\"[*].n' as text) as n"
                  + " from hogflare_recordings order by part");
      assertThat(stored)
          .extracting(row -> row.path("part").asInt() + " of " + row.path("parts").asInt())
          .containsExactly("0 of 5", "1 of 5", "3 of 5", "4 of 5");
      List<Integer> numbers = new ArrayList<>();
      for (JsonNode row : stored) {
        for (String number : row.path("n").asText().replaceAll("[^0-9,]", "").split(",")) {
          numbers.add(Integer.valueOf(number));
        }
      }
      assertThat(numbers).isEqualTo(IntStream.range(0, 50).boxed().toList());
      assertThat(stored)
          .extracting(row -> row.path("uuid").asText())
          .startsWith(RECORDING.toString())
          .doesNotHaveDuplicates();
      CommandLine letters = CommandLine.run(data, "dlq", "list");
      assertThat(letters.out()).contains("forwarder", "row_too_large", TOKEN);
    }
  }

  @Test
  void namesTheRowsOfARecordingThatNeverReachedTheLake() throws Exception {
    try (StandaloneProcess up =
        StandaloneProcess.start(
            data, Map.of("CLOUDFLARE_PIPELINE_ENDPOINT", "http://127.0.0.1:9/streams/x"))) {
      assertThat(record(up, items(50))).isEqualTo(200);
      Await.until("the rows are written", () -> rowsOn(new Topics("hogflare.").recordings()) == 4);
      up.kill();
    }
    passOver("hogflare.forwarder-recordings", "hogflare.recordings");
    try (StandaloneProcess up = StandaloneProcess.start(data, QUICK)) {
      assertThat(post(up, TOKEN, events(5))).isEqualTo(200);
      assertLostBeforeSink("hogflare.recordings", 4);
    }
  }

  /** Returns so many numbered items, of which a row takes fourteen. */
  private static List<Object> items(int count) {
    List<Object> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      items.add(Json.object("type", 3, "n", i, "text", "x".repeat(60_000)));
    }
    return items;
  }

  private static int record(StandaloneProcess up, List<Object> items)
      throws IOException, InterruptedException {
    Map<String, Object> recording =
        Json.object(
            "event",
            "$snapshot",
            "token",
            TOKEN,
            "distinct_id",
            "user-1",
            "uuid",
            RECORDING.toString(),
            "properties",
            Json.object("$session_id", "s1", "$snapshot_data", items));
    return post(up, "/s/", Json.text(List.of(recording)));
  }

  private JsonNode sql(String query) {
    CommandLine answer = CommandLine.run(data, "sql", "--format", "json", query);
    assertThat(answer.status()).as(answer.toString()).isZero();
    return answer.json();
  }

  @Test
  void namesTheRowsThatNeverReachedTheLake() throws Exception {
    balanceTenEvents();
    // The rows of the next events wait for a sink that is not there.
    try (StandaloneProcess up =
        StandaloneProcess.start(
            data, Map.of("CLOUDFLARE_PIPELINE_ENDPOINT", "http://127.0.0.1:9/streams/x"))) {
      assertThat(post(up, TOKEN, events(20))).isEqualTo(200);
      Await.until("the rows are written", () -> rowsOnTopic(up) == 30);
      up.kill();
    }
    passOver("hogflare.forwarder-events", "hogflare.events");
    try (StandaloneProcess up = StandaloneProcess.start(data, QUICK)) {
      assertThat(post(up, TOKEN, events(5))).isEqualTo(200);
      assertLostBeforeSink("hogflare.events", 20);
      assertThat(CommandLine.run(data, "reconcile").lines())
          .last()
          .isEqualTo("20 missing, 0 doubled");
    }
  }

  /** Brings ten events into the lake and stops. */
  private void balanceTenEvents() throws Exception {
    try (StandaloneProcess up = StandaloneProcess.start(data, QUICK)) {
      assertThat(post(up, TOKEN, events(10))).isEqualTo(200);
      assertThat(CommandLine.run(data, "reconcile").status()).isZero();
      up.stop();
    }
  }

  /** Lets a group pass over all of a topic while our pipeline rests. */
  private void passOver(String group, String topic) throws Exception {
    try (StandaloneProcess up = StandaloneProcess.start(data, RESTING)) {
      passOver(up, group, topic);
      up.stop();
    }
  }

  /** Checks that the books miss so many rows of a topic, and nothing else. */
  private void assertLostBeforeSink(String topic, long rows) {
    JsonNode books = unbalanced(rows, 0);
    long named = 0;
    for (JsonNode finding : books.path("findings")) {
      assertThat(finding.path("kind").asText()).isEqualTo("lost_before_sink");
      assertThat(finding.path("topic").asText()).isEqualTo(topic);
      assertThat(finding.path("last_offset").asLong())
          .isGreaterThanOrEqualTo(finding.path("first_offset").asLong());
      named += finding.path("count").asLong();
    }
    assertThat(named).isEqualTo(rows);
  }

  private JsonNode unbalanced(long missing, long doubled) {
    CommandLine reconcile = CommandLine.run(data, "reconcile", "--json");
    assertThat(reconcile.status()).as(reconcile.toString()).isEqualTo(1);
    JsonNode books = reconcile.json();
    assertThat(books.path("missing").asLong()).isEqualTo(missing);
    assertThat(books.path("doubled").asLong()).isEqualTo(doubled);
    return books;
  }

  @Test
  void namesTheRawEventsThatNobodyProcessedAndTheRowsThatNobodySent() throws Exception {
    balanceTenEvents();
    try (StandaloneProcess up = StandaloneProcess.start(data, RESTING)) {
      storeAndCount(up, 3);
      passOver(up, "hogflare.person-processor", "hogflare.events.raw");
      forgeRow(up);
      up.stop();
    }
    try (StandaloneProcess up = StandaloneProcess.start(data, QUICK)) {
      assertThat(post(up, TOKEN, events(5))).isEqualTo(200);
      JsonNode books = unbalanced(3, 1);
      Map<String, Long> kinds = new HashMap<>();
      for (JsonNode finding : books.path("findings")) {
        kinds.merge(finding.path("kind").asText(), finding.path("count").asLong(), Long::sum);
      }
      assertThat(kinds).isEqualTo(Map.of("lost_before_rows", 3L, "unknown", 1L));
    }
  }

  private static List<Map<String, Object>> events(int count) {
    List<Map<String, Object>> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Map<String, Object> event = event("seen", "user-" + i % 7);
      event.put("uuid", UUID.randomUUID().toString());
      events.add(event);
    }
    return events;
  }

  private static int post(StandaloneProcess up, String token, List<Map<String, Object>> events)
      throws IOException, InterruptedException {
    return post(up, "/batch/", Json.text(Json.batch(token, events)));
  }

  private static int post(StandaloneProcess up, String path, String json)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(up.gateway() + path))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json))
            .build();
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
    }
  }

  private String kafka() {
    try {
      return Json.parse(Files.readString(data.resolve("run").resolve("up.json")))
          .path("kafka")
          .asText();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private long rowsOnTopic(StandaloneProcess up) {
    assertThat(up.gateway()).isNotNull();
    return rowsOn(new Topics("hogflare.").events());
  }

  private long rowsOn(Topic topic) {
    return new TopicLog(kafka()).all(topic).size();
  }

  /** Makes a group believe that it has finished a topic. */
  private void passOver(StandaloneProcess up, String group, String topic) throws Exception {
    assertThat(up.gateway()).isNotNull();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka()))) {
      Map<TopicPartition, OffsetSpec> all = new HashMap<>();
      for (int partition = 0; partition < PARTITIONS; partition++) {
        all.put(new TopicPartition(topic, partition), OffsetSpec.latest());
      }
      Map<TopicPartition, ListOffsetsResultInfo> ends = admin.listOffsets(all).all().get();
      Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
      ends.forEach((key, end) -> offsets.put(key, new OffsetAndMetadata(end.offset())));
      Await.until(
          "the group is empty",
          () -> {
            try {
              admin.alterConsumerGroupOffsets(group, offsets).all().get();
              return true;
            } catch (ExecutionException e) {
              return false;
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          });
    }
  }

  private KafkaProducer<byte[], byte[]> producer() {
    return new KafkaProducer<>(
        Map.of("bootstrap.servers", kafka()), new ByteArraySerializer(), new ByteArraySerializer());
  }

  private static void send(
      KafkaProducer<byte[], byte[]> producer, ProducerRecord<byte[], byte[]> record) {
    try {
      assertThat(producer.send(record).get().hasOffset()).isTrue();
    } catch (ExecutionException e) {
      throw new AssertionError("Kafka does not take " + record, e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long now() {
    return System.currentTimeMillis() * 1_000;
  }

  /** Does what a gateway does. */
  private void storeAndCount(StandaloneProcess up, int count) {
    assertThat(up.gateway()).isNotNull();
    long at = now();
    try (KafkaProducer<byte[], byte[]> producer = producer()) {
      for (int i = 0; i < count; i++) {
        ActorKey key = new ActorKey(TOKEN, "skipped");
        ProducerRecord<byte[], byte[]> record =
            new ProducerRecord<>(
                "hogflare.events.raw", key.toBytes(), "{\"event\":\"skipped\"}".getBytes(UTF_8));
        new RawEvent(key, record.value(), UUID.randomUUID(), Route.CAPTURE, at, null, null, null)
            .writeHeaders(record.headers());
        send(producer, record);
      }
      LedgerEntry entry =
          new LedgerEntry(
              Stage.GATEWAY,
              "gateway",
              "test",
              TOKEN,
              LedgerEntry.hourOf(at),
              Map.of("stored", (long) count),
              Map.of());
      send(producer, new ProducerRecord<>("hogflare.ledger", entry.key(), entry.value()));
    }
  }

  /** Writes a row that no event stands behind. */
  private void forgeRow(StandaloneProcess up) {
    assertThat(up.gateway()).isNotNull();
    String time = Instant.now().truncatedTo(ChronoUnit.MICROS).toString();
    String row =
        "{\"uuid\":\""
            + UUID.randomUUID()
            + "\",\"source\":\"posthog\",\"event\":\"forged\",\"distinct_id\":\"f\",\"created_at\":\""
            + time
            + "\",\"timestamp\":\""
            + time
            + "\",\"api_key\":\""
            + TOKEN
            + "\"}";
    try (KafkaProducer<byte[], byte[]> producer = producer()) {
      send(
          producer,
          new ProducerRecord<>(
              "hogflare.events", new ActorKey(TOKEN, "f").toBytes(), row.getBytes(UTF_8)));
    }
  }

  private static long sum(JsonNode books, String token, String name) {
    long sum = 0;
    for (JsonNode hour : books.path("hours")) {
      if (hour.path("token").asText().equals(token)) {
        sum += hour.path(name).asLong();
      }
    }
    return sum;
  }

  private static long gateway(JsonNode books, String token, String name) {
    long sum = 0;
    for (JsonNode hour : books.path("hours")) {
      if (hour.path("token").asText().equals(token)) {
        sum += hour.path("gateway").path(name).asLong();
      }
    }
    return sum;
  }
}

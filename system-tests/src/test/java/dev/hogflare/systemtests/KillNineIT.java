// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static dev.hogflare.systemtests.Json.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.Uuids;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The process is killed in the middle of a load, twice.
 *
 * <p>The clients do what SDKs do: they send a batch again until it is acknowledged. So at the end
 * every batch is, and what must be in the lake follows from what was sent alone.
 */
class KillNineIT {
  private static final String TOKEN = "phc_kill";
  private static final int CLIENTS = 4;
  private static final int USERS_OF_A_CLIENT = 25;
  private static final int ROUNDS = 45;

  /** Before it a user is a visitor. */
  private static final int IDENTIFIED_IN_ROUND = 15;

  private static final int BATCHES = CLIENTS * ROUNDS;
  private static final Map<String, String> ENVIRONMENT =
      Map.of("HOGFLARE_LAKE_COMMIT_SECONDS", "1");

  @TempDir Path data;

  private final AtomicReference<URI> gateway = new AtomicReference<>();
  private final AtomicInteger acknowledged = new AtomicInteger();
  private final AtomicInteger repeated = new AtomicInteger();

  @Test
  void losesNothingAndDoublesNothing() throws Exception {
    killUnderLoad(2, Duration.ZERO);
  }

  /** Kafka ends a transaction that stays open for ten seconds, also one that a kill left. */
  @Test
  void goesOnAfterARestThatItsTransactionsDoNotOutlast() throws Exception {
    killUnderLoad(1, Duration.ofSeconds(12));
  }

  private void killUnderLoad(int kills, Duration rest) throws Exception {
    List<String> sent = new ArrayList<>();
    StandaloneProcess up = StandaloneProcess.start(data, ENVIRONMENT);
    gateway.set(up.gateway());
    List<Future<List<String>>> clients = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(CLIENTS)) {
      for (int client = 0; client < CLIENTS; client++) {
        int number = client;
        clients.add(pool.submit(() -> load(number)));
      }
      for (int kill = 1; kill <= kills; kill++) {
        int batches = BATCHES * kill / (kills + 1);
        Await.until("enough is acknowledged for a kill", () -> acknowledged.get() >= batches);
        up.kill();
        ChaosIT.waitFor(rest);
        up = StandaloneProcess.start(data, ENVIRONMENT);
        gateway.set(up.gateway());
      }
      for (Future<List<String>> client : clients) {
        sent.addAll(client.get());
      }
      try (PipelineFixture.LakeReader lake = new PipelineFixture.LakeReader(data.resolve("lake"))) {
        assertThat(repeated).as("batches that a kill interrupted").hasPositiveValue();
        everyEventIsThereOnce(lake, sent);
        everyPersonIsWhatItsEventsSay(lake);
        theBooksBalance();
        assertThat(up.stop()).as("exit status after SIGTERM").isZero();
        everyEventIsThereOnce(lake, sent);
      }
    } finally {
      up.close();
    }
  }

  /** Sends the events of some users round by round; returns their uuids. */
  private List<String> load(int client) throws Exception {
    List<String> uuids = new ArrayList<>();
    try (HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      for (int round = 0; round < ROUNDS; round++) {
        List<Map<String, Object>> events = new ArrayList<>();
        for (int user = 0; user < USERS_OF_A_CLIENT; user++) {
          Map<String, Object> event = eventOf(client + "-" + user, round);
          String uuid = UUID.randomUUID().toString();
          event.put("uuid", uuid);
          uuids.add(uuid);
          events.add(event);
        }
        sendUntilAcknowledged(http, Json.text(Json.batch(TOKEN, events)));
        acknowledged.incrementAndGet();
      }
    }
    return uuids;
  }

  private static Map<String, Object> eventOf(String user, int round) {
    if (round == IDENTIFIED_IN_ROUND) {
      return event("$identify", "user-" + user, "$anon_distinct_id", "visitor-" + user);
    }
    return event(
        "worked",
        (round < IDENTIFIED_IN_ROUND ? "visitor-" : "user-") + user,
        "$set",
        Map.of("last", round),
        "$set_once",
        Map.of("first", round));
  }

  private void sendUntilAcknowledged(HttpClient http, String batch) throws InterruptedException {
    long deadline = System.nanoTime() + 2 * Await.PATIENCE.toNanos();
    while (System.nanoTime() < deadline) {
      URI target = gateway.get();
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(target + "/batch/"))
              .timeout(Duration.ofSeconds(10))
              .header("content-type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString(batch))
              .build();
      try {
        if (http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode() == 200) {
          return;
        }
      } catch (IOException e) {
        // Killed while it answered, or not there yet: sent again, as an SDK does.
        Await.value(gateway::get, now -> !now.equals(target));
      }
      repeated.incrementAndGet();
    }
    throw new AssertionError("A batch was not acknowledged in time.");
  }

  private static void everyEventIsThereOnce(PipelineFixture.LakeReader lake, List<String> sent) {
    String count = Integer.toString(sent.size());
    assertThat(
            Await.value(
                () -> lake.rows("select count(*) from hogflare_events"),
                rows -> rows.equals(List.of(count))))
        .containsExactly(count);
    assertThat(new TreeSet<>(lake.rows("select uuid from hogflare_events")))
        .isEqualTo(new TreeSet<>(sent));
  }

  private void theBooksBalance() {
    CommandLine reconcile = CommandLine.run(data, "reconcile");
    assertThat(reconcile.lines())
        .as(reconcile.toString())
        .last()
        .isEqualTo("nothing missing, nothing doubled");
    assertThat(reconcile.status()).isZero();
  }

  private static void everyPersonIsWhatItsEventsSay(PipelineFixture.LakeReader lake) {
    List<String> expected = new ArrayList<>();
    for (int client = 0; client < CLIENTS; client++) {
      for (int user = 0; user < USERS_OF_A_CLIENT; user++) {
        String id = client + "-" + user;
        expected.add(
            Uuids.person(new ActorKey(TOKEN, "visitor-" + id))
                + " | [user-"
                + id
                + ", visitor-"
                + id
                + "] | "
                + ROUNDS
                + " | {\"first\":0,\"last\":"
                + (ROUNDS - 1)
                + "}");
      }
    }
    expected.sort(null);
    String latest =
        "select person_id, list_sort(distinct_ids), version, merged_properties from hogflare_persons"
            + " qualify row_number() over (partition by person_id order by version desc) = 1"
            + " order by person_id";
    assertThat(Await.value(() -> lake.rows(latest), expected::equals)).isEqualTo(expected);
    // One snapshot for each event, each of another version: no update was lost or done twice.
    assertThat(
            lake.rows(
                "select count(*), count(distinct source_event_uuid),"
                    + " count(distinct (person_id, version)) from hogflare_persons"))
        .containsExactly(
            String.join(
                " | ", Collections.nCopies(3, Integer.toString(BATCHES * USERS_OF_A_CLIENT))));
    assertThat(
            lake.rows(
                "select count(*) from hogflare_events e where person_id <> (select person_id from"
                    + " hogflare_persons p where p.source_event_uuid = e.uuid)"))
        .containsExactly("0");
  }
}

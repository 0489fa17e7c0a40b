// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static dev.hogflare.systemtests.Json.event;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ActorKey;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Merges that cross partitions while events of all ids come in from many clients. */
class MergeUnderLoadIT {
  private static final long SEED = 20_251_121;
  private static final int PARTITIONS = 16;
  private static final int CLIENTS = 8;
  private static final int PROJECTS = 4;
  private static final int EVENTS_OF_AN_ID = 150;

  /** Two users, each with two devices. */
  private static final Map<String, List<String>> DEVICES =
      Map.of(
          "user-1", List.of("phone-1", "laptop-1"),
          "user-2", List.of("phone-2", "laptop-2"));

  @TempDir Path data;

  @Test
  void unitesTwoUsersWithTheirDevicesAndKeepsEveryEventInOrder() throws Exception {
    try (PipelineFixture pipeline =
        PipelineFixture.start(data, Map.of("HOGFLARE_PARTITIONS", Integer.toString(PARTITIONS)))) {
      Map<ActorKey, Integer> sent = load(pipeline);

      long total = sent.values().stream().mapToInt(Integer::intValue).sum();
      pipeline.awaitRows("select count(*) from hogflare_events", Long.toString(total));
      assertThat(pipeline.rows("select count(*) from hogflare_events_raw"))
          .containsExactly(Long.toString(total));
      everyIdHasItsEventsInOrder(pipeline, sent);
      everyProjectHasTwoPersons(pipeline);
      everyRowBelongsToItsPerson(pipeline);
      CounterEquations.assertHold(pipeline);
    }
  }

  /** Returns how many events each id sent. */
  private static Map<ActorKey, Integer> load(PipelineFixture pipeline) throws Exception {
    List<Script> scripts = new ArrayList<>();
    for (int project = 0; project < PROJECTS; project++) {
      String token = "phc_merge_" + project;
      DEVICES.forEach(
          (user, devices) -> {
            scripts.add(new Script(token, user, devices));
            devices.forEach(device -> scripts.add(new Script(token, device, List.of())));
          });
    }
    List<Future<?>> clients = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(CLIENTS)) {
      for (int client = 0; client < CLIENTS; client++) {
        int first = client;
        Random random = new Random(SEED + client);
        clients.add(
            pool.submit(
                () -> {
                  List<Script> own = new ArrayList<>();
                  for (int i = first; i < scripts.size(); i += CLIENTS) {
                    own.add(scripts.get(i));
                  }
                  while (!own.isEmpty()) {
                    Script script = own.get(random.nextInt(own.size()));
                    pipeline.storeBatch(script.token, script.next(random));
                    own.removeIf(Script::done);
                  }
                }));
      }
      for (Future<?> client : clients) {
        client.get();
      }
    } catch (ExecutionException e) {
      throw new AssertionError("A client failed; the seed is " + SEED + ".", e.getCause());
    }
    Map<ActorKey, Integer> sent = new HashMap<>();
    scripts.forEach(script -> sent.put(new ActorKey(script.token, script.id), script.n));
    return sent;
  }

  /** What one id sends: numbered events, and identifies in between if it is a user. */
  private static final class Script {
    private final String token;
    private final String id;
    private final List<String> devices;
    private int n;

    Script(String token, String id, List<String> devices) {
      this.token = token;
      this.id = id;
      this.devices = devices;
    }

    /** Returns the next batch. */
    List<Map<String, Object>> next(Random random) {
      List<Map<String, Object>> batch = new ArrayList<>();
      int size = 1 + random.nextInt(5);
      for (int i = 0; i < size && !done(); i++) {
        String device = deviceOrNull(random);
        batch.add(
            device == null
                ? event("worked", id, "n", n, "$set", Map.of("last_of_" + id, n))
                : event("$identify", id, "n", n, "$anon_distinct_id", device));
        n++;
      }
      return batch;
    }

    /** Returns the device that the next event names; a user's last events name each of them. */
    private String deviceOrNull(Random random) {
      int left = EVENTS_OF_AN_ID - n;
      if (left <= devices.size()) {
        return devices.get(left - 1);
      }
      return devices.isEmpty() || random.nextInt(10) > 0
          ? null
          : devices.get(random.nextInt(devices.size()));
    }

    boolean done() {
      return n == EVENTS_OF_AN_ID;
    }
  }

  private static void everyIdHasItsEventsInOrder(
      PipelineFixture pipeline, Map<ActorKey, Integer> sent) {
    Map<ActorKey, List<Integer>> rows = new HashMap<>();
    Set<Integer> partitions = new HashSet<>();
    for (ConsumerRecord<byte[], byte[]> record : pipeline.log().all(pipeline.topics().events())) {
      partitions.add(record.partition());
      int n = Json.parse(new String(record.value(), UTF_8)).at("/properties/n").asInt();
      rows.computeIfAbsent(TopicLog.actor(record), key -> new ArrayList<>()).add(n);
    }
    assertThat(rows.keySet()).isEqualTo(sent.keySet());
    rows.forEach(
        (key, numbers) ->
            assertThat(numbers)
                .as("the events of %s, seed %d", key, SEED)
                .isEqualTo(IntStream.range(0, sent.get(key)).boxed().toList()));
    assertThat(partitions).as("the load is spread").hasSizeGreaterThan(PARTITIONS / 2);
  }

  private static void everyProjectHasTwoPersons(PipelineFixture pipeline) {
    for (int project = 0; project < PROJECTS; project++) {
      String token = "phc_merge_" + project;
      Set<String> persons = new TreeSet<>();
      DEVICES.forEach(
          (user, devices) -> {
            Set<String> ids = new TreeSet<>(devices);
            ids.add(user);
            Set<String> found = new TreeSet<>();
            for (String id : ids) {
              // The last rows may be there while the last merge is still under way.
              Answer answer =
                  Await.value(
                      () -> pipeline.admin("/persons/" + token + "/" + id),
                      a ->
                          a.status() == 200
                              && a.json().at("/record/distinct_ids").size() == ids.size());
              assertThat(answer.status()).as("%s: %s", id, answer.body()).isEqualTo(200);
              found.add(answer.json().at("/record/uuid").asText());
              Set<String> distinctIds = new TreeSet<>();
              answer
                  .json()
                  .at("/record/distinct_ids")
                  .forEach(distinctId -> distinctIds.add(distinctId.asText()));
              assertThat(distinctIds).as("the ids of %s, seed %d", id, SEED).isEqualTo(ids);
              assertThat(answer.json().at("/record/properties/last_of_" + id).isInt()).isTrue();
            }
            assertThat(found).as("the person of %s, seed %d", ids, SEED).hasSize(1);
            persons.addAll(found);
          });
      assertThat(persons).hasSize(2);
    }
  }

  /**
   * A row that raced a merge may carry the id of the person that was absorbed; an override says so.
   */
  private static void everyRowBelongsToItsPerson(PipelineFixture pipeline) {
    Map<ActorKey, String> overrides = new HashMap<>();
    pipeline
        .log()
        .all(pipeline.topics().personOverrides())
        .forEach(
            record ->
                overrides.put(
                    TopicLog.actor(record),
                    Json.parse(new String(record.value(), UTF_8)).path("person_id").asText()));
    for (String row :
        pipeline.rows("select distinct api_key, distinct_id, person_id from hogflare_events")) {
      String[] values = row.split(" \\| ");
      String person =
          pipeline
              .admin("/persons/" + values[0] + "/" + values[1])
              .json()
              .at("/record/uuid")
              .asText();
      if (!person.equals(values[2])) {
        assertThat(overrides)
            .as("the row %s, seed %d", row, SEED)
            .containsEntry(new ActorKey(values[0], values[1]), person);
      }
    }
  }
}

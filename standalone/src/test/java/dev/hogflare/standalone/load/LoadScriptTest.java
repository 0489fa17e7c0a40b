// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class LoadScriptTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int EVENTS = 20_000;

  @Test
  void sendsTheSameEventsForTheSameSeedAndOthersForAnother() throws IOException {
    assertThat(events(plan(7, true), true)).isEqualTo(events(plan(7, true), true));
    assertThat(events(plan(7, true), true)).isNotEqualTo(events(plan(8, true), true));
  }

  @Test
  void sendsAsManyDifferentEventsAsWereAskedFor() throws IOException {
    Set<String> uuids = new HashSet<>();
    List<JsonNode> first = events(plan(7, true), false);
    first.forEach(event -> uuids.add(event.path("uuid").asText()));
    assertThat(first).hasSize(EVENTS);
    assertThat(uuids).hasSize(EVENTS);
    List<JsonNode> all = events(plan(7, true), true);
    assertThat(all).as("with repeats").hasSizeGreaterThan(EVENTS);
    assertThat(uuids).containsAll(all.stream().map(e -> e.path("uuid").asText()).toList());
  }

  @Test
  void sendsEveryKindOfEvent() throws IOException {
    List<JsonNode> events = events(plan(7, true), false);
    for (String name :
        List.of(
            "$pageview", "$identify", "$create_alias", "$merge_dangerously", "$groupidentify")) {
      assertThat(count(events, e -> e.path("event").asText().equals(name)))
          .as(name)
          .isGreaterThan(10);
    }
    for (String property : List.of("$set", "$set_once", "$unset", "$groups")) {
      assertThat(count(events, e -> e.path("properties").has(property)))
          .as(property)
          .isGreaterThan(100);
    }
    assertThat(count(events, e -> e.has("timestamp"))).as("late ones").isGreaterThan(100);
    assertThat(
            count(
                events, e -> e.at("/properties/$process_person_profile").asText().equals("false")))
        .as("without person")
        .isGreaterThan(100);
  }

  @Test
  void everyIdSendsThroughOneClient() throws IOException {
    Map<String, Integer> clients = new HashMap<>();
    for (int client = 0; client < LoadPlan.CLIENTS; client++) {
      for (JsonNode event : events(plan(7, false), client, false)) {
        int sender = client;
        assertThat(clients.computeIfAbsent(event.path("distinct_id").asText(), id -> sender))
            .isEqualTo(client);
      }
    }
  }

  @Test
  void withoutConflictsNobodyIsUnitedWithTwoUsers() throws IOException {
    assertThat(contested(events(plan(7, false), false))).isEmpty();
    assertThat(contested(events(plan(7, true), false))).as("with conflicts").isNotEmpty();
  }

  /** Returns the ids that two others want, or that are wanted although they want somebody. */
  private static Set<String> contested(List<JsonNode> events) {
    Map<String, Set<String>> wantedBy = new HashMap<>();
    Set<String> wanting = new HashSet<>();
    for (JsonNode event : events) {
      JsonNode properties = event.path("properties");
      String other =
          properties.path("$anon_distinct_id").asText(properties.path("alias").asText(""));
      boolean unites = !other.isEmpty() && !properties.has("$process_person_profile");
      if (unites) {
        String id = event.path("distinct_id").asText();
        wanting.add(id);
        wantedBy.computeIfAbsent(other, o -> new TreeSet<>()).add(id);
      }
    }
    Set<String> contested = new TreeSet<>();
    wantedBy.forEach(
        (other, ids) -> {
          if (ids.size() > 1 || wanting.contains(other)) {
            contested.add(other);
          }
        });
    return contested;
  }

  @Test
  void endsWithItsLastEvent() {
    Iterator<LoadRequest> script = new LoadPlan(1, 1, 1, LoadPlan.TOKEN, true).script(0);
    assertThat(script.next().events()).isEqualTo(1);
    assertThat(script.hasNext()).isFalse();
    assertThatThrownBy(script::next).isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void aPlanNeedsEventsAndClients() {
    assertThatThrownBy(() -> new LoadPlan(1, 0, 8, LoadPlan.TOKEN, true))
        .hasMessageContaining("not 0 and 8");
    assertThatThrownBy(() -> new LoadPlan(1, 1, 1_001, LoadPlan.TOKEN, true))
        .hasMessageContaining("1 to 1000 clients");
  }

  private static LoadPlan plan(long seed, boolean conflicts) {
    return new LoadPlan(seed, EVENTS, LoadPlan.CLIENTS, LoadPlan.TOKEN, conflicts);
  }

  private static long count(List<JsonNode> events, Predicate<JsonNode> which) {
    return events.stream().filter(which).count();
  }

  private static List<JsonNode> events(LoadPlan plan, boolean repeats) throws IOException {
    List<JsonNode> events = new ArrayList<>();
    for (int client = 0; client < plan.clients(); client++) {
      events.addAll(events(plan, client, repeats));
    }
    return events;
  }

  private static List<JsonNode> events(LoadPlan plan, int client, boolean repeats)
      throws IOException {
    List<JsonNode> events = new ArrayList<>();
    Iterator<LoadRequest> script = plan.script(client);
    while (script.hasNext()) {
      LoadRequest request = script.next();
      if (request.repeat() && !repeats) {
        continue;
      }
      JsonNode body = JSON.readTree(request.body());
      assertThat(body.path("api_key").asText()).isEqualTo(LoadPlan.TOKEN);
      if (body.has("batch")) {
        assertThat(request.path()).isEqualTo("/batch/");
        assertThat(body.path("batch")).hasSize(request.events());
        body.path("batch").forEach(events::add);
      } else {
        assertThat(request.events()).isEqualTo(1);
        events.add(body);
      }
    }
    return events;
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class VisitScriptTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final LocalDate LAST = LocalDate.of(2026, 11, 20);
  private static final int EVENTS = 60_000;
  private static final int DAYS = 14;

  @Test
  void comesBackAsOftenAsItSays() throws IOException {
    Map<String, TreeSet<LocalDate>> days = new HashMap<>();
    for (JsonNode event : events(7)) {
      String visitor = event.path("properties").path("$device_id").asText();
      Instant at = Instant.parse(event.path("timestamp").asText());
      // The last visitor of a client may have been cut short.
      days.computeIfAbsent(visitor, v -> new TreeSet<>())
          .add(LocalDate.ofInstant(at, ZoneOffset.UTC));
    }
    assertThat(days.values()).allMatch(of -> !of.first().isBefore(LAST.minusDays(DAYS - 1)));
    for (int after : List.of(1, 3, 7)) {
      double back = 0;
      double could = 0;
      for (TreeSet<LocalDate> of : days.values()) {
        if (!of.first().plusDays(after).isAfter(LAST)) {
          could++;
          back += of.contains(of.first().plusDays(after)) ? 1 : 0;
        }
      }
      assertThat(back / could)
          .as("%s days", after)
          .isCloseTo(VisitScript.comesBack(after), within(0.03));
    }
  }

  @Test
  void sendsAsManyDifferentEventsAsWereAskedForAndTheSameForTheSameSeed() throws IOException {
    List<JsonNode> events = events(7);
    Set<String> uuids = new HashSet<>();
    events.forEach(event -> uuids.add(event.path("uuid").asText()));
    assertThat(events).hasSize(EVENTS).isEqualTo(events(7)).isNotEqualTo(events(8));
    assertThat(uuids).hasSize(EVENTS);
    assertThat(events)
        .extracting(event -> event.path("event").asText())
        .contains("$pageview", "$identify", "order");
  }

  @Test
  void liesBackOverAYearAtMost() {
    assertThatThrownBy(() -> new LoadPlan(1, 1, 1, LoadPlan.TOKEN, true, 367, 20_000))
        .hasMessageContaining("at most 366 days, not 367");
  }

  private static List<JsonNode> events(long seed) throws IOException {
    LoadPlan plan =
        new LoadPlan(
            seed, EVENTS, LoadPlan.CLIENTS, LoadPlan.TOKEN, false, DAYS, (int) LAST.toEpochDay());
    List<JsonNode> events = new ArrayList<>();
    for (int client = 0; client < plan.clients(); client++) {
      Iterator<LoadRequest> script = plan.script(client);
      while (script.hasNext()) {
        LoadRequest request = script.next();
        JsonNode batch = JSON.readTree(request.body()).path("batch");
        assertThat(batch).hasSize(request.events());
        batch.forEach(events::add);
      }
    }
    return events;
  }
}

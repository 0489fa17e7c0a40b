// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.DistinctIds;
import dev.hogflare.contract.ErrorCode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Everything that twelve published SDKs were seen to send gives the rows that it means. */
@ExtendWith(SharedPipeline.class)
class RecordingsReplayIT {
  /** The key of all recordings. */
  private static final String TOKEN = "phc_test";

  @Test
  void givesOneRowForEveryEventHoweverOftenItWasSent(PipelineFixture pipeline) {
    Map<String, String> byUuid = new TreeMap<>();
    Map<String, JsonNode> sessionParts = new TreeMap<>();
    List<String> withoutUuid = new ArrayList<>();
    Set<String> cookieless = new HashSet<>();
    int nameless = 0;
    int sent = 0;
    for (Recordings.Request post : Recordings.posts()) {
      Answer answer =
          pipeline.post(post.path(), post.body(), post.contentType(), post.otherHeaders());
      assertThat(answer.status())
          .as("%s %s: %s", post.scenario(), post.path(), answer.body())
          .isEqualTo(post.path().contains("beacon=1") ? 204 : 200);
      for (JsonNode item : post.items()) {
        sent++;
        String row = eventOf(post, item) + " | " + distinctIdOf(item);
        if (item.at("/properties/distinct_id").asText().equals(DistinctIds.COOKIELESS)) {
          cookieless.add(item.path("uuid").asText());
        }
        if (item.path("event").asText("-").isEmpty()) {
          nameless++;
        } else if (item.has("uuid")) {
          byUuid.put(item.path("uuid").asText(), row);
          if (post.path().startsWith("/s/")) {
            sessionParts.put(item.path("uuid").asText(), item.at("/properties/$snapshot_data"));
          }
        } else {
          withoutUuid.add(row);
        }
      }
    }
    // The recordings are what they were: retries are among them, and an SDK without uuids.
    assertThat(sent).isGreaterThan(byUuid.size() + withoutUuid.size() + nameless);
    assertThat(withoutUuid).isNotEmpty();

    pipeline.awaitEvents(TOKEN, byUuid.size() + withoutUuid.size());
    Map<String, String> rows = new TreeMap<>();
    List<String> others = new ArrayList<>();
    for (String row :
        pipeline.rows(
            "select uuid, event, distinct_id from hogflare_events where api_key = '"
                + TOKEN
                + "'")) {
      String uuid = row.substring(0, row.indexOf(" | "));
      String rest = row.substring(row.indexOf(" | ") + 3);
      if (cookieless.contains(uuid)) {
        assertThat(rest).contains(" | cookieless_");
        rows.put(uuid, byUuid.get(uuid));
      } else if (byUuid.containsKey(uuid)) {
        rows.put(uuid, rest);
      } else {
        others.add(rest);
      }
    }
    assertThat(rows).isEqualTo(byUuid);
    assertThat(others).containsExactlyInAnyOrderElementsOf(withoutUuid);
    assertThat(pipeline.log().dead(pipeline.topics().deadLetters(), TOKEN))
        .extracting(letter -> letter.reason().code())
        .hasSize(nameless)
        .containsOnly(ErrorCode.MISSING_EVENT);
    sessionsAreInTheLakeInPlainForm(pipeline, sessionParts);
    CounterEquations.assertHold(pipeline);
  }

  /** Whatever the generation of the recorder, every item is there and none is compressed. */
  private static void sessionsAreInTheLakeInPlainForm(
      PipelineFixture pipeline, Map<String, JsonNode> sent) {
    int compressed = 0;
    Map<String, Integer> itemsSent = new TreeMap<>();
    for (Map.Entry<String, JsonNode> part : sent.entrySet()) {
      JsonNode items = part.getValue();
      itemsSent.put(part.getKey(), items.isArray() ? items.size() : 1);
      compressed += (int) items.findParents("cv").stream().count();
    }
    assertThat(compressed).as("recorded items that an SDK compressed").isGreaterThan(5);
    Map<String, Integer> itemsStored = new TreeMap<>();
    for (String row :
        pipeline.rows(
            "select uuid, properties->'$.\"$snapshot_items\"' from hogflare_events where api_key = '"
                + TOKEN
                + "' and event = '$snapshot_items'")) {
      JsonNode items = Json.parse(row.substring(row.indexOf(" | ") + 3));
      itemsStored.put(row.substring(0, row.indexOf(" | ")), items.size());
      for (JsonNode item : items) {
        assertThat(item.has("cv")).as("%s", item).isFalse();
        if (item.path("type").asInt() == 2) {
          assertThat(item.path("data").isObject()).as("a readable snapshot: %s", item).isTrue();
        }
      }
    }
    // The oldest recorder sends no uuids.
    itemsStored.keySet().retainAll(itemsSent.keySet());
    assertThat(itemsStored).isEqualTo(itemsSent);
  }

  private static String eventOf(Recordings.Request post, JsonNode item) {
    if (post.path().startsWith("/engage")) {
      return "$engage";
    }
    return post.path().startsWith("/s/") ? "$snapshot_items" : item.path("event").asText();
  }

  private static String distinctIdOf(JsonNode item) {
    for (JsonNode id :
        List.of(
            item.path("distinct_id"),
            item.path("$distinct_id"),
            item.at("/properties/distinct_id"))) {
      if (id.isTextual()) {
        return DistinctIds.normalize(id.asText());
      }
    }
    throw new AssertionError("A recorded event without a distinct id: " + item);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What posthog-js records in a Chromium is played back by rrweb from the rows of the lake. */
class SdkRecordingIT {
  private static final String TOKEN = "phc_recording";

  @TempDir Path folder;

  @Test
  void playsACompressedRecordingBackFromATableOfItsOwn() throws IOException {
    recordAndPlay("hogflare_recordings", true, Map.of("HOGFLARE_LAKE_RECORDINGS", "apart"));
  }

  @Test
  void playsAnUncompressedRecordingBackFromAmongTheEvents() throws IOException {
    recordAndPlay("hogflare_events", false, Map.of());
  }

  private void recordAndPlay(String table, boolean compressed, Map<String, String> environment)
      throws IOException {
    Path chromium = SdkFlow.chromium();
    Map<String, String> all = new HashMap<>(environment);
    all.put("POSTHOG_SESSION_RECORDING_ENDPOINT", "/s/");
    try (PipelineFixture pipeline = PipelineFixture.start(folder.resolve("data"), all)) {
      JsonNode recorded;
      List<String> items;
      try (SdkFlow flow =
          SdkFlow.start(
              "recording-flow.mjs",
              chromium.toString(),
              pipeline.gateway().toString(),
              TOKEN,
              compressed ? "on" : "off")) {
        recorded = flow.await("recorded");
        items = itemsOf(pipeline, table, recorded);
        flow.proceed();
        theBrowserDidAsItWasTold(recorded, flow.await("finished"), compressed);
      }
      assertThat(items)
          .as("no item is compressed, and no password was ever sent")
          .noneMatch(item -> item.contains("\"cv\"") || item.contains("hunter2"));
      Path events = folder.resolve("events.json");
      Files.writeString(events, "[" + String.join(",", items) + "]");
      JsonNode played;
      try (SdkFlow flow = SdkFlow.start("playback.mjs", chromium.toString(), events.toString())) {
        played = flow.await("finished");
      }
      assertThat(played.path("warnings")).isEmpty();
      assertThat(played.path("state").asText())
          .isEqualTo(masked(recorded.path("state").asText()))
          .contains(
              "Ada Lovelace", "3 × hedgehog", "data-state=\"ordered\"", "inside 3", "Grüße 🦔");
      assertThat(pipeline.rows("select count(*) from " + other(table) + SNAPSHOTS))
          .containsExactly("0");
      CounterEquations.assertHold(pipeline);
    }
  }

  private static final String SNAPSHOTS = " where event = '$snapshot_items'";

  private static String other(String table) {
    return table.equals("hogflare_events") ? "hogflare_recordings" : "hogflare_events";
  }

  /** The recorder shows a password as asterisks; all else is as it was. */
  private static String masked(String state) {
    String secret = "hunter2-never-stored";
    assertThat(state).containsOnlyOnce(secret);
    return state.replace(secret, "*".repeat(secret.length()));
  }

  private static void theBrowserDidAsItWasTold(
      JsonNode recorded, JsonNode finished, boolean compressed) {
    int items = 0;
    for (JsonNode sent : recorded.path("sent")) {
      items += sent.path("compressed").asInt();
    }
    if (compressed) {
      assertThat(items).as("items that the SDK compressed").isPositive();
    } else {
      assertThat(items).as("items that the SDK compressed").isZero();
    }
    assertThat(finished.path("requests"))
        .isNotEmpty()
        .allSatisfy(
            request ->
                assertThat(request.path("contentType").asText())
                    .startsWith(compressed ? "text/plain" : "application/json"));
  }

  /** Waits for everything that was sent, and returns the items in the order of their time. */
  private static List<String> itemsOf(PipelineFixture pipeline, String table, JsonNode recorded) {
    int sent = 0;
    for (JsonNode each : recorded.path("sent")) {
      sent += each.path("items").asInt();
    }
    String session = recorded.path("session").asText();
    String items =
        "select created_at, coalesce(cast(properties->>'$.\"$snapshot_part\"' as int), 0) as part,"
            + " unnest(cast(properties->'$.\"$snapshot_items\"' as json[])) as item,"
            + " generate_subscripts(cast(properties->'$.\"$snapshot_items\"' as json[]), 1) as place"
            + " from "
            + table
            + SNAPSHOTS
            + " and properties->>'$.\"$session_id\"' = '"
            + session
            + "'";
    pipeline.awaitRows("select count(*) from (" + items + ")", Integer.toString(sent));
    return pipeline.rows(
        "select item from ("
            + items
            + ") order by cast(item->>'timestamp' as bigint), created_at, part, place");
  }
}

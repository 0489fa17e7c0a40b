// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An import and live events at the same time, in a pipeline of their own. */
class HistoricalIT {
  private static final String IMPORT = "phc_import";
  private static final String LIVE = "phc_live";
  private static final int FLOOD = 4_000;
  private static final int PER_SECOND = 100;

  @TempDir Path data;

  @Test
  void aFloodOfHistoricalEventsDoesNotStandBeforeLiveOnes() {
    try (PipelineFixture pipeline =
        PipelineFixture.start(
            data, Map.of("HOGFLARE_HISTORICAL_EVENTS_PER_SECOND", Integer.toString(PER_SECOND)))) {
      for (int from = 0; from < FLOOD; from += 1_000) {
        pipeline.store("/batch/", flood(from, from + 1_000));
      }
      // All of the flood is stored; now live events come one after the other.
      for (int i = 0; i < 20; i++) {
        pipeline.storeBatch(LIVE, List.of(Json.event("now", "visitor " + i)));
      }
      pipeline.awaitEvents(LIVE, 20);
      // As many as were moved meanwhile, and far from all.
      int last = 0;
      int before = 0;
      for (ConsumerRecord<byte[], byte[]> raw : pipeline.log().all(pipeline.topics().eventsRaw())) {
        last += TopicLog.actor(raw).token().equals(LIVE) ? 1 : 0;
        before += TopicLog.actor(raw).token().equals(IMPORT) && last < 20 ? 1 : 0;
      }
      assertThat(last).isEqualTo(20);
      assertThat(before).as("historical events before the live ones").isLessThan(FLOOD / 2);
      assertThat(pipeline.count("hogflare_gateway_historical_waiting"))
          .as("what waits when the live rows are there")
          .isGreaterThan(FLOOD / 4);
    }
  }

  @Test
  void whatIsImportedIsThereOnceAndUnited() {
    try (PipelineFixture pipeline = PipelineFixture.start(data, Map.of())) {
      List<Map<String, Object>> events = new ArrayList<>();
      for (int user = 0; user < 30; user++) {
        events.add(Json.event("seen", "device " + user));
        events.add(
            Json.object(
                "event",
                "$identify",
                "distinct_id",
                "user " + user,
                "properties",
                Json.object(
                    "$anon_distinct_id", "device " + user, "$set", Json.object("number", user))));
      }
      Map<String, Object> batch = historical(events);
      pipeline.store("/batch/", batch);
      pipeline.storeBatch(IMPORT, List.of(Json.event("live", "device 7")));
      pipeline.awaitEvents(IMPORT, 61);
      pipeline.awaitRows(
          "select count(distinct person_id) from hogflare_events where api_key = '" + IMPORT + "'",
          "30");
      assertThat(pipeline.count("hogflare_gateway_claims_total")).isEqualTo(30);
      Await.until(
          "the lane is empty", () -> pipeline.count("hogflare_gateway_historical_waiting") == 0);
      assertThat(pipeline.count("hogflare_gateway_historical_moved_total")).isEqualTo(60);
    }
  }

  private static Map<String, Object> flood(int from, int to) {
    List<Map<String, Object>> events = new ArrayList<>();
    for (int i = from; i < to; i++) {
      events.add(Json.event("then", "customer " + i % 50));
    }
    return historical(events);
  }

  private static Map<String, Object> historical(List<Map<String, Object>> events) {
    return Json.object("api_key", IMPORT, "historical_migration", true, "batch", events);
  }
}

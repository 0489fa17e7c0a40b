// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** Follows the rows of many projects in the lake, so that their tests need not all ask it. */
final class LakeRows implements AutoCloseable {
  private static final Duration PERIOD = Duration.ofMillis(300);

  private final PipelineFixture pipeline;
  private final String prefix;
  private final Thread loop = Thread.ofVirtual().unstarted(this::follow);
  private volatile boolean closed;
  private volatile Map<String, List<JsonNode>> events = Map.of();
  private volatile Map<String, List<JsonNode>> persons = Map.of();

  /**
   * Begins to follow.
   *
   * @param prefix how the projects' keys begin
   */
  LakeRows(PipelineFixture pipeline, String prefix) {
    this.pipeline = pipeline;
    this.prefix = prefix;
    loop.start();
  }

  private void follow() {
    while (!closed) {
      events =
          byProject(
              "select to_json(e) from (select api_key, uuid, event, distinct_id, person_id, group0,"
                  + " epoch_ms(timestamp) as millis, properties, person_properties,"
                  + " group_properties from hogflare_events where starts_with(api_key, '"
                  + prefix
                  + "')) e");
      persons =
          byProject(
              "select to_json(p) from (select api_key, person_id,"
                  + " arg_max(distinct_ids, version) as distinct_ids,"
                  + " arg_max(merged_properties, version) as properties from hogflare_persons"
                  + " where starts_with(api_key, '"
                  + prefix
                  + "') group by api_key, person_id) p");
      LockSupport.parkNanos(PERIOD.toNanos());
    }
  }

  private Map<String, List<JsonNode>> byProject(String sql) {
    Map<String, List<JsonNode>> rows = new HashMap<>();
    for (String row : pipeline.rows(sql)) {
      JsonNode json = Json.parse(row);
      rows.computeIfAbsent(json.path("api_key").asText(), key -> new ArrayList<>()).add(json);
    }
    return rows;
  }

  /** Returns the events of a project. */
  List<JsonNode> events(String projectKey) {
    return events.getOrDefault(projectKey, List.of());
  }

  /** Returns the events of a project that have a name. */
  List<JsonNode> events(String projectKey, String name) {
    return events(projectKey).stream()
        .filter(row -> row.path("event").asText().equals(name))
        .toList();
  }

  /** Returns the persons of a project as they are now. */
  List<JsonNode> persons(String projectKey) {
    return persons.getOrDefault(projectKey, List.of());
  }

  /** Whether the processors take two ids for one person's, whatever is in the lake yet. */
  boolean areOne(String projectKey, String id, String other) {
    JsonNode one = person(projectKey, id).path("record").path("id");
    return !one.isMissingNode() && one.equals(person(projectKey, other).path("record").path("id"));
  }

  private JsonNode person(String projectKey, String id) {
    String path = URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
    return pipeline.admin("/persons/" + projectKey + "/" + path).json();
  }

  @Override
  public void close() {
    closed = true;
    try {
      loop.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

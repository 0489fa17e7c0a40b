// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.cloudflare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What Cloudflare counted of the rows of one table.
 *
 * @param written rows that the sink wrote
 * @param dropped rows that the stream took and dropped, by the reason: {@code missing_field},
 *     {@code type_mismatch}, {@code parse_failure}, {@code null_value}
 */
public record SinkCounts(long written, Map<String, Long> dropped) {
  private static final String QUESTION =
      "query ($account: String!, $from: Time!, $to: Time!) { viewer { accounts(filter: {accountTag:"
          + " $account}) { written: pipelinesSinkAdaptiveGroups(limit: 10000, filter:"
          + " {datetime_geq: $from, datetime_lt: $to}) { sum { recordsWritten } dimensions {"
          + " pipelineId } } dropped: pipelinesUserErrorsAdaptiveGroups(limit: 10000, filter:"
          + " {datetime_geq: $from, datetime_lt: $to}) { count dimensions { pipelineId errorType }"
          + " } } } }";

  /** Copies the map. */
  public SinkCounts {
    dropped = Map.copyOf(dropped);
  }

  /** Returns how many rows were dropped. */
  public long allDropped() {
    return dropped.values().stream().mapToLong(Long::longValue).sum();
  }

  /**
   * Asks what was counted in a stretch of time, of each table whose pipeline exists.
   *
   * @throws CloudflareException if the account cannot be asked
   */
  public static Map<CloudflareTable, SinkCounts> between(
      CloudflareApi api, Instant from, Instant to) {
    Map<String, CloudflareTable> tables = new HashMap<>();
    for (JsonNode pipeline : api.list("pipelines")) {
      for (CloudflareTable table : CloudflareTable.values()) {
        if (table.pipeline(api.config().namespace()).equals(pipeline.path("name").asText())) {
          tables.put(pipeline.path("id").asText(), table);
        }
      }
    }
    ObjectNode question = JsonNodeFactory.instance.objectNode().put("query", QUESTION);
    question
        .putObject("variables")
        .put("account", api.config().accountId())
        .put("from", from.toString())
        .put("to", to.toString());
    JsonNode account = api.graphql(question).path("viewer").path("accounts").path(0);
    if (!account.path("written").isArray()) {
      throw new CloudflareException(
          "Cloudflare's metrics have no counts of sinks; the interface may have changed.");
    }
    Map<CloudflareTable, Long> written = new EnumMap<>(CloudflareTable.class);
    Map<CloudflareTable, Map<String, Long>> dropped = new EnumMap<>(CloudflareTable.class);
    tables.values().forEach(table -> written.put(table, 0L));
    for (JsonNode group : account.path("written")) {
      CloudflareTable table = tables.get(group.path("dimensions").path("pipelineId").asText());
      if (table != null) {
        written.merge(table, group.path("sum").path("recordsWritten").asLong(), Long::sum);
      }
    }
    for (JsonNode group : account.path("dropped")) {
      CloudflareTable table = tables.get(group.path("dimensions").path("pipelineId").asText());
      if (table != null) {
        dropped
            .computeIfAbsent(table, t -> new TreeMap<>())
            .merge(
                group.path("dimensions").path("errorType").asText("unknown"),
                group.path("count").asLong(),
                Long::sum);
      }
    }
    Map<CloudflareTable, SinkCounts> counts = new EnumMap<>(CloudflareTable.class);
    written.forEach(
        (table, rows) ->
            counts.put(table, new SinkCounts(rows, dropped.getOrDefault(table, Map.of()))));
    return counts;
  }
}

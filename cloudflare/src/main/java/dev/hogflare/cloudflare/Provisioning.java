// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.cloudflare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Creates what the rows need at Cloudflare, a stream, a sink and a pipeline for each table, and
 * removes it.
 *
 * <p>It looks first and plans then, so that a second run does nothing and one after a failure does
 * the rest. A stream's columns, a sink and a pipeline's SQL can never be changed; what exists under
 * our names and is something else is therefore a fault for the operator and never touched.
 */
public final class Provisioning {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Files with row groups of the default, 1 GB, are read whole by every query. */
  private static final long ROW_GROUP_BYTES = 32L * 1024 * 1024;

  private static final String STREAMS = "streams";
  private static final String SINKS = "sinks";
  private static final String PIPELINES = "pipelines";

  private final CloudflareApi api;
  private final CloudflareConfig config;
  private final int rollSeconds;

  /**
   * Creates the provisioning of an account.
   *
   * @param rollSeconds seconds until a sink begins a new file; Cloudflare wants 60 or more
   */
  public Provisioning(CloudflareApi api, int rollSeconds) {
    this.api = api;
    config = api.config();
    this.rollSeconds = rollSeconds;
  }

  /** What is done to one thing. */
  public enum Action {
    /** It is there and right. */
    KEEP,
    /** It is not there yet. */
    CREATE,
    /** It is there and does not take rows over HTTP. */
    OPEN,
    /** It is there and is to go. */
    DELETE
  }

  /**
   * One step of a plan.
   *
   * @param kind {@code streams}, {@code sinks} or {@code pipelines}
   * @param name the name of the thing
   * @param id its id, empty if it is not there yet
   * @param detail what it is, for the operator
   * @param table whose it is
   */
  public record Step(
      Action action, String kind, String name, String id, String detail, CloudflareTable table) {
    /** Returns the kind of one thing: {@code stream}. */
    public String thing() {
      return kind.substring(0, kind.length() - 1);
    }
  }

  /**
   * What is to be done, in order.
   *
   * @param steps the steps, those among them that do nothing
   */
  public record Plan(List<Step> steps) {
    /** Copies the list. */
    public Plan {
      steps = List.copyOf(steps);
    }

    /** Returns how many steps change something. */
    public long changes() {
      return steps.stream().filter(step -> step.action() != Action.KEEP).count();
    }
  }

  /**
   * Looks what is there and returns what has to be done.
   *
   * @throws CloudflareException if something under our names is something else; the message has a
   *     line for each
   */
  public Plan plan(Collection<CloudflareTable> tables) {
    String bucket = config.requiredBucket();
    String namespace = config.namespace();
    Map<String, JsonNode> streams = byName(STREAMS);
    Map<String, JsonNode> sinks = byName(SINKS);
    Map<String, JsonNode> pipelines = byName(PIPELINES);
    List<String> faults = new ArrayList<>();
    List<Step> steps = new ArrayList<>();
    for (CloudflareTable table : tables) {
      String name = table.stream(namespace);
      JsonNode there = streams.get(name);
      if (there == null) {
        steps.add(
            new Step(
                Action.CREATE,
                STREAMS,
                name,
                "",
                table.schema().columns().size() + " columns, HTTP with a token",
                table));
        continue;
      }
      // A list may leave the columns out.
      JsonNode whole =
          there.path("schema").path("fields").isArray()
              ? there
              : api.get(STREAMS, there.path("id").asText());
      List<String> differences = StreamColumns.differences(table.schema(), whole);
      if (!differences.isEmpty()) {
        faults.add(
            "The stream "
                + name
                + " is not ours: "
                + String.join(", ", differences)
                + "; columns cannot be changed, so remove it with deprovision or provision into"
                + " another namespace (HOGFLARE_CLOUDFLARE_NAMESPACE).");
      }
      boolean open = whole.path("http").path("enabled").asBoolean(true);
      steps.add(
          new Step(
              open ? Action.KEEP : Action.OPEN,
              STREAMS,
              name,
              there.path("id").asText(),
              open ? "" : "takes no rows over HTTP",
              table));
    }
    for (CloudflareTable table : tables) {
      String target = namespace + "." + table.schema().name();
      sink(table, bucket, target, sinks, faults, steps);
    }
    for (CloudflareTable table : tables) {
      pipeline(table, pipelines, faults, steps);
    }
    if (!faults.isEmpty()) {
      throw new CloudflareException(String.join(System.lineSeparator(), faults));
    }
    return new Plan(steps);
  }

  private void sink(
      CloudflareTable table,
      String bucket,
      String target,
      Map<String, JsonNode> sinks,
      List<String> faults,
      List<Step> steps) {
    String name = table.sink(config.namespace());
    JsonNode there = sinks.get(name);
    if (there == null) {
      steps.add(
          new Step(
              Action.CREATE,
              SINKS,
              name,
              "",
              "table " + target + " in bucket " + bucket + ", a file every " + rollSeconds + " s",
              table));
      return;
    }
    JsonNode into = there.path("config");
    String found =
        into.path("bucket").asText()
            + "/"
            + into.path("namespace").asText("default")
            + "."
            + into.path("table_name").asText();
    if (!Product.isCatalog(there.path("type").asText()) || !found.equals(bucket + "/" + target)) {
      faults.add(
          "The sink "
              + name
              + " writes to "
              + found
              + " ("
              + there.path("type").asText()
              + ") and not to "
              + bucket
              + "/"
              + target
              + "; set CLOUDFLARE_R2_BUCKET to its bucket, or remove it with deprovision.");
    }
    steps.add(new Step(Action.KEEP, SINKS, name, there.path("id").asText(), "", table));
  }

  private void pipeline(
      CloudflareTable table,
      Map<String, JsonNode> pipelines,
      List<String> faults,
      List<Step> steps) {
    String name = table.pipeline(config.namespace());
    JsonNode there = pipelines.get(name);
    if (there == null) {
      steps.add(new Step(Action.CREATE, PIPELINES, name, "", sql(table), table));
      return;
    }
    String sql = there.path("sql").asText("");
    if (!sql.isEmpty() && !plain(sql).equals(plain(sql(table)))) {
      faults.add(
          "The pipeline "
              + name
              + " does something else ("
              + CloudflareApi.shown(sql)
              + ") than "
              + sql(table)
              + "; remove it with deprovision.");
    }
    String status = there.path("status").asText("");
    steps.add(
        new Step(
            Action.KEEP,
            PIPELINES,
            name,
            there.path("id").asText(),
            status.equals("failed")
                ? "failed: " + CloudflareApi.shown(there.path("failure_reason").asText("no reason"))
                : status,
            table));
  }

  private String sql(CloudflareTable table) {
    return "INSERT INTO "
        + table.sink(config.namespace())
        + " SELECT * FROM "
        + table.stream(config.namespace())
        + ";";
  }

  private static String plain(String sql) {
    return sql.toLowerCase(Locale.ROOT).replaceAll("[\\s;\"]+", " ").strip();
  }

  /**
   * Does what a plan says and returns the URL of each table's stream.
   *
   * @param told is told of each step that was done
   * @throws CloudflareException if a step fails; those before it are done, and the next plan has
   *     the rest
   */
  public Map<CloudflareTable, String> apply(Plan plan, Consumer<Step> told) {
    Map<CloudflareTable, String> endpoints = new EnumMap<>(CloudflareTable.class);
    for (Step step : plan.steps()) {
      switch (step.action()) {
        case CREATE -> {
          JsonNode made = api.create(step.kind(), body(step));
          if (step.kind().equals(STREAMS)) {
            endpoints.put(step.table(), endpoint(made));
          }
          told.accept(step);
        }
        case OPEN -> {
          ObjectNode change = NODES.objectNode();
          change.putObject("http").put("enabled", true).put("authentication", true);
          api.change(step.kind(), step.id(), change);
          endpoints.put(step.table(), endpoint(api.get(STREAMS, step.id())));
          told.accept(step);
        }
        case KEEP -> {
          if (step.kind().equals(STREAMS)) {
            endpoints.put(step.table(), endpoint(api.get(STREAMS, step.id())));
          }
        }
        case DELETE -> {
          api.delete(step.kind(), step.id());
          told.accept(step);
        }
      }
    }
    return endpoints;
  }

  private ObjectNode body(Step step) {
    return switch (step.kind()) {
      case STREAMS -> streamBody(step);
      case SINKS -> sinkBody(step);
      default -> NODES.objectNode().put("name", step.name()).put("sql", sql(step.table()));
    };
  }

  private static ObjectNode streamBody(Step step) {
    ObjectNode body = NODES.objectNode().put("name", step.name());
    body.putObject("format")
        .put("type", "json")
        .put("timestamp_format", "rfc3339")
        .put("unstructured", false);
    try {
      body.set("schema", JSON.readTree(step.table().schema().toPipelineSchema()));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A stream's schema is no JSON.", e);
    }
    body.putObject("http").put("enabled", true).put("authentication", true);
    body.putObject("worker_binding").put("enabled", false);
    return body;
  }

  private ObjectNode sinkBody(Step step) {
    ObjectNode body =
        NODES.objectNode().put("name", step.name()).put("type", config.product().sinkType());
    ObjectNode into = body.putObject("config");
    into.put("account_id", config.accountId())
        .put("bucket", config.requiredBucket())
        .put("namespace", config.namespace())
        .put("table_name", step.table().schema().name())
        .put("token", config.catalogToken());
    into.putObject("rolling_policy").put("interval_seconds", rollSeconds);
    body.putObject("format")
        .put("type", "parquet")
        .put("compression", "zstd")
        .put("row_group_bytes", ROW_GROUP_BYTES);
    return body;
  }

  private static String endpoint(JsonNode stream) {
    String endpoint = stream.path("endpoint").asText("");
    if (!endpoint.isEmpty()) {
      return endpoint.contains("://") ? endpoint : "https://" + endpoint;
    }
    String id = stream.path("id").asText("");
    if (id.isEmpty()) {
      throw new CloudflareException(
          "Cloudflare told neither the endpoint nor the id of a stream; give the command again.");
    }
    return "https://" + id + ".ingest.cloudflare.com";
  }

  /** Returns the steps that remove what is there under our names: pipelines, sinks, streams. */
  public Plan removal(Collection<CloudflareTable> tables) {
    List<Step> steps = new ArrayList<>();
    String namespace = config.namespace();
    Map<String, JsonNode> pipelines = byName(PIPELINES);
    Map<String, JsonNode> sinks = byName(SINKS);
    Map<String, JsonNode> streams = byName(STREAMS);
    tables.forEach(table -> removal(PIPELINES, table.pipeline(namespace), pipelines, table, steps));
    tables.forEach(table -> removal(SINKS, table.sink(namespace), sinks, table, steps));
    tables.forEach(table -> removal(STREAMS, table.stream(namespace), streams, table, steps));
    return new Plan(steps);
  }

  private static void removal(
      String kind,
      String name,
      Map<String, JsonNode> there,
      CloudflareTable table,
      List<Step> steps) {
    JsonNode found = there.get(name);
    if (found != null) {
      steps.add(new Step(Action.DELETE, kind, name, found.path("id").asText(), "", table));
    }
  }

  /** Returns the state of each table's pipeline, in Cloudflare's words; those that exist. */
  public Map<CloudflareTable, String> states(Collection<CloudflareTable> tables) {
    Map<String, JsonNode> pipelines = byName(PIPELINES);
    Map<CloudflareTable, String> states = new EnumMap<>(CloudflareTable.class);
    for (CloudflareTable table : tables) {
      JsonNode pipeline = pipelines.get(table.pipeline(config.namespace()));
      if (pipeline != null) {
        String reason = pipeline.path("failure_reason").asText("");
        states.put(
            table,
            pipeline.path("status").asText("unknown")
                + (reason.isEmpty() ? "" : " (" + CloudflareApi.shown(reason) + ")"));
      }
    }
    return states;
  }

  private Map<String, JsonNode> byName(String kind) {
    Map<String, JsonNode> byName = new HashMap<>();
    api.list(kind).forEach(entry -> byName.put(entry.path("name").asText(), entry));
    return byName;
  }
}

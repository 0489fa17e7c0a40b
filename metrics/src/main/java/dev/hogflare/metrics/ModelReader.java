// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.metrics;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.hogflare.metrics.Metric.Aggregate;
import dev.hogflare.metrics.Metric.Derived;
import dev.hogflare.metrics.Metric.Formula;
import dev.hogflare.metrics.Metric.Function;
import dev.hogflare.metrics.Metric.Funnel;
import dev.hogflare.metrics.Metric.Ratio;
import dev.hogflare.metrics.Model.Relationship;
import dev.hogflare.metrics.Model.Segment;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads models in the native format of sidemantic, as strictly as that does, and with its traps as
 * errors.
 *
 * <p>The format and the traps are those of sidemantic 0.10: unknown keys are errors there; what
 * else is refused here loads there and then answers something else than it seems to say.
 */
public final class ModelReader {
  /** The files that the product brings along. */
  static final List<String> FILES =
      List.of(
          "events.yml",
          "pageviews.yml",
          "sessions.yml",
          "activity_days.yml",
          "persons.yml",
          "person_profiles.yml",
          "identity_links.yml",
          "groups.yml",
          "attribution.yml",
          "first_event_retention.yml",
          "error_events.yml",
          "error_issues.yml",
          "metrics.yml");

  private static final long MAX_FILE_BYTES = 1_000_000;

  private static final ObjectMapper YAML =
      new YAMLMapper(
              YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private static final Set<String> ROOT =
      Set.of(
          "version",
          "connection",
          "models",
          "metrics",
          "parameters",
          "metadata",
          "sql_metrics",
          "sql_segments");
  private static final Set<String> MODEL =
      Set.of(
          "name",
          "table",
          "sql",
          "source_uri",
          "extends",
          "dax",
          "primary_key",
          "primary_key_columns",
          "unique_keys",
          "description",
          "label",
          "metadata",
          "meta",
          "auto_dimensions",
          "dimensions",
          "metrics",
          "measures",
          "relationships",
          "segments",
          "pre_aggregations",
          "security",
          "default_time_dimension",
          "default_grain",
          "freshness",
          "sql_metrics",
          "sql_segments");
  private static final Set<String> DIMENSION =
      Set.of(
          "name",
          "type",
          "sql",
          "expr",
          "granularity",
          "supported_granularities",
          "description",
          "label",
          "format",
          "value_format_name",
          "parent",
          "window",
          "public",
          "uri",
          "synonyms",
          "sample_values",
          "metadata",
          "meta");
  private static final Set<String> METRIC =
      Set.of(
          "name",
          "extends",
          "type",
          "agg",
          "sql",
          "expr",
          "measure",
          "filters",
          "description",
          "label",
          "format",
          "value_format_name",
          "fill_nulls_with",
          "drill_fields",
          "non_additive_dimension",
          "non_additive_window",
          "non_additive_window_groupings",
          "synonyms",
          "public",
          "metadata",
          "meta",
          "numerator",
          "denominator",
          "offset_window",
          "window_expression",
          "window",
          "grain_to_date",
          "window_frame",
          "window_order",
          "base_metric",
          "comparison_type",
          "time_offset",
          "calculation",
          "entity",
          "steps",
          "base_event",
          "conversion_event",
          "conversion_window",
          "cohort_event",
          "activity_event",
          "periods",
          "retention_granularity",
          "granularity",
          "inner_metrics",
          "having",
          "entity_dimensions");
  private static final Set<String> RELATIONSHIP =
      Set.of(
          "name",
          "type",
          "foreign_key",
          "foreign_key_columns",
          "primary_key",
          "primary_key_columns",
          "through",
          "through_foreign_key",
          "through_foreign_key_columns",
          "related_foreign_key",
          "related_foreign_key_columns",
          "sql",
          "metadata");
  private static final Set<String> SEGMENT = Set.of("name", "sql", "description", "public");

  private static final Set<String> GRAINS =
      Set.of("second", "minute", "hour", "day", "week", "month", "quarter", "year");
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,62}");
  private static final Pattern VARIABLE =
      Pattern.compile("\\$\\{(?<name>[A-Za-z_][A-Za-z0-9_]*)(?<or>:-(?<value>[^}]*))?\\}");
  private static final Pattern UPPER = Pattern.compile("\\$[A-Z_][A-Z0-9_]*");

  /** What only DuckDB understands, in lower case. */
  private static final Pattern DUCKDB_ONLY =
      Pattern.compile(
          "\\bunnest\\b|->|\\barg_m(?:in|ax)\\b|\\blist_\\w+|\\boffset\\b|\\bexclude\\b"
              + "|\\bdate_diff\\b|\\bstrftime\\b|\\bpivot\\b|\\blateral\\b|\\bgenerate_series\\b",
          Pattern.CASE_INSENSITIVE);

  private final Map<String, String> variables;
  private final List<String> problems = new ArrayList<>();
  private final List<Model> models = new ArrayList<>();
  private final List<Metric> metrics = new ArrayList<>();
  private String file;

  private ModelReader(Map<String, String> variables) {
    this.variables = variables;
  }

  /** Returns the models that the product brings along. */
  public static Models builtIn() {
    Map<String, byte[]> files = new TreeMap<>();
    for (String name : FILES) {
      try (InputStream in = ModelReader.class.getResourceAsStream("/models/" + name)) {
        if (in == null) {
          throw new IllegalStateException("The file " + name + " is missing in the jar.");
        }
        files.put(name, in.readAllBytes());
      } catch (IOException e) {
        throw new UncheckedIOException("The file " + name + " cannot be read.", e);
      }
    }
    return read(files, Map.of());
  }

  /**
   * Returns the models of a folder: all {@code .yml} and {@code .yaml} in and below it.
   *
   * @param variables what {@code ${NAME:-default}} in the files stands for
   * @throws MetricsException if there is none, or something is wrong with them
   */
  public static Models folder(Path folder, Map<String, String> variables) {
    Map<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> found = Files.walk(folder)) {
      for (Path path : found.filter(Files::isRegularFile).toList()) {
        String name = folder.relativize(path).toString();
        if (name.endsWith(".yml") || name.endsWith(".yaml")) {
          if (Files.size(path) > MAX_FILE_BYTES) {
            throw new MetricsException("The file " + path + " has more than a megabyte.");
          }
          files.put(name, Files.readAllBytes(path));
        }
      }
    } catch (IOException e) {
      throw new MetricsException("The folder " + folder + " cannot be read (" + e + ").", e);
    }
    if (files.isEmpty()) {
      throw new MetricsException("The folder " + folder + " has no .yml files.");
    }
    return read(files, variables);
  }

  /**
   * Reads files by name.
   *
   * @throws MetricsException with a line for each problem
   */
  static Models read(Map<String, byte[]> files, Map<String, String> variables) {
    ModelReader reader = new ModelReader(variables);
    files.forEach(reader::file);
    Models all = Models.of(reader.models, reader.metrics, reader.problems);
    reader.problems.addAll(all.problems());
    if (!reader.problems.isEmpty()) {
      throw new MetricsException(reader.problems);
    }
    return all;
  }

  private void problem(String place, String sentence) {
    problems.add(file + ": " + place + " " + sentence);
  }

  private void file(String name, byte[] content) {
    file = name;
    String text = new String(content, StandardCharsets.UTF_8);
    Matcher upper = UPPER.matcher(text);
    while (upper.find()) {
      problem(
          upper.group(),
          "would be replaced by an environment variable of that name; write ${NAME:-default}, or"
              + " lower case.");
    }
    JsonNode root;
    try {
      root = YAML.readTree(substituted(text));
    } catch (JsonProcessingException e) {
      problem(
          "The file", "is no YAML: " + e.getOriginalMessage().lines().findFirst().orElse("") + ".");
      return;
    }
    if (root == null || !root.isObject()) {
      problem("The file", "must hold an object with version and models or metrics.");
      return;
    }
    onlyKeys(root, ROOT, "The file");
    if (root.path("version").asInt(0) != 1) {
      problem("The file", "needs version: 1, so that it is not taken for another format.");
    }
    for (JsonNode node : list(root, "models", "The file")) {
      model(node);
    }
    for (JsonNode node : list(root, "metrics", "The file")) {
      metric(node, null).ifPresent(metrics::add);
    }
  }

  private String substituted(String text) {
    Matcher variable = VARIABLE.matcher(text);
    StringBuilder out = new StringBuilder();
    while (variable.find()) {
      String name = variable.group("name");
      if (variable.group("or") == null) {
        problem("${" + name + "}", "needs a default: ${" + name + ":-value}.");
      }
      String value = variables.get(name);
      variable.appendReplacement(
          out,
          Matcher.quoteReplacement(
              value != null ? value : variable.group("or") == null ? "" : variable.group("value")));
    }
    return variable.appendTail(out).toString();
  }

  private void model(JsonNode node) {
    String name = name(node, "A model");
    if (name == null) {
      return;
    }
    String place = "The model " + name;
    onlyKeys(node, MODEL, place);
    if (node.has("default_time_dimension") || node.has("default_grain")) {
      problem(
          place,
          "must not have default_time_dimension or default_grain: every total would be split by it.");
    }
    for (String unused :
        List.of(
            "source_uri",
            "extends",
            "dax",
            "sql_metrics",
            "sql_segments",
            "auto_dimensions",
            "primary_key_columns")) {
      if (node.has(unused)) {
        problem(place, "has " + unused + ", for which there is no rule here; use table or sql.");
      }
    }
    if (node.has("table") == node.has("sql")) {
      problem(place, "needs either table or sql.");
    }
    Set<Dialect> dialects = dialects(node, place, EnumSet.allOf(Dialect.class));
    String table = text(node, "table", place);
    String sql = text(node, "sql", place);
    noPlaceholders(place, table + sql);
    if (table != null && !table.matches("[A-Za-z_][A-Za-z0-9_.]*")) {
      problem(place, "has a table that is no name.");
    }
    if (sql != null && !SqlWords.isClosed(sql)) {
      problem(place, "has a sql in which a text or a parenthesis does not end.");
    }
    if (sql != null && dialects.contains(Dialect.R2)) {
      duckDbOnly(sql, place);
    }
    Map<String, Dimension> dimensions = new LinkedHashMap<>();
    for (JsonNode each : list(node, "dimensions", place)) {
      dimension(each, place, dialects)
          .ifPresent(
              dimension -> {
                if (dimensions.put(dimension.name(), dimension) != null) {
                  problem(place, "has two dimensions " + dimension.name() + ".");
                }
              });
    }
    if (dimensions.isEmpty()) {
      problem(place, "has no dimensions.");
    }
    String key = text(node, "primary_key", place);
    if (key == null || !dimensions.containsKey(key)) {
      problem(place, "needs a primary_key that is one of its dimensions.");
    }
    Map<String, Metric> own = new LinkedHashMap<>();
    List<JsonNode> measures = new ArrayList<>(list(node, "metrics", place));
    measures.addAll(list(node, "measures", place));
    for (JsonNode each : measures) {
      metric(each, name)
          .ifPresent(
              metric -> {
                if (own.put(metric.name(), metric) != null) {
                  problem(place, "has two metrics " + metric.name() + ".");
                }
                if (dimensions.containsKey(metric.name())) {
                  problem(place, "calls a dimension and a metric " + metric.name() + ".");
                }
              });
    }
    List<Relationship> relationships = new ArrayList<>();
    for (JsonNode each : list(node, "relationships", place)) {
      relationship(each, place, relationships);
    }
    Map<String, Segment> segments = new LinkedHashMap<>();
    for (JsonNode each : list(node, "segments", place)) {
      String segment = name(each, place + ": a segment");
      if (segment != null) {
        onlyKeys(each, SEGMENT, place + ": the segment " + segment);
        String condition = required(each, "sql", place + ": the segment " + segment);
        if (segments.put(segment, new Segment(segment, condition, description(each, place)))
            != null) {
          problem(place, "has two segments " + segment + ".");
        }
      }
    }
    models.add(
        new Model(
            name,
            sql == null ? String.valueOf(table) : "(\n" + sql.strip() + "\n)",
            String.valueOf(key),
            description(node, place),
            dialects,
            dimensions,
            own,
            relationships,
            segments));
  }

  private java.util.Optional<Dimension> dimension(
      JsonNode node, String model, Set<Dialect> dialects) {
    String name = name(node, model + ": a dimension");
    if (name == null) {
      return java.util.Optional.empty();
    }
    String place = model + ": the dimension " + name;
    onlyKeys(node, DIMENSION, place);
    String typeName = node.path("type").asText("categorical");
    Dimension.Type type = null;
    for (Dimension.Type each : Dimension.Type.values()) {
      if (each.name().toLowerCase(Locale.ROOT).equals(typeName)) {
        type = each;
      }
    }
    if (type == null) {
      problem(
          place, "has the type " + typeName + "; it can be categorical, time, boolean or numeric.");
      type = Dimension.Type.CATEGORICAL;
    }
    String granularity = text(node, "granularity", place);
    if (type == Dimension.Type.TIME && granularity == null) {
      problem(place, "is a time and needs a granularity, such as second or day.");
    }
    if (granularity != null && !GRAINS.contains(granularity)) {
      problem(
          place, "has the granularity " + granularity + "; " + Nearest.hint(granularity, GRAINS));
    }
    String sql = text(node, "sql", place);
    if (sql == null) {
      sql = text(node, "expr", place);
    }
    noPlaceholders(place, String.valueOf(sql));
    Set<Dialect> own = dialects(node, place, dialects);
    if (sql != null && own.contains(Dialect.R2)) {
      duckDbOnly(sql, place);
    }
    if (sql != null && !SqlWords.isClosed(sql)) {
      problem(place, "has a sql in which a text or a parenthesis does not end.");
    }
    return java.util.Optional.of(
        new Dimension(name, type, sql == null ? name : sql, description(node, place), own));
  }

  private java.util.Optional<Metric> metric(JsonNode node, String model) {
    String owner = model == null ? "" : "The model " + model + ": ";
    String name = name(node, owner + "a metric");
    if (name == null) {
      return java.util.Optional.empty();
    }
    String place = owner + "the metric " + name;
    onlyKeys(node, METRIC, place);
    Formula formula = formula(node, model, place);
    boolean percent = text(node, "format", place) instanceof String format && format.endsWith("%");
    return formula == null
        ? java.util.Optional.empty()
        : java.util.Optional.of(new Metric(name, formula, description(node, place), percent));
  }

  private Formula formula(JsonNode node, String model, String place) {
    String type = text(node, "type", place);
    return switch (type) {
      case null -> aggregate(node, model, place);
      case "ratio" ->
          new Ratio(
              qualified(required(node, "numerator", place), model),
              qualified(required(node, "denominator", place), model));
      case "derived" ->
          new Derived(
              SqlWords.replace(
                  required(node, "sql", place), (word, call) -> qualified(word, model)));
      case "conversion" -> funnel(node, model, place);
      case "simple" -> {
        problem(place, "has the type simple, which is refused by the loader; leave type out.");
        yield null;
      }
      default -> {
        problem(
            place,
            "has the type "
                + type
                + ", for which there is no rule here; use agg, or type ratio, derived or conversion.");
        yield null;
      }
    };
  }

  private Formula aggregate(JsonNode node, String model, String place) {
    if (model == null) {
      problem(place, "belongs to no model, and so needs a type: ratio or derived.");
      return null;
    }
    String agg = required(node, "agg", place);
    Function function = null;
    for (Function each : Function.values()) {
      if (each.name().toLowerCase(Locale.ROOT).equals(agg)) {
        function = each;
      }
    }
    if (function == null) {
      problem(
          place,
          "has the agg "
              + agg
              + "; "
              + Nearest.hint(
                  agg,
                  Arrays.stream(Function.values())
                      .map(each -> each.name().toLowerCase(Locale.ROOT))
                      .toList()));
      return null;
    }
    String sql = text(node, "sql", place);
    if (sql == null && function != Function.COUNT) {
      problem(place, "needs a sql: the dimension that it is taken of.");
      return null;
    }
    if (sql != null && !NAME.matcher(sql).matches()) {
      problem(place, "has a sql that is no dimension's name; give the expression to a dimension.");
      return null;
    }
    return new Aggregate(function, sql, texts(node, "filters", place));
  }

  private Formula funnel(JsonNode node, String model, String place) {
    if (model == null) {
      problem(place, "is a funnel and belongs into a model.");
      return null;
    }
    if (node.has("base_event") || node.has("conversion_event")) {
      problem(
          place,
          "has base_event and conversion_event, which are compared with names and not as"
              + " conditions; write them as steps.");
    }
    List<String> steps = texts(node, "steps", place);
    if (steps.size() < 2) {
      problem(place, "needs two steps at least.");
    }
    for (String step : steps) {
      if (!SqlWords.isClosed(step) || SqlWords.statementWordOrNull(step) != null) {
        problem(place, "has the step \"" + step + "\", which is no condition.");
      }
    }
    return new Funnel(required(node, "entity", place), steps);
  }

  private void relationship(JsonNode node, String model, List<Relationship> to) {
    String name = name(node, model + ": a relationship");
    if (name == null) {
      return;
    }
    String place = model + ": the relationship " + name;
    onlyKeys(node, RELATIONSHIP, place);
    String type = required(node, "type", place);
    if (!type.equals("many_to_one") && !type.equals("one_to_one")) {
      problem(place, "is " + type + "; write it down where a row has at most one: many_to_one.");
    }
    to.add(
        new Relationship(
            name, required(node, "foreign_key", place), required(node, "primary_key", place)));
  }

  private static String qualified(String reference, String model) {
    return model == null || reference.indexOf('.') >= 0 ? reference : model + "." + reference;
  }

  private Set<Dialect> dialects(JsonNode node, String place, Set<Dialect> all) {
    JsonNode named = node.path("meta").path("dialects");
    if (named.isMissingNode()) {
      return all;
    }
    Set<Dialect> found = EnumSet.noneOf(Dialect.class);
    for (JsonNode each : named) {
      for (Dialect dialect : Dialect.values()) {
        if (dialect.text().equals(each.asText()) && all.contains(dialect)) {
          found.add(dialect);
        }
      }
    }
    if (found.size() != named.size() || found.isEmpty()) {
      problem(
          place,
          "has meta.dialects that are not a list of "
              + all.stream().map(Dialect::text).collect(Collectors.joining(" and "))
              + ".");
    }
    return found;
  }

  private void duckDbOnly(String sql, String place) {
    Matcher found = DUCKDB_ONLY.matcher(sql);
    if (found.find()) {
      problem(
          place,
          "uses "
              + found.group()
              + ", which R2 SQL does not know; write it otherwise, or add meta: {dialects:"
              + " [duckdb]}.");
    }
  }

  private void noPlaceholders(String place, String sql) {
    if (sql.contains("{{") || sql.contains("{%")) {
      problem(
          place, "has {{ or {%, which is not replaced in a table or sql; use ${NAME:-default}.");
    }
  }

  private void onlyKeys(JsonNode node, Set<String> known, String place) {
    node.fieldNames()
        .forEachRemaining(
            key -> {
              if (!known.contains(key)) {
                problem(place, "has the unknown key " + key + "; " + Nearest.hint(key, known));
              }
            });
  }

  private List<JsonNode> list(JsonNode node, String key, String place) {
    JsonNode value = node.path(key);
    if (value.isMissingNode()) {
      return List.of();
    }
    if (!value.isArray()) {
      problem(place, "has a " + key + " that is no list.");
      return List.of();
    }
    List<JsonNode> items = new ArrayList<>();
    value.forEach(
        item -> items.add(item.isObject() ? item : JsonNodeFactory.instance.objectNode()));
    return items;
  }

  private List<String> texts(JsonNode node, String key, String place) {
    JsonNode value = node.path(key);
    List<String> items = new ArrayList<>();
    if (!value.isMissingNode()) {
      boolean good = value.isArray();
      for (JsonNode item : value) {
        good &= item.isTextual();
        items.add(item.asText());
      }
      if (!good) {
        problem(place, "has " + key + " that are no list of texts.");
      }
    }
    return items;
  }

  private String text(JsonNode node, String key, String place) {
    JsonNode value = node.path(key);
    if (value.isMissingNode()) {
      return null;
    }
    if (!value.isTextual()) {
      problem(place, "has a " + key + " that is no text.");
      return null;
    }
    return value.textValue();
  }

  private String required(JsonNode node, String key, String place) {
    String value = text(node, key, place);
    if (value == null) {
      problem(place, "needs " + key + ".");
      return "";
    }
    return value;
  }

  private String description(JsonNode node, String place) {
    String text = text(node, "description", place);
    if (text == null || text.isBlank()) {
      problem(place, "needs a description.");
      return "";
    }
    return text;
  }

  private String name(JsonNode node, String place) {
    JsonNode value = node.path("name");
    if (!value.isTextual() || !NAME.matcher(value.textValue()).matches()) {
      problem(place, "needs a name of lower-case letters, digits and underscores.");
      return null;
    }
    return value.textValue();
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.metrics;

import dev.hogflare.metrics.CompiledQuery.Column;
import dev.hogflare.metrics.CompiledQuery.Kind;
import dev.hogflare.metrics.Metric.Aggregate;
import dev.hogflare.metrics.Metric.Derived;
import dev.hogflare.metrics.Metric.Funnel;
import dev.hogflare.metrics.Metric.Ratio;
import dev.hogflare.metrics.MetricsQuery.Grain;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Makes one SQL statement of a question.
 *
 * <p>The rows of each model are aggregated by themselves, and what several models say is put side
 * by side by what it is told apart by, so that no row counts twice. A dimension of another model is
 * joined to the rows that are counted and never the other way round, so that none gets lost.
 */
public final class QueryCompiler {
  private static final int MOST_ROWS_OF_R2 = 10_000;
  private static final String TIME = "time";

  private final Models models;
  private final Dialect dialect;
  private final String prelude;

  /** A dimension that the answer is told apart by. */
  private record Key(String column, String model, Dimension dimension, Optional<Grain> grain) {
    boolean isTime() {
      return grain.isPresent();
    }
  }

  /** An aggregate that is needed. */
  private record Leaf(String model, String column, Aggregate aggregate) {}

  /**
   * Creates a compiler for the local lake, whose views are there.
   *
   * @param models what questions can be about
   */
  public static QueryCompiler duckDb(Models models) {
    return new QueryCompiler(models, Dialect.DUCKDB, "");
  }

  /**
   * Creates a compiler for R2 SQL.
   *
   * @param views the views as named queries, as {@link R2Views} writes them
   */
  public static QueryCompiler r2(Models models, R2Views views) {
    return new QueryCompiler(models, Dialect.R2, views.sql());
  }

  private QueryCompiler(Models models, Dialect dialect, String prelude) {
    this.models = models;
    this.dialect = dialect;
    this.prelude = prelude;
  }

  /**
   * Returns the statement.
   *
   * @throws MetricsException if the question names something that does not exist or does not fit;
   *     the message says which and what to write instead
   */
  public CompiledQuery compile(MetricsQuery query) {
    if (query.metrics().isEmpty()) {
      throw new MetricsException("No metric is named; 'hogflare metrics list' shows them.");
    }
    Set<String> sources = new LinkedHashSet<>();
    query.metrics().forEach(metric -> sources.addAll(models.modelsOf(metric)));
    sources.forEach(source -> requireDialect(models.model(source)));
    String main = sources.iterator().next();
    List<Key> keys = keys(query, main);
    boolean funnel =
        query.metrics().stream()
            .anyMatch(metric -> models.metric(metric).formula() instanceof Funnel);
    if (funnel) {
      if (query.metrics().size() > 1) {
        throw new MetricsException(
            "A funnel has a row for each step; ask for it alone, without other metrics.");
      }
      return funnel(query, main, keys);
    }
    return aggregates(query, sources, keys);
  }

  private void requireDialect(Model model) {
    if (!model.dialects().contains(dialect)) {
      throw new MetricsException(
          "The model "
              + model.name()
              + " cannot be read by "
              + dialect.title()
              + "; ask the local lake.");
    }
  }

  // What the answer is told apart by.

  private List<Key> keys(MetricsQuery query, String main) {
    List<Key> keys = new ArrayList<>();
    query
        .granularity()
        .ifPresent(
            grain -> {
              Dimension time =
                  models
                      .model(main)
                      .time()
                      .orElseThrow(
                          () ->
                              new MetricsException(
                                  "The model "
                                      + main
                                      + " has no time, so that --granularity has no meaning."));
              keys.add(new Key(TIME, main, time, Optional.of(grain)));
            });
    Set<String> columns = new LinkedHashSet<>(Set.of(TIME));
    for (String by : query.by()) {
      Key key = key(by, main);
      if (keys.contains(key)) {
        throw new MetricsException("The dimension " + by + " is named twice; leave one out.");
      }
      String column = key.column();
      if (!columns.add(column)) {
        column = key.model() + "_" + column;
        if (!columns.add(column)) {
          throw new MetricsException("The dimension " + by + " is named twice.");
        }
      }
      keys.add(new Key(column, key.model(), key.dimension(), key.grain()));
    }
    return keys;
  }

  private Key key(String by, String main) {
    int grainAt = by.indexOf("__");
    String reference = grainAt < 0 ? by : by.substring(0, grainAt);
    Optional<Grain> grain = Optional.empty();
    if (grainAt >= 0) {
      String name = by.substring(grainAt + 2);
      for (Grain each : Grain.values()) {
        if (each.name().toLowerCase(Locale.ROOT).equals(name)) {
          grain = Optional.of(each);
        }
      }
      if (grain.isEmpty()) {
        throw new MetricsException(
            "The dimension "
                + by
                + " ends with no width of time; write hour, day, week, month, quarter or year.");
      }
    }
    int dot = reference.indexOf('.');
    String model = dot < 0 ? main : reference.substring(0, dot);
    Dimension dimension = dimension(models.model(model), reference.substring(dot + 1));
    if (grain.isPresent() && dimension.type() != Dimension.Type.TIME) {
      throw new MetricsException(
          "The dimension "
              + reference
              + " is no time; leave __"
              + by.substring(grainAt + 2)
              + " out.");
    }
    return new Key(dimension.name(), model, dimension, grain);
  }

  private Dimension dimension(Model model, String name) {
    Dimension dimension = model.dimensions().get(name);
    if (dimension == null) {
      throw new MetricsException(
          "The model "
              + model.name()
              + " has no dimension "
              + name
              + "; "
              + Nearest.hint(name, model.dimensions().keySet()));
    }
    if (!dimension.dialects().contains(dialect)) {
      throw new MetricsException(
          "The dimension "
              + model.name()
              + "."
              + name
              + " cannot be read by "
              + dialect.title()
              + "; ask the local lake.");
    }
    return dimension;
  }

  // Figures.

  private CompiledQuery aggregates(MetricsQuery query, Set<String> sources, List<Key> keys) {
    Map<String, Leaf> leaves = new LinkedHashMap<>();
    query.metrics().forEach(metric -> collect(metric, leaves));
    List<String> parts = new ArrayList<>();
    for (String source : sources) {
      List<Leaf> own = leaves.values().stream().filter(l -> l.model().equals(source)).toList();
      parts.add(part(source, own, keys, query));
    }
    List<Column> columns = new ArrayList<>();
    keys.forEach(
        key -> columns.add(new Column(key.column(), key.isTime() ? Kind.TIME : Kind.DIMENSION)));
    StringBuilder figures = new StringBuilder();
    Set<String> names = new LinkedHashSet<>(keys.stream().map(Key::column).toList());
    String firstFigure = null;
    for (String reference : query.metrics()) {
      Metric metric = models.metric(reference);
      String name = metric.name();
      if (!names.add(name)) {
        name = reference.replace('.', '_');
        if (!names.add(name)) {
          throw new MetricsException("The metric " + reference + " is named twice.");
        }
      }
      firstFigure = firstFigure == null ? name : firstFigure;
      figures.append(figures.isEmpty() ? "" : ",\n");
      figures
          .append("  ")
          .append(expression(reference, leaves))
          .append(" AS ")
          .append(quoted(name));
      columns.add(new Column(name, metric.percent() ? Kind.PERCENT : Kind.FIGURE));
    }
    List<String> withs = new ArrayList<>();
    if (!prelude.isEmpty()) {
      withs.add(prelude);
    }
    String from = "facts";
    if (parts.size() == 1) {
      withs.add("facts AS (\n" + indented(parts.get(0)) + "\n)");
    } else {
      int number = 0;
      for (String part : parts) {
        withs.add("facts_" + ++number + " AS (\n" + indented(part) + "\n)");
      }
      withs.add("facts AS (\n" + indented(sideBySide(sources, keys, leaves)) + "\n)");
    }
    String sql =
        "WITH "
            + String.join(",\n", withs)
            + "\nSELECT\n"
            + keys.stream()
                .map(key -> "  " + quoted(key.column()) + ",\n")
                .collect(Collectors.joining())
            + figures
            + "\nFROM "
            + from
            + order(keys, firstFigure)
            + limit(query);
    return new CompiledQuery(sql, columns);
  }

  private void collect(String reference, Map<String, Leaf> leaves) {
    switch (models.metric(reference).formula()) {
      case Aggregate aggregate -> {
        String model = reference.substring(0, reference.indexOf('.'));
        leaves.putIfAbsent(reference, new Leaf(model, reference.replace(".", "__"), aggregate));
      }
      case Ratio ratio -> {
        collect(ratio.numerator(), leaves);
        collect(ratio.denominator(), leaves);
      }
      case Derived derived -> Models.operands(derived).forEach(operand -> collect(operand, leaves));
      case Funnel funnel ->
          throw new IllegalStateException("A funnel is no part of " + reference + ".");
    }
  }

  private String expression(String reference, Map<String, Leaf> leaves) {
    return switch (models.metric(reference).formula()) {
      case Aggregate aggregate -> quoted(leaves.get(reference).column());
      case Ratio ratio ->
          "CAST("
              + expression(ratio.numerator(), leaves)
              + " AS DOUBLE) / nullif("
              + expression(ratio.denominator(), leaves)
              + ", 0)";
      case Derived derived ->
          "(" + SqlWords.replace(derived.sql(), (word, call) -> expression(word, leaves)) + ")";
      case Funnel funnel -> throw new IllegalStateException("A funnel is no figure.");
    };
  }

  private String sideBySide(Set<String> sources, List<Key> keys, Map<String, Leaf> leaves) {
    List<String> selects = new ArrayList<>();
    int number = 0;
    for (String source : sources) {
      number++;
      List<String> columns = new ArrayList<>();
      keys.forEach(key -> columns.add(quoted(key.column())));
      for (Leaf leaf : leaves.values()) {
        columns.add((leaf.model().equals(source) ? "" : "NULL AS ") + quoted(leaf.column()));
      }
      selects.add("SELECT " + String.join(", ", columns) + " FROM facts_" + number);
    }
    List<String> columns = new ArrayList<>();
    keys.forEach(key -> columns.add("  " + quoted(key.column())));
    for (Leaf leaf : leaves.values()) {
      String most = "max(" + quoted(leaf.column()) + ")";
      columns.add(
          "  "
              + (countsToZero(leaf.aggregate()) ? "coalesce(" + most + ", 0)" : most)
              + " AS "
              + quoted(leaf.column()));
    }
    return "SELECT\n"
        + String.join(",\n", columns)
        + "\nFROM (\n"
        + indented(String.join("\nUNION ALL\n", selects))
        + "\n) AS beside"
        + groupBy(keys.size());
  }

  private static boolean countsToZero(Aggregate aggregate) {
    return switch (aggregate.function()) {
      case COUNT, COUNT_DISTINCT, SUM -> true;
      case AVG, MIN, MAX, MEDIAN -> false;
    };
  }

  private String part(String source, List<Leaf> leaves, List<Key> keys, MetricsQuery query) {
    Scope scope = new Scope(models.model(source));
    List<String> columns = new ArrayList<>();
    for (Key key : keys) {
      columns.add("  " + key(key, scope) + " AS " + quoted(key.column()));
    }
    for (Leaf leaf : leaves) {
      columns.add("  " + aggregate(leaf.aggregate(), scope) + " AS " + quoted(leaf.column()));
    }
    String where = where(query, scope);
    return "SELECT\n"
        + String.join(",\n", columns)
        + "\nFROM "
        + scope.from(List.of())
        + where
        + groupBy(keys.size());
  }

  private String aggregate(Aggregate aggregate, Scope scope) {
    String of = aggregate.dimension() == null ? "1" : scope.own(aggregate.dimension());
    String value = of;
    if (!aggregate.filters().isEmpty()) {
      String condition =
          aggregate.filters().stream()
              .map(filter -> scope.ofModel(filter))
              .map(filter -> aggregate.filters().size() == 1 ? filter : "(" + filter + ")")
              .collect(Collectors.joining(" AND "));
      value = "CASE WHEN " + condition + " THEN " + of + " END";
    }
    boolean all = aggregate.dimension() == null && aggregate.filters().isEmpty();
    return switch (aggregate.function()) {
      case COUNT -> all ? "count(*)" : "count(" + value + ")";
      case COUNT_DISTINCT -> "count(DISTINCT " + value + ")";
      case SUM -> "coalesce(sum(" + value + "), 0)";
      case AVG -> "avg(" + value + ")";
      case MIN -> "min(" + value + ")";
      case MAX -> "max(" + value + ")";
      case MEDIAN -> "median(" + value + ")";
    };
  }

  private String key(Key key, Scope scope) {
    String column =
        key.column().equals(TIME) && !key.model().equals(scope.model.name())
            ? scope.own(
                scope
                    .model
                    .time()
                    .orElseThrow(
                        () ->
                            new MetricsException(
                                "The model "
                                    + scope.model.name()
                                    + " has no time, so that --granularity has no meaning."))
                    .name())
            : scope.reference(key.model(), key.dimension().name());
    return key.grain()
        .map(
            grain -> {
              String bucket =
                  "date_trunc('" + grain.name().toLowerCase(Locale.ROOT) + "', " + column + ")";
              return grain == Grain.HOUR ? bucket : "CAST(" + bucket + " AS DATE)";
            })
        .orElse(column);
  }

  private String where(MetricsQuery query, Scope scope) {
    List<String> conditions = new ArrayList<>();
    for (String each : query.where()) {
      conditions.add("(" + scope.condition(each) + ")");
    }
    for (String each : query.segments()) {
      int dot = each.indexOf('.');
      Model model = dot < 0 ? scope.model : models.model(each.substring(0, dot));
      String name = each.substring(dot + 1);
      Model.Segment segment = model.segments().get(name);
      if (segment == null) {
        throw new MetricsException(
            "The model "
                + model.name()
                + " has no segment "
                + name
                + (model.segments().isEmpty()
                    ? "."
                    : "; " + Nearest.hint(name, model.segments().keySet())));
      }
      conditions.add("(" + scope.ofModel(segment.sql(), model) + ")");
    }
    return conditions.isEmpty() ? "" : "\nWHERE " + String.join("\n  AND ", conditions);
  }

  private static String groupBy(int keys) {
    return keys == 0
        ? ""
        : "\nGROUP BY "
            + IntStream.rangeClosed(1, keys)
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(", "));
  }

  private String order(List<Key> keys, String firstFigure) {
    if (keys.isEmpty()) {
      return "";
    }
    List<String> terms = new ArrayList<>();
    boolean ordered = Models.hasOrder(keys.get(0).dimension());
    if (!ordered) {
      terms.add(quoted(firstFigure) + " DESC NULLS LAST");
    }
    for (Key key : keys) {
      if (ordered && !Models.hasOrder(key.dimension()) && terms.size() == 1) {
        terms.add(quoted(firstFigure) + " DESC NULLS LAST");
      }
      terms.add(quoted(key.column()) + " NULLS LAST");
    }
    return "\nORDER BY " + String.join(", ", terms);
  }

  private String limit(MetricsQuery query) {
    if (query.limit().isPresent()) {
      int rows = query.limit().getAsInt();
      if (dialect == Dialect.R2 && rows > MOST_ROWS_OF_R2) {
        throw new MetricsException(
            "R2 SQL answers at most " + MOST_ROWS_OF_R2 + " rows; lower --limit.");
      }
      return "\nLIMIT " + rows;
    }
    return dialect == Dialect.R2 ? "\nLIMIT " + MOST_ROWS_OF_R2 : "";
  }

  // Funnels.

  private CompiledQuery funnel(MetricsQuery query, String source, List<Key> keys) {
    String reference = query.metrics().get(0);
    Funnel funnel = (Funnel) models.metric(reference).formula();
    Model model = models.model(source);
    Scope scope = new Scope(model);
    String entity = scope.own(funnel.entity());
    String id = scope.own(model.primaryKey());
    String time = scope.own(model.time().orElseThrow().name());
    List<String> columns = new ArrayList<>();
    for (Key key : keys) {
      columns.add("  " + key(key, scope) + " AS " + quoted(key.column()));
    }
    columns.add("  " + entity + " AS entity");
    columns.add("  " + id + " AS id");
    columns.add("  " + time + " AS happened_at");
    int steps = funnel.steps().size();
    List<String> marks = new ArrayList<>();
    for (int step = 1; step <= steps; step++) {
      marks.add("CASE WHEN " + funnel.steps().get(step - 1) + " THEN 1 ELSE 0 END AS step_" + step);
      columns.add("  b.step_" + step);
    }
    String where = where(query, scope);
    List<String> withs = new ArrayList<>();
    if (!prelude.isEmpty()) {
      withs.add(prelude);
    }
    withs.add(
        "marked AS (\n"
            + indented(
                "SELECT\n" + String.join(",\n", columns) + "\nFROM " + scope.from(marks) + where)
            + "\n)");
    String names =
        keys.stream().map(key -> quoted(key.column()) + ", ").collect(Collectors.joining());
    for (int step = 1; step <= steps; step++) {
      withs.add("reached_" + step + " AS (\n" + indented(reached(step, keys)) + "\n)");
    }
    List<String> selects = new ArrayList<>();
    for (int step = 1; step <= steps; step++) {
      selects.add(
          "SELECT "
              + names
              + step
              + " AS step, '"
              + funnel.steps().get(step - 1).replace("'", "''")
              + "' AS step_name, count(*) AS users FROM reached_"
              + step
              + groupBy(keys.size()));
    }
    withs.add("steps AS (\n" + indented(String.join("\nUNION ALL\n", selects)) + "\n)");
    List<Column> answer = new ArrayList<>();
    keys.forEach(
        key -> answer.add(new Column(key.column(), key.isTime() ? Kind.TIME : Kind.DIMENSION)));
    answer.add(new Column("step", Kind.DIMENSION));
    answer.add(new Column("step_name", Kind.DIMENSION));
    answer.add(new Column("users", Kind.FIGURE));
    answer.add(new Column("of_first", Kind.PERCENT));
    String window =
        keys.isEmpty() ? "" : "PARTITION BY " + names.substring(0, names.length() - 2) + " ";
    String sql =
        "WITH "
            + String.join(",\n", withs)
            + "\nSELECT\n  "
            + names
            + "step, step_name, users,\n  CAST(users AS DOUBLE) / nullif(max(users) OVER ("
            + window.strip()
            + "), 0) AS of_first\nFROM steps\nORDER BY "
            + names
            + "step"
            + limit(query);
    return new CompiledQuery(sql, answer);
  }

  /**
   * Who reached a step, and with which row: the first one that is not before that of the step
   * before, and none that was used already.
   */
  private static String reached(int step, List<Key> keys) {
    List<String> columns = new ArrayList<>();
    keys.forEach(key -> columns.add(quoted(key.column())));
    String from;
    String place;
    if (step == 1) {
      columns.addAll(List.of("entity", "happened_at", "id AS id_1"));
      from = "FROM marked\n  WHERE step_1 = 1 AND entity IS NOT NULL";
      place = "ORDER BY happened_at, id";
      return "SELECT "
          + keys.stream().map(key -> quoted(key.column()) + ", ").collect(Collectors.joining())
          + "entity, happened_at, id_1\nFROM (\n  SELECT "
          + String.join(", ", columns)
          + ", row_number() OVER (PARTITION BY entity "
          + place
          + ") AS place\n  "
          + from
          + "\n) AS first_rows\nWHERE place = 1";
    }
    String used =
        IntStream.range(1, step)
            .mapToObj(i -> "m.id <> p.id_" + i)
            .collect(Collectors.joining(" AND "));
    String ids =
        IntStream.range(1, step).mapToObj(i -> "p.id_" + i).collect(Collectors.joining(", "));
    String idNames =
        IntStream.rangeClosed(1, step).mapToObj(i -> "id_" + i).collect(Collectors.joining(", "));
    keys.forEach(key -> columns.set(keys.indexOf(key), "p." + quoted(key.column())));
    columns.addAll(List.of("m.entity", "m.happened_at", ids, "m.id AS id_" + step));
    return "SELECT "
        + keys.stream().map(key -> quoted(key.column()) + ", ").collect(Collectors.joining())
        + "entity, happened_at, "
        + idNames
        + "\nFROM (\n  SELECT "
        + String.join(", ", columns)
        + ", row_number() OVER (PARTITION BY m.entity ORDER BY m.happened_at, m.id) AS place\n"
        + "  FROM reached_"
        + (step - 1)
        + " AS p\n  JOIN marked AS m ON m.entity = p.entity AND m.step_"
        + step
        + " = 1\n    AND m.happened_at >= p.happened_at AND "
        + used
        + "\n) AS next_rows\nWHERE place = 1";
  }

  // Rows of a model with those they belong to.

  /** The names that an expression over one model's rows may use, and what they become. */
  private final class Scope {
    private final Model model;
    private final Set<String> own = new LinkedHashSet<>();
    private final Map<String, Set<String>> joined = new LinkedHashMap<>();
    private final Map<String, Model.Relationship> ways = new HashMap<>();

    Scope(Model model) {
      this.model = model;
    }

    /** Returns the column of one of the model's own dimensions. */
    String own(String dimension) {
      own.add(dimension(model, dimension).name());
      return "b." + quoted(dimension);
    }

    /** Returns the column of a dimension, of this model or one that its rows belong to. */
    String reference(String of, String name) {
      if (of.equals(model.name())) {
        return own(name);
      }
      Model.Relationship way =
          model.relationships().stream()
              .filter(to -> to.model().equals(of))
              .findFirst()
              .orElse(null);
      if (way == null) {
        if (model.dimensions().containsKey(name)) {
          return own(name);
        }
        throw new MetricsException(
            "The dimension "
                + of
                + "."
                + name
                + " does not say anything about "
                + model.name()
                + "; "
                + (model.relationships().isEmpty()
                    ? "choose one of " + model.name() + "."
                    : "choose one of "
                        + model.name()
                        + ", or of "
                        + model.relationships().stream()
                            .map(Model.Relationship::model)
                            .collect(Collectors.joining(", "))
                        + "."));
      }
      Model other = models.model(of);
      requireDialect(other);
      joined.computeIfAbsent(of, k -> new LinkedHashSet<>()).add(dimension(other, name).name());
      ways.put(of, way);
      own(way.foreignKey());
      return alias(of) + "." + quoted(name);
    }

    private String alias(String of) {
      return "j_" + of;
    }

    /** Returns a condition of the model itself. */
    String ofModel(String sql) {
      return ofModel(sql, model);
    }

    String ofModel(String sql, Model of) {
      return SqlWords.replace(
          sql, (name, call) -> reference(of.name(), name.substring("{model}.".length())));
    }

    /** Returns a condition that somebody typed. */
    String condition(String typed) {
      String word = SqlWords.statementWordOrNull(typed);
      if (word != null) {
        throw new MetricsException(
            "The condition \""
                + typed
                + "\" has "
                + word
                + "; write one condition over dimensions.");
      }
      if (!SqlWords.isClosed(typed)
          || typed.isBlank()
          || typed.contains("--")
          || typed.contains("/*")) {
        throw new MetricsException(
            "The condition \"" + typed + "\" does not end; close its texts and parentheses.");
      }
      return SqlWords.replace(
          typed,
          (name, call) -> {
            int dot = name.indexOf('.');
            if (dot < 0) {
              return own(name);
            }
            return reference(models.model(name.substring(0, dot)).name(), name.substring(dot + 1));
          });
    }

    /** Returns the source of the rows, with the columns that were asked for until now. */
    String from(List<String> more) {
      StringBuilder from = new StringBuilder(select(model, own, more)).append(" AS b");
      joined.forEach(
          (of, names) -> {
            Model.Relationship way = ways.get(of);
            Set<String> columns = new LinkedHashSet<>(names);
            columns.add(way.primaryKey());
            from.append("\nLEFT JOIN ")
                .append(select(models.model(of), columns, List.of()))
                .append(" AS ")
                .append(alias(of))
                .append(" ON ")
                .append(alias(of))
                .append('.')
                .append(quoted(way.primaryKey()))
                .append(" = b.")
                .append(quoted(way.foreignKey()));
          });
      return from.toString();
    }

    private String select(Model of, Set<String> names, List<String> more) {
      List<String> columns = new ArrayList<>();
      for (String name : names) {
        Dimension dimension = of.dimensions().get(name);
        columns.add(
            dimension.sql().equals(name)
                ? "src." + quoted(name)
                : dimension.sql() + " AS " + quoted(name));
      }
      columns.addAll(more);
      if (columns.isEmpty()) {
        columns.add("1 AS one");
      }
      return "(\n"
          + indented(
              "SELECT\n"
                  + columns.stream().map(column -> "  " + column).collect(Collectors.joining(",\n"))
                  + "\nFROM "
                  + of.source()
                  + " AS src")
          + "\n)";
    }
  }

  private static String quoted(String name) {
    return '"' + name + '"';
  }

  private static String indented(String sql) {
    return sql.lines().map(line -> "  " + line).collect(Collectors.joining("\n"));
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.metrics;

import dev.hogflare.metrics.Metric.Aggregate;
import dev.hogflare.metrics.Metric.Derived;
import dev.hogflare.metrics.Metric.Funnel;
import dev.hogflare.metrics.Metric.Ratio;
import dev.hogflare.metrics.Model.Relationship;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The models and metrics that questions can be about, checked against each other.
 *
 * @param models by name
 * @param metrics metrics over several models, by name
 */
public record Models(Map<String, Model> models, Map<String, Metric> metrics) {

  /** Returns a model, or says which there are. */
  public Model model(String name) {
    Model model = models.get(name);
    if (model == null) {
      throw new MetricsException(
          "There is no model " + name + "; " + Nearest.hint(name, models.keySet()));
    }
    return model;
  }

  /**
   * Returns the metric of a reference: {@code model.metric}, or the name of one over several
   * models.
   */
  public Metric metric(String reference) {
    int dot = reference.indexOf('.');
    if (dot < 0) {
      Metric metric = metrics.get(reference);
      if (metric != null) {
        return metric;
      }
      for (Model model : models.values()) {
        if (model.metrics().containsKey(reference)) {
          throw new MetricsException(
              "The metric "
                  + reference
                  + " belongs to a model; write "
                  + model.name()
                  + "."
                  + reference
                  + ".");
        }
      }
      throw new MetricsException(
          "There is no metric " + reference + "; " + Nearest.hint(reference, references()));
    }
    Model model = model(reference.substring(0, dot));
    Metric metric = model.metrics().get(reference.substring(dot + 1));
    if (metric == null) {
      throw new MetricsException(
          "The model "
              + model.name()
              + " has no metric "
              + reference.substring(dot + 1)
              + "; "
              + Nearest.hint(reference.substring(dot + 1), model.metrics().keySet()));
    }
    return metric;
  }

  /** Returns everything that can be asked for, as it is written. */
  public Set<String> references() {
    Set<String> all = new LinkedHashSet<>();
    models
        .values()
        .forEach(
            model -> model.metrics().keySet().forEach(name -> all.add(model.name() + "." + name)));
    all.addAll(metrics.keySet());
    return all;
  }

  /** Returns the models whose rows a metric is found from. */
  public Set<String> modelsOf(String reference) {
    Set<String> found = new LinkedHashSet<>();
    collect(reference, found, new LinkedHashSet<>());
    return found;
  }

  private void collect(String reference, Set<String> found, Set<String> path) {
    if (!path.add(reference)) {
      throw new MetricsException(
          "The metric " + reference + " is made of itself: " + String.join(" > ", path) + ".");
    }
    switch (metric(reference).formula()) {
      case Aggregate aggregate -> found.add(reference.substring(0, reference.indexOf('.')));
      case Funnel funnel -> found.add(reference.substring(0, reference.indexOf('.')));
      case Ratio ratio -> {
        collect(ratio.numerator(), found, path);
        collect(ratio.denominator(), found, path);
      }
      case Derived derived -> operands(derived).forEach(operand -> collect(operand, found, path));
    }
    path.remove(reference);
  }

  /** Returns the metrics that a formula names. */
  static List<String> operands(Derived derived) {
    List<String> names = new ArrayList<>();
    SqlWords.replace(
        derived.sql(),
        (name, call) -> {
          names.add(name);
          return name;
        });
    return names;
  }

  /** Returns what is wrong between the models, a sentence each; nothing if all fits. */
  List<String> problems() {
    List<String> problems = new ArrayList<>();
    for (Model model : models.values()) {
      columns(model)
          .forEach(
              (name, use) -> {
                Dimension dimension = model.dimensions().get(name);
                if (dimension != null && !dimension.sql().equals(name)) {
                  problems.add(
                      "The dimension "
                          + model.name()
                          + "."
                          + name
                          + " is "
                          + use
                          + " and has a sql; make it a column of the model's sql, because others put"
                          + " the name there as it is.");
                }
              });
      for (Relationship to : model.relationships()) {
        String place = "The relationship " + to.model() + " of the model " + model.name();
        Model target = models.get(to.model());
        if (target == null) {
          problems.add(place + " leads to no model; " + Nearest.hint(to.model(), models.keySet()));
          continue;
        }
        if (!model.dimensions().containsKey(to.foreignKey())) {
          problems.add(
              place + " has the foreign_key " + to.foreignKey() + ", which is no dimension.");
        }
        if (!target.primaryKey().equals(to.primaryKey())) {
          problems.add(
              place
                  + " has the primary_key "
                  + to.primaryKey()
                  + "; that of "
                  + target.name()
                  + " is "
                  + target.primaryKey()
                  + ".");
        }
      }
      model.metrics().values().forEach(metric -> problems.addAll(problems(model, metric)));
      model
          .segments()
          .values()
          .forEach(
              segment ->
                  problems.addAll(
                      conditionProblems(
                          model,
                          "The segment " + model.name() + "." + segment.name(),
                          segment.sql())));
    }
    for (String name : metrics.keySet()) {
      problems.addAll(referenceProblems(name));
    }
    return problems;
  }

  /** Returns the dimensions that are used by their names in the source, and as what. */
  private static Map<String, String> columns(Model model) {
    Map<String, String> columns = new LinkedHashMap<>();
    columns.put(model.primaryKey(), "the primary_key");
    for (Relationship to : model.relationships()) {
      columns.put(to.foreignKey(), "a foreign_key");
    }
    for (Metric metric : model.metrics().values()) {
      switch (metric.formula()) {
        case Aggregate aggregate -> {
          if (aggregate.dimension() != null) {
            columns.put(aggregate.dimension(), "what " + metric.name() + " is taken of");
          }
        }
        case Funnel funnel -> columns.put(funnel.entity(), "the entity of " + metric.name());
        case Ratio ratio -> {}
        case Derived derived -> {}
      }
    }
    return columns;
  }

  private List<String> problems(Model model, Metric metric) {
    String place = "The metric " + model.name() + "." + metric.name();
    List<String> problems = new ArrayList<>();
    switch (metric.formula()) {
      case Aggregate aggregate -> {
        String of = aggregate.dimension();
        if (of != null && !model.dimensions().containsKey(of)) {
          problems.add(
              place
                  + " is taken of "
                  + of
                  + ", which is no dimension; "
                  + Nearest.hint(of, model.dimensions().keySet()));
        }
        aggregate
            .filters()
            .forEach(filter -> problems.addAll(conditionProblems(model, place, filter)));
      }
      case Funnel funnel -> {
        if (!model.dimensions().containsKey(funnel.entity())) {
          problems.add(place + " has the entity " + funnel.entity() + ", which is no dimension.");
        }
        if (model.time().isEmpty()) {
          problems.add(place + " is a funnel, and its model has no dimension of type time.");
        }
      }
      case Ratio ratio -> problems.addAll(referenceProblems(model.name() + "." + metric.name()));
      case Derived derived ->
          problems.addAll(referenceProblems(model.name() + "." + metric.name()));
    }
    return problems;
  }

  private List<String> referenceProblems(String reference) {
    List<String> operands =
        switch (metric(reference).formula()) {
          case Ratio ratio -> List.of(ratio.numerator(), ratio.denominator());
          case Derived derived -> operands(derived);
          case Aggregate aggregate -> List.of();
          case Funnel funnel -> List.of();
        };
    List<String> problems = new ArrayList<>();
    for (String operand : operands) {
      try {
        if (metric(operand).formula() instanceof Funnel) {
          problems.add("The metric " + reference + " is made of the funnel " + operand + ".");
        }
      } catch (MetricsException e) {
        problems.add("The metric " + reference + " is made of " + operand + ": " + e.getMessage());
      }
    }
    if (problems.isEmpty()) {
      try {
        modelsOf(reference);
      } catch (MetricsException e) {
        problems.add(e.getMessage());
      }
    }
    return problems;
  }

  private static List<String> conditionProblems(Model model, String place, String sql) {
    Set<String> wrong = new TreeSet<>();
    SqlWords.replace(
        sql,
        (name, call) -> {
          if (!name.startsWith("{model}.")
              || !model.dimensions().containsKey(name.substring("{model}.".length()))) {
            wrong.add(name);
          }
          return name;
        });
    return wrong.stream()
        .map(
            name ->
                place
                    + " has a condition over "
                    + name
                    + ", which is no dimension; write {model}. and one of "
                    + String.join(", ", model.dimensions().keySet())
                    + ".")
        .toList();
  }

  /** Returns both sets of models as one. */
  static Models of(List<Model> models, List<Metric> metrics, List<String> problems) {
    Map<String, Model> byName = new LinkedHashMap<>();
    for (Model model : models) {
      if (byName.put(model.name(), model) != null) {
        problems.add("There are two models " + model.name() + "; rename one.");
      }
    }
    Map<String, Metric> metricsByName = new LinkedHashMap<>();
    for (Metric metric : metrics) {
      if (metricsByName.put(metric.name(), metric) != null) {
        problems.add("There are two metrics " + metric.name() + "; rename one.");
      }
    }
    return new Models(byName, metricsByName);
  }

  /** Whether values of a dimension are put in their own order, not in that of a metric. */
  static boolean hasOrder(Dimension dimension) {
    return dimension.type() == Dimension.Type.TIME || dimension.type() == Dimension.Type.NUMERIC;
  }
}

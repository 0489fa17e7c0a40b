// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads the cohorts of a project, each when the first flag asks for it. */
final class CohortReader {
  /** Cohorts may refer to one another to this depth, so that no document exhausts the stack. */
  private static final int MAX_DEPTH = 50;

  private final ObjectNode cohorts;
  private final FilterReader filters;
  private final Set<FlagProblem> problems;
  private final Map<String, Found> read = new HashMap<>();
  private final Set<String> open = new HashSet<>();

  /** What became of a cohort. */
  sealed interface Found {
    /** It can be asked. */
    record Members(Clause clause) implements Found {}

    /** It cannot; the sentence says why. */
    record Unusable(Failure failure, String sentence) implements Found {}
  }

  CohortReader(ObjectNode cohorts, FilterReader filters, Set<FlagProblem> problems) {
    this.cohorts = cohorts;
    this.filters = filters;
    this.problems = problems;
  }

  /** Returns the cohort of an id. */
  Found cohort(String id) {
    Found known = read.get(id);
    if (known != null) {
      return known;
    }
    if (open.contains(id)) {
      return new Found.Unusable(
          Failure.COHORT_CYCLE, "refers to cohort " + id + ", which refers to itself");
    }
    if (open.size() == MAX_DEPTH) {
      return new Found.Unusable(
          Failure.COHORT_CYCLE, "refers to cohorts that are nested deeper than " + MAX_DEPTH);
    }
    open.add(id);
    Found found = read(id);
    open.remove(id);
    read.put(id, found);
    return found;
  }

  private Found read(String id) {
    JsonNode json = cohorts.get(id);
    if (json == null) {
      return new Found.Unusable(
          Failure.COHORT_MISSING, "refers to cohort " + id + ", which is not among the cohorts");
    }
    DefinitionObject.Problems own = new DefinitionObject.Problems("cohort " + id, problems);
    if (!(json instanceof ObjectNode object)) {
      own.error("cohort", "has to be an object with type and values.");
      return unusable(id);
    }
    List<Found.Unusable> broken = new ArrayList<>();
    Clause members = group(new DefinitionObject(object, "", own), broken);
    if (!broken.isEmpty()) {
      return broken.getFirst();
    }
    return own.hasErrors() ? unusable(id) : new Found.Members(members);
  }

  private static Found.Unusable unusable(String id) {
    return new Found.Unusable(
        Failure.COHORT_MISSING, "refers to cohort " + id + ", which has an error");
  }

  private Clause group(DefinitionObject json, List<Found.Unusable> broken) {
    String type = json.text(DefinitionField.COHORT_TYPE).orElse("").toUpperCase(Locale.ROOT);
    if (!type.equals("AND") && !type.equals("OR")) {
      json.error(DefinitionField.COHORT_TYPE, "has to be AND or OR.");
    }
    if (json.rawOrNull(DefinitionField.COHORT_VALUES) == null) {
      json.error(
          DefinitionField.COHORT_VALUES,
          "is missing; a cohort is a list of conditions on properties, static ones cannot be"
              + " written.");
    }
    List<Clause> parts = new ArrayList<>();
    for (DefinitionObject part : json.objects(DefinitionField.COHORT_VALUES)) {
      if (part.has(DefinitionField.COHORT_VALUES)) {
        parts.add(group(part, broken));
      } else {
        leaf(part, broken).ifPresent(parts::add);
      }
    }
    return new Clause.Group(List.copyOf(parts), type.equals("AND"));
  }

  private Optional<Clause> leaf(DefinitionObject json, List<Found.Unusable> broken) {
    boolean negated = json.truth(DefinitionField.FILTER_NEGATION, false);
    String type = json.text(DefinitionField.FILTER_TYPE).orElse("person");
    Clause clause;
    if (type.equals("cohort")) {
      switch (filters.cohort(json, this)) {
        case Found.Members members -> clause = members.clause();
        case Found.Unusable unusable -> {
          broken.add(unusable);
          return Optional.empty();
        }
      }
    } else if (type.equals("person") || type.equals("person_metadata")) {
      clause = filters.property(json, type, null);
    } else {
      json.error(
          DefinitionField.FILTER_TYPE,
          "is \"" + type + "\"; a cohort can be told from person and cohort filters only.");
      return Optional.empty();
    }
    return Optional.of(negated ? new Clause.Not(clause) : clause);
  }
}

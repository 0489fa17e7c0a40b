// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelReaderTest {
  private static final String GOOD =
      """
      version: 1
      models:
        - name: visits
          description: Visits.
          table: visits
          primary_key: id
          dimensions:
            - name: id
              description: the visit
            - name: at
              type: time
              granularity: second
              description: when
          metrics:
            - name: visit_count
              agg: count
              description: visits
            - name: own_rate
              type: ratio
              numerator: visit_count
              denominator: visits.visit_count
              description: one
      """;

  /** The build fails here if a published model breaks a rule. */
  @Test
  void thePublishedModelsObeyEveryRule() throws IOException {
    // The tests of a module run in its folder.
    Path folder = Path.of("..", "models");
    assertThat(ModelReader.folder(folder, Map.of())).isEqualTo(ModelReader.builtIn());
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(ModelReader.FILES);
    }
  }

  @Test
  void readsAModelAndQualifiesItsReferences() {
    Models models = read(GOOD);
    assertThat(models.references()).containsExactly("visits.visit_count", "visits.own_rate");
    assertThat(models.metric("visits.own_rate").formula())
        .isEqualTo(new Metric.Ratio("visits.visit_count", "visits.visit_count"));
    assertThat(models.modelsOf("visits.own_rate")).containsExactly("visits");
  }

  @Test
  void putsVariablesInAndInsistsOnDefaults() {
    String file = GOOD.replace("table: visits", "table: ${LAKE:-main}.visits");
    assertThat(read(file).model("visits").source()).isEqualTo("main.visits");
    assertThat(
            ModelReader.read(
                    Map.of("x.yml", file.getBytes(StandardCharsets.UTF_8)), Map.of("LAKE", "other"))
                .model("visits")
                .source())
        .isEqualTo("other.visits");
    refuses("table: visits", "table: ${LAKE}.visits", "needs a default");
  }

  @Test
  void namesEveryTrap() {
    refuses("version: 1\n", "", "needs version: 1");
    refuses("    table:", "    entities: []\n    table:", "unknown key entities");
    refuses("agg: count", "type: simple\n        agg: count", "leave type out");
    refuses("        granularity: second\n", "", "needs a granularity");
    refuses("granularity: second", "granularity: fortnight", "granularity fortnight");
    refuses("type: time", "type: string", "categorical, time, boolean or numeric");
    refuses("table: visits", "table: visits\n    sql: SELECT 1", "either table or sql");
    refuses("table: visits", "sql: SELECT * FROM {{ events }}", "is not replaced");
    refuses("table: visits", "sql: SELECT '$OS' FROM t", "environment variable");
    refuses("table: visits", "sql: SELECT (1 FROM t", "does not end");
    refuses("table: visits", "sql: SELECT unnest(ids) AS id FROM t", "R2 SQL does not know");
    refuses("primary_key: id", "primary_key: none", "one of its dimensions");
    refuses("primary_key: id", "default_time_dimension: at\n    primary_key: id", "every total");
    refuses("agg: count", "agg: sum", "needs a sql");
    refuses("agg: count", "agg: sum\n        sql: nothing", "which is no dimension");
    refuses("agg: count", "agg: sum\n        sql: a + b", "give the expression to a dimension");
    refuses(
        "        - name: id\n".substring(2),
        "      - name: id\n        sql: upper(key)\n",
        "is the primary_key and has a sql");
    refuses("agg: count", "agg: counts", "did you mean count?");
    refuses("agg: count", "agg: count\n        filters: [\"{model}.nope = 1\"]", "nope");
    refuses("agg: count", "agg: count\n        filters: [\"id = 1\"]", "write {model}.");
    refuses(
        "numerator: visit_count", "numerator: visits", "visits.own_rate is made of visits.visits");
    refuses("numerator: visit_count", "numerator: own_rate", "made of itself");
    refuses("name: own_rate", "name: visit_count", "two metrics visit_count");
    refuses("name: own_rate", "name: id", "a dimension and a metric id");
    refuses("        description: visits\n", "", "needs a description");
    refuses("type: ratio", "type: cohort", "no rule here");
    refuses(
        "type: ratio\n        numerator: visit_count\n        denominator: visits.visit_count",
        "type: conversion\n        entity: id\n        base_event: a\n        conversion_event: b",
        "write them as steps");
    refuses(
        "    dimensions:",
        "    relationships:\n      - {name: users, type: many_to_one, foreign_key: id, primary_key: id}\n    dimensions:",
        "leads to no model");
    refuses(
        "    dimensions:",
        "    relationships:\n      - {name: visits, type: one_to_many, foreign_key: id, primary_key: id}\n    dimensions:",
        "many_to_one");
    refuses("- name: visits", "- name: visits\n    name: again", "is no YAML");
  }

  @Test
  void tellsAllProblemsAtOnceWithTheFile() {
    assertThatThrownBy(() -> read(GOOD.replace("agg: count", "agg: x").replace("version: 1\n", "")))
        .isInstanceOf(MetricsException.class)
        .satisfies(
            e ->
                assertThat(e.getMessage().lines())
                    .hasSizeGreaterThan(1)
                    .allMatch(line -> line.contains("x.yml") || line.contains("visits")));
  }

  @Test
  void readsFoldersBelowAndRefusesOneWithoutModels(@TempDir Path folder) throws IOException {
    assertThatThrownBy(() -> ModelReader.folder(folder, Map.of())).hasMessageContaining("no .yml");
    Files.createDirectory(folder.resolve("below"));
    Files.writeString(folder.resolve("below").resolve("visits.yaml"), GOOD);
    assertThat(ModelReader.folder(folder, Map.of()).models()).containsOnlyKeys("visits");
    assertThatThrownBy(() -> ModelReader.folder(folder.resolve("none"), Map.of()))
        .hasMessageContaining("cannot be read");
  }

  private static Models read(String yaml) {
    return ModelReader.read(Map.of("x.yml", yaml.getBytes(StandardCharsets.UTF_8)), Map.of());
  }

  private static void refuses(String what, String instead, String because) {
    assertThat(GOOD).contains(what);
    assertThatThrownBy(() -> read(GOOD.replace(what, instead)))
        .as(instead)
        .isInstanceOf(MetricsException.class)
        .hasMessageContaining(because);
  }
}

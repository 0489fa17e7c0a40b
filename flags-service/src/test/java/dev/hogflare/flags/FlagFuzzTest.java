// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damages documents at random and asks for their flags; a failure names seed and round. */
class FlagFuzzTest {
  private static final int ROUNDS = 3_000;

  private static final String DOCUMENT =
      "{'flags': [{'key': 'good', 'filters': {'groups': [{}]}},"
          + "{'key': 'own', 'id': 3, 'version': 1, 'type': 'multivariate', 'rollout_percentage': 70,"
          + " 'salt': 's', 'variants': [{'key': 'a', 'rollout_percentage': 50, 'payload': '{}'},"
          + " {'key': 'b', 'rollout_percentage': 50}], 'conditions': [{'properties': [{'key':"
          + " 'plan', 'operator': 'in', 'value': ['pro', 1]}, {'key': 'tier', 'type': 'group',"
          + " 'group_type': 'company', 'operator': 'regex', 'value': '^g'}], 'variant': 'a'},"
          + " {'rollout_percentage': 30, 'variants': [{'key': 'c', 'rollout_percentage': 100}]}]},"
          + "{'key': 'official', 'id': 4, 'ensure_experience_continuity': true,"
          + " 'evaluation_contexts': ['web'], 'evaluation_runtime': 'all', 'filters': {'groups':"
          + " [{'properties': [{'key': 'email', 'operator': 'icontains', 'value': '@x'}, {'key':"
          + " 'version', 'operator': 'semver_gt', 'value': '1.2'}, {'key': 'id', 'type': 'cohort',"
          + " 'value': 1}], 'rollout_percentage': 60, 'variant': 'v1'}, {'properties': [{'key':"
          + " 'seen', 'operator': 'is_date_after', 'value': '7d'}, {'key': 'n', 'operator':"
          + " 'between', 'value': [1, 9]}]}, {'aggregation_group_type_index': 0, 'properties':"
          + " [{'key': 'tier', 'type': 'group', 'value': 'gold'}]}, {'rollout_percentage': 20}],"
          + " 'multivariate': {'variants': [{'key': 'v1', 'rollout_percentage': 50}, {'key': 'v2',"
          + " 'rollout_percentage': 50}]}, 'payloads': {'v1': '1'}, 'holdout': {'id': 1,"
          + " 'exclusion_percentage': 10}, 'feature_enrollment': true}},"
          + "{'key': 'child', 'id': 5, 'filters': {'groups': [{'properties': [{'type': 'flag',"
          + " 'key': '4', 'operator': 'flag_evaluates_to', 'value': 'v1'}]}]}}],"
          + " 'group_type_mapping': {'0': 'company'}, 'cohorts': {'1': {'type': 'OR', 'values':"
          + " [{'type': 'AND', 'values': [{'key': 'plan', 'value': 'pro'}, {'key': 'x', 'operator':"
          + " 'is_set', 'negation': true}]}, {'type': 'cohort', 'key': 'id', 'value': 2}]}, '2':"
          + " {'type': 'AND', 'values': []}}, 'timezone': 'UTC', 'projects': {'phc_other':"
          + " [{'key': 'own'}]}}";

  private static final List<String> VALUES =
      List.of(
          "null",
          "true",
          "false",
          "0",
          "-1",
          "1.5",
          "1e300",
          "99999999999999999999",
          "''",
          "'x'",
          "'flag'",
          "'group'",
          "'cohort'",
          "'regex'",
          "'('",
          "'7d'",
          "'4'",
          "'5'",
          "4",
          "5",
          "[]",
          "{}",
          "[[]]",
          "[1]",
          "['x']",
          "{'key': 'x'}",
          "[{}]",
          "[null]",
          "{'type': 'AND'}",
          "'official'",
          "'child'",
          "1",
          "2",
          "'semver_caret'",
          "'is_not'",
          "'not_between'");

  private final FlagEvaluator evaluator = new FlagEvaluator();

  @ParameterizedTest
  @ValueSource(longs = {1, 20260331, 4711})
  void noDamageToOtherFlagsIsFeltByTheGoodOneAndNothingIsAskedThatWasNotNamed(long seed)
      throws FlagDocumentException {
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      JsonNode document = Flags.json(DOCUMENT);
      int damages = 1 + random.nextInt(4);
      for (int i = 0; i < damages; i++) {
        damage(document, random);
      }
      String where = "seed " + seed + ", round " + round + ": " + document;
      FlagSet flags =
          new FlagSetParser().parse(document.toString().getBytes(StandardCharsets.UTF_8));
      for (int i = 0; i < 3; i++) {
        check(flags, request(random), random, where);
      }
    }
  }

  private void check(FlagSet flags, EvaluationRequest request, Random random, String where) {
    StateNeeds needs = evaluator.needs(flags, request);
    Asked asked = new Asked(random.nextBoolean());
    Evaluations evaluations = evaluator.evaluate(flags, request, asked);
    assertThat(!asked.person || needs.person()).as("person, %s", where).isTrue();
    assertThat(needs.groups()).as("groups, %s", where).containsAll(asked.groups);
    assertThat(!asked.keys || !needs.continuityFlags().isEmpty()).as("keys, %s", where).isTrue();
    assertThat(evaluations.errors())
        .as(where)
        .isEqualTo(evaluations.results().stream().anyMatch(FlagResult::failed));
    for (FlagResult result : evaluations.results()) {
      assertThat(evaluator.explain(flags, request, asked, result.key()).orElseThrow().result())
          .as("%s, %s", result.key(), where)
          .isSameAs(result);
    }
    assertThat(evaluations.results())
        .as(where)
        .filteredOn(result -> result.key().equals("good"))
        .singleElement()
        .matches(result -> result.enabled() && !result.failed());
  }

  /** Replaces, removes or moves one value below the flags that may be damaged. */
  private static void damage(JsonNode document, Random random) {
    List<Runnable> places = new ArrayList<>();
    List<JsonNode> containers = new ArrayList<>();
    JsonNode flags = document.get("flags");
    for (int i = 1; i < flags.size(); i++) {
      collect(flags.get(i), containers);
    }
    collect(document.get("cohorts"), containers);
    JsonNode value = Flags.json(VALUES.get(random.nextInt(VALUES.size())));
    boolean remove = random.nextInt(4) == 0;
    for (JsonNode container : containers) {
      if (container instanceof ObjectNode object) {
        object
            .fieldNames()
            .forEachRemaining(
                name ->
                    places.add(
                        () -> {
                          if (remove) {
                            object.remove(name);
                          } else {
                            object.set(name, value);
                          }
                        }));
      } else if (container instanceof ArrayNode array) {
        for (int i = 0; i < array.size(); i++) {
          int index = i;
          places.add(
              () -> {
                if (remove) {
                  array.remove(index);
                } else {
                  array.set(index, value);
                }
              });
        }
      }
    }
    if (!places.isEmpty()) {
      places.get(random.nextInt(places.size())).run();
    }
  }

  private static void collect(JsonNode node, List<JsonNode> out) {
    if (node != null && node.isContainerNode()) {
      out.add(node);
      node.forEach(child -> collect(child, out));
    }
  }

  private static EvaluationRequest request(Random random) {
    Map<String, JsonNode> person = new HashMap<>();
    for (String name : List.of("plan", "email", "version", "seen", "n", "x")) {
      if (random.nextInt(3) == 0) {
        person.put(name, Flags.json(VALUES.get(random.nextInt(VALUES.size()))));
      }
    }
    Map<String, Map<String, JsonNode>> group =
        random.nextBoolean() ? Map.of() : Map.of("company", Map.of("tier", Flags.json("'gold'")));
    return new EvaluationRequest(
        "phc_test",
        random.nextInt(10) == 0 ? "" : "id-" + random.nextInt(1_000),
        random.nextBoolean() ? Optional.empty() : Optional.of("device"),
        random.nextBoolean() ? Optional.empty() : Optional.of("anonymous"),
        person,
        random.nextInt(5) == 0,
        random.nextBoolean() ? Map.of() : Map.of("company", random.nextBoolean() ? "c1" : ""),
        group,
        Optional.empty(),
        false,
        random.nextBoolean() ? Optional.empty() : Optional.of(Set.of("web")),
        RequestRuntime.ALL,
        Flags.NOW);
  }

  /** Notes what is asked of it; everything is unreachable or nothing is stored. */
  private static final class Asked implements StateSource {
    private final boolean reachable;
    private final Set<String> groups = new HashSet<>();
    private boolean person;
    private boolean keys;

    Asked(boolean reachable) {
      this.reachable = reachable;
    }

    @Override
    public PersonState person() {
      person = true;
      return reachable ? new PersonState.Unknown() : new PersonState.Unreachable("down");
    }

    @Override
    public GroupState group(String type, String key) {
      groups.add(type);
      return reachable ? new GroupState.Unknown() : new GroupState.Unreachable("down");
    }

    @Override
    public ContinuityKeys continuityKeys() {
      keys = true;
      return reachable
          ? new ContinuityKeys.Known(Map.of())
          : new ContinuityKeys.Unreachable("down");
    }
  }
}

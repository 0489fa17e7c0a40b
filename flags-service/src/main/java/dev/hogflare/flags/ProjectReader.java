// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Turns the definitions that one project sees into flags, in the light of one another. */
final class ProjectReader {
  private final FlagSetParser.Section section;
  private final Set<FlagProblem> problems;
  private final List<FlagSetParser.Section.Entry> entries;
  private final OfficialFlagReader official;
  private final HogflareFlagReader hogflare;
  private final Map<String, Integer> places = new HashMap<>();
  private final int[][] dependencies;
  private final String[] missing;
  private final int[][] chains;

  ProjectReader(FlagSetParser.Section section, Set<FlagProblem> problems) {
    this.section = section;
    this.problems = problems;
    entries = section.flags().stream().filter(entry -> !isDeleted(entry)).toList();
    FilterReader filters =
        new FilterReader(
            new OfficialOperator.Rules(section.matchingVersion(), section.zone()),
            section.groupTypes());
    official =
        new OfficialFlagReader(filters, new CohortReader(section.cohorts(), filters, problems));
    hogflare = new HogflareFlagReader(section.bucketing(), section.groupTypes());
    dependencies = new int[entries.size()][];
    missing = new String[entries.size()];
    chains = new int[entries.size()][];
  }

  private static boolean isDeleted(FlagSetParser.Section.Entry entry) {
    return entry.json().path(DefinitionField.DELETED.word()).asBoolean(false);
  }

  ProjectFlags read() {
    link();
    CompiledFlag[] compiled = new CompiledFlag[entries.size()];
    Map<String, FlagDefinition> byKey = new HashMap<>();
    List<FlagDefinition> definitions = new ArrayList<>();
    for (int i = 0; i < compiled.length; i++) {
      compiled[i] = compile(i);
      definitions.add(compiled[i].definition());
      byKey.put(compiled[i].key(), compiled[i].definition());
    }
    return new ProjectFlags(
        List.copyOf(definitions),
        Map.copyOf(byKey),
        section.groupTypes(),
        section.cohorts(),
        section.matchingVersion(),
        section.quotaLimited(),
        compiled);
  }

  /** Finds out which flags need which, and in what order. */
  private void link() {
    for (int i = 0; i < entries.size(); i++) {
      places.putIfAbsent(entries.get(i).key(), i);
    }
    for (int i = 0; i < entries.size(); i++) {
      // PostHog names flags by id, its answer for local evaluation by key; the id wins.
      JsonNode id = entries.get(i).json().path(DefinitionField.ID.word());
      if (id.isIntegralNumber()) {
        places.put(id.asText(), i);
      }
    }
    for (int i = 0; i < dependencies.length; i++) {
      Set<Integer> needed = new LinkedHashSet<>();
      if (isOfficial(i)) {
        for (String name : OfficialFlagReader.dependencies(entries.get(i).json())) {
          Integer place = places.get(name);
          if (place == null) {
            missing[i] = name;
          } else {
            needed.add(place);
          }
        }
      }
      dependencies[i] = needed.stream().mapToInt(Integer::intValue).toArray();
    }
    order();
  }

  /** Gives each flag that depends on no ring its chain. */
  private void order() {
    int count = dependencies.length;
    List<List<Integer>> dependants = new ArrayList<>();
    int[] open = new int[count];
    Deque<Integer> ready = new ArrayDeque<>();
    for (int i = 0; i < count; i++) {
      dependants.add(new ArrayList<>());
      open[i] = dependencies[i].length;
      if (open[i] == 0) {
        ready.add(i);
      }
    }
    for (int i = 0; i < count; i++) {
      for (int needed : dependencies[i]) {
        dependants.get(needed).add(i);
      }
    }
    int[] rank = new int[count];
    int next = 0;
    while (!ready.isEmpty()) {
      int flag = ready.poll();
      rank[flag] = next++;
      BitSet before = new BitSet();
      for (int needed : dependencies[flag]) {
        before.set(needed);
        Arrays.stream(chains[needed]).forEach(before::set);
      }
      chains[flag] =
          before.stream()
              .boxed()
              .sorted((a, b) -> Integer.compare(rank[a], rank[b]))
              .mapToInt(Integer::intValue)
              .toArray();
      for (int dependant : dependants.get(flag)) {
        if (--open[dependant] == 0) {
          ready.add(dependant);
        }
      }
    }
  }

  private CompiledFlag compile(int i) {
    FlagSetParser.Section.Entry entry = entries.get(i);
    DefinitionObject.Problems own =
        new DefinitionObject.Problems(entry.key() + entry.suffix(), problems);
    DefinitionObject json = new DefinitionObject(entry.json(), "", own);
    int[] chain = chains[i] == null ? new int[0] : chains[i];
    FlagDefinition definition = definition(i, json, chain);
    CompiledFlag.Gate gate = gate(json, isOfficial(i));
    CompiledFlag flag =
        isOfficial(i)
            ? official.read(definition, json, gate, chain, name -> places.getOrDefault(name, -1))
            : hogflare.read(definition, json, gate);
    // An error in a flag that is switched off anyway does not make it fail.
    if (!definition.active()) {
      return CompiledFlag.Constant.off(
          definition,
          gate,
          !isOfficial(i),
          isOfficial(i) ? "flag_disabled" : "disabled",
          "Feature flag is disabled");
    }
    if (json.hasErrors()) {
      return CompiledFlag.Constant.failing(definition, gate, Failure.DEFINITION);
    }
    if (!isOfficial(i)) {
      return flag;
    }
    if (chains[i] == null) {
      return ring(i, definition, gate, own);
    }
    if (missing[i] != null) {
      own.warning(
          DefinitionField.FILTERS.word(),
          "depends on the flag " + missing[i] + ", which does not exist; the flag is off.");
      return CompiledFlag.Constant.off(
          definition,
          gate,
          true,
          "missing_dependency",
          "Flag cannot be evaluated due to missing dependency");
    }
    return flag;
  }

  private CompiledFlag ring(
      int i, FlagDefinition definition, CompiledFlag.Gate gate, DefinitionObject.Problems own) {
    List<Integer> ring = wayBack(i);
    if (ring.isEmpty()) {
      own.warning(
          DefinitionField.FILTERS.word(),
          "depends on flags that depend on one another in a ring; the flag cannot be computed.");
      return CompiledFlag.Constant.failing(definition, gate, Failure.DEPENDENCY);
    }
    String names =
        ring.stream().map(place -> entries.get(place).key()).collect(Collectors.joining(" -> "));
    own.error(
        DefinitionField.FILTERS.word(),
        "is a ring of dependencies: "
            + names
            + "; none of these flags can be computed. Take one of the dependencies out.");
    return CompiledFlag.Constant.failing(definition, gate, Failure.FLAG_CYCLE);
  }

  /** Returns the shortest way from a flag along its dependencies back to it, or nothing. */
  private List<Integer> wayBack(int start) {
    int[] from = new int[dependencies.length];
    Arrays.fill(from, -1);
    Deque<Integer> open = new ArrayDeque<>(List.of(start));
    while (!open.isEmpty()) {
      int at = open.poll();
      for (int next : dependencies[at]) {
        if (next == start) {
          List<Integer> way = new ArrayList<>(List.of(start));
          for (int step = at; step != start; step = from[step]) {
            way.add(1, step);
          }
          way.add(start);
          return way;
        }
        if (from[next] < 0) {
          from[next] = at;
          open.add(next);
        }
      }
    }
    return List.of();
  }

  private boolean isOfficial(int i) {
    return entries.get(i).json().hasNonNull(DefinitionField.FILTERS.word());
  }

  private FlagDefinition definition(int i, DefinitionObject json, int[] chain) {
    if (isOfficial(i) && json.rawOrNull(DefinitionField.CONDITIONS) != null) {
      json.warning(
          DefinitionField.CONDITIONS, "is not read, because the flag has official filters.");
    }
    return new FlagDefinition(
        entries.get(i).key(),
        isOfficial(i) ? FlagDefinition.Format.OFFICIAL : FlagDefinition.Format.HOGFLARE,
        json.truth(DefinitionField.ACTIVE, true),
        json.whole(DefinitionField.ID),
        json.whole(DefinitionField.VERSION),
        json.text(DefinitionField.DESCRIPTION),
        json.truth(DefinitionField.HAS_EXPERIMENT, false),
        json.truth(DefinitionField.REMOTE_CONFIGURATION, false),
        IntStream.of(chain).mapToObj(place -> entries.get(place).key()).toList(),
        json.json());
  }

  private static CompiledFlag.Gate gate(DefinitionObject json, boolean official) {
    Set<String> contexts = new TreeSet<>();
    for (DefinitionField field :
        List.of(
            DefinitionField.EVALUATION_CONTEXTS,
            DefinitionField.EVALUATION_TAGS,
            DefinitionField.EVALUATION_ENVIRONMENTS)) {
      if (contexts.isEmpty() && (official || field.format() != DefinitionField.Format.OFFICIAL)) {
        contexts.addAll(json.texts(field));
      }
    }
    RequestRuntime runtime = null;
    if (official) {
      String name = json.text(DefinitionField.EVALUATION_RUNTIME).orElse("all");
      switch (name) {
        case "client" -> runtime = RequestRuntime.CLIENT;
        case "server" -> runtime = RequestRuntime.SERVER;
        case "all" -> runtime = null;
        default ->
            json.error(
                DefinitionField.EVALUATION_RUNTIME,
                "is \"" + name + "\"; it has to be all, client or server.");
      }
    }
    return new CompiledFlag.Gate(Set.copyOf(contexts), runtime);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.Definition;
import dev.hogflare.contract.DefinitionKey.Kind;
import dev.hogflare.contract.RowSchema;
import dev.hogflare.contract.ValueType;
import dev.hogflare.lakehouse.PromotedColumn;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Says which properties are worth a column of their own: the most used ones that have none. */
final class PromotionAdvice {
  /** A column that is empty in more than 99 of 100 rows is not worth its place. */
  private static final double LEAST_SHARE = 0.01;

  private static final int MOST = 10;

  private PromotionAdvice() {}

  /**
   * A property that should be a column.
   *
   * @param property its name
   * @param type its type
   * @param seen how many events have it
   * @param share of all events, from 0 to 1
   * @param entry what stands for it in {@code HOGFLARE_LAKE_COLUMNS}
   */
  record Suggestion(String property, ValueType type, long seen, double share, String entry) {}

  /**
   * Returns the best suggestions first.
   *
   * @param setting the value of {@code HOGFLARE_LAKE_COLUMNS}, or an empty text
   */
  static List<Suggestion> of(List<Definition> all, String setting) {
    long events = 0;
    Map<String, Long> seen = new HashMap<>();
    Map<String, Definition> most = new HashMap<>();
    for (Definition definition : all) {
      if (definition.key().kind() == Kind.EVENT) {
        events += definition.count();
      } else if (definition.key().kind() == Kind.EVENT_PROPERTY && definition.type().isPresent()) {
        seen.merge(definition.key().name(), definition.count(), Long::sum);
        // Where projects differ, the one that uses it most decides of which type the column is.
        most.merge(
            definition.key().name(),
            definition,
            (one, other) -> one.count() >= other.count() ? one : other);
      }
    }
    Set<String> promoted = promoted(setting);
    Set<String> taken = columns(setting);
    List<Suggestion> best = new ArrayList<>();
    double total = Math.max(1, events);
    most.values().stream()
        .filter(definition -> isEligible(definition.key().name(), promoted))
        .filter(definition -> seen.get(definition.key().name()) / total >= LEAST_SHARE)
        .sorted(
            Comparator.comparing((Definition definition) -> seen.get(definition.key().name()))
                .reversed()
                .thenComparing(definition -> definition.key().name()))
        .limit(MOST)
        .forEach(
            definition -> {
              String name = definition.key().name();
              ValueType type = definition.type().orElseThrow();
              // Text holds any value; a number only where nothing else comes.
              boolean number = type == ValueType.NUMERIC && definition.conflicts() == 0;
              best.add(
                  new Suggestion(
                      name,
                      type,
                      seen.get(name),
                      seen.get(name) / total,
                      column(name, taken) + (number ? ":number" : "") + "=" + name));
            });
    return best;
  }

  /** Returns the setting with the suggestions added to it. */
  static String setting(String before, List<Suggestion> suggestions) {
    return Stream.concat(
            before.isBlank() ? Stream.of() : Stream.of(before.strip()),
            suggestions.stream().map(Suggestion::entry))
        .reduce((one, other) -> one + "," + other)
        .orElse("");
  }

  /** What a setting can name, and what is not one of many alike. */
  private static boolean isEligible(String name, Set<String> promoted) {
    return !promoted.contains(name)
        && !name.startsWith("$feature")
        && !name.startsWith("$set")
        && !name.isBlank()
        && name.strip().equals(name)
        && name.chars().noneMatch(c -> c == ',' || c == '"' || c == '\\' || c == '\'' || c < ' ');
  }

  private static Set<String> promoted(String setting) {
    Set<String> names = new HashSet<>();
    PromotedColumn.STANDARD.forEach(column -> names.addAll(column.properties()));
    for (String entry : setting.split(",", -1)) {
      names.add(entry.substring(entry.indexOf('=') + 1).strip());
    }
    return names;
  }

  private static Set<String> columns(String setting) {
    Set<String> names = new HashSet<>(Set.of("event_time", "written_person_id"));
    RowSchema.EVENTS.columns().forEach(column -> names.add(column.name()));
    PromotedColumn.STANDARD.forEach(column -> names.add(column.name()));
    for (String entry : setting.split(",", -1)) {
      names.add(entry.replaceFirst("[:=].*", "").strip());
    }
    return names;
  }

  private static String column(String property, Set<String> taken) {
    String name =
        property
            .replaceAll("([a-z0-9])([A-Z])", "$1_$2")
            .toLowerCase(Locale.ROOT)
            .replaceAll("[^a-z0-9]+", "_")
            .replaceAll("^_+|_+$", "");
    String base = name.isEmpty() || !Character.isLetter(name.charAt(0)) ? "p_" + name : name;
    base = base.length() > 50 ? base.substring(0, 50) : base;
    String free = base;
    for (int i = 2; !taken.add(free); i++) {
      free = base + "_" + i;
    }
    return free;
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests.oracle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hogflare.contract.Stamp;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** All that was ever said about a person's properties, and what holds of it. */
final class Values {
  /**
   * One {@code $set} or {@code $unset}.
   *
   * @param demotions the merges by which its person gave way after it
   * @param value null if it was unset
   * @param erased whether the one who said it was deleted, so that it only hides what others said
   */
  private record Said(int demotions, Stamp stamp, JsonNode value, boolean erased) {}

  private final Map<String, List<Said>> set = new TreeMap<>();
  private final Map<String, List<Said>> once = new TreeMap<>();

  void add(Event event, int demotions, boolean erased) {
    JsonNode properties = event.properties();
    List<String> unset = new ArrayList<>();
    properties.path("$unset").forEach(name -> unset.add(name.asText()));
    for (String name : unset) {
      Said nothing = new Said(demotions, event.stamp(), null, erased);
      set.computeIfAbsent(name, n -> new ArrayList<>()).add(nothing);
      once.computeIfAbsent(name, n -> new ArrayList<>()).add(nothing);
    }
    for (Map.Entry<String, JsonNode> one : properties.path("$set").properties()) {
      if (!unset.contains(one.getKey())) {
        set.computeIfAbsent(one.getKey(), n -> new ArrayList<>())
            .add(new Said(demotions, event.stamp(), one.getValue(), erased));
      }
    }
    for (Map.Entry<String, JsonNode> one : properties.path("$set_once").properties()) {
      if (!unset.contains(one.getKey())) {
        once.computeIfAbsent(one.getKey(), n -> new ArrayList<>())
            .add(new Said(demotions, event.stamp(), one.getValue(), erased));
      }
    }
  }

  /** Returns what {@code $set} left: of those demoted least the latest. */
  ObjectNode ofSet() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    set.forEach(
        (name, said) -> {
          Said last =
              said.stream()
                  .min(
                      Comparator.comparingInt(Said::demotions)
                          .thenComparing(Said::stamp, Comparator.reverseOrder()))
                  .orElseThrow();
          if (last.value() != null && !last.erased()) {
            json.set(name, last.value());
          }
        });
    return json;
  }

  /** Returns what {@code $set_once} left: the earliest since the last {@code $unset}. */
  ObjectNode ofSetOnce() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    once.forEach(
        (name, said) -> {
          Stamp unset = new Stamp(-1, 0, 0);
          for (Said one : said) {
            if (one.value() == null && unset.isBefore(one.stamp())) {
              unset = one.stamp();
            }
          }
          Said first = null;
          for (Said one : said) {
            if (one.value() != null
                && unset.isBefore(one.stamp())
                && (first == null || one.stamp().isBefore(first.stamp()))) {
              first = one;
            }
          }
          if (first != null && !first.erased()) {
            json.set(name, first.value());
          }
        });
    return json;
  }

  /** Returns what a reader sees. */
  ObjectNode merged() {
    return ofSetOnce().setAll(ofSet());
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.util.Map;
import java.util.TreeMap;

/**
 * How many rows of each hour were erased from a table, as its properties keep it: for each project
 * {@code hour:count} pairs with commas between them, the hours since the epoch.
 */
final class ErasedCounts {
  private static final String PREFIX = "hogflare.erased.";

  private ErasedCounts() {}

  /** Returns the name of a project's property. */
  static String key(String token) {
    return PREFIX + token;
  }

  /** Returns the counts of a project by hour. */
  static Map<Long, Long> read(Map<String, String> properties, String token) {
    Map<Long, Long> counts = new TreeMap<>();
    String text = properties.getOrDefault(key(token), "");
    for (String pair : text.split(",", -1)) {
      int colon = pair.indexOf(':');
      if (colon > 0) {
        counts.put(
            Long.parseLong(pair.substring(0, colon)), Long.parseLong(pair.substring(colon + 1)));
      }
    }
    return counts;
  }

  /** Returns the counts of all projects, by project and hour. */
  static Map<String, Map<Long, Long>> readAll(Map<String, String> properties) {
    Map<String, Map<Long, Long>> all = new TreeMap<>();
    for (String name : properties.keySet()) {
      if (name.startsWith(PREFIX)) {
        String token = name.substring(PREFIX.length());
        all.put(token, read(properties, token));
      }
    }
    return all;
  }

  /** Returns the value of a project's property. */
  static String text(Map<Long, Long> counts) {
    StringBuilder text = new StringBuilder();
    counts.forEach(
        (hour, count) ->
            text.append(text.isEmpty() ? "" : ",").append(hour).append(':').append(count));
    return text.toString();
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Whose events are left out, as PostHog's list of tokens and distinct ids to drop: {@code
 * token:distinct_id}, or {@code token:*} for everybody of a project.
 */
final class DropList {
  private static final String EVERYBODY = "*";

  private final Map<String, Set<String>> idsByToken;

  private DropList(Map<String, Set<String>> idsByToken) {
    this.idsByToken = idsByToken;
  }

  /**
   * Reads the entries.
   *
   * @throws IllegalArgumentException if one has another form
   */
  static DropList of(List<String> entries) {
    Map<String, Set<String>> ids = new HashMap<>();
    for (String entry : entries) {
      int colon = entry.indexOf(':');
      if (colon <= 0 || colon == entry.length() - 1) {
        throw new IllegalArgumentException(
            "\"" + entry + "\" is not of the form token:distinct_id or token:*.");
      }
      ids.computeIfAbsent(entry.substring(0, colon), t -> new HashSet<>())
          .add(entry.substring(colon + 1));
    }
    return new DropList(ids);
  }

  /**
   * Whether an event is to be left out.
   *
   * @param distinctId in the form of a key
   */
  boolean contains(String token, String distinctId) {
    Set<String> ids = idsByToken.get(token);
    return ids != null && (ids.contains(EVERYBODY) || ids.contains(distinctId));
  }
}

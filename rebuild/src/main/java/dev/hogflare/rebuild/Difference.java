// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Something about which two sides say different things.
 *
 * @param kind {@code person}, {@code id}, {@code group} or {@code override}
 * @param token the project, or empty if it is not known
 * @param name the person's UUID, the distinct id, or the group's type and key
 * @param left what the one side says, by field; empty if it knows nothing of it
 * @param right what the other side says
 */
public record Difference(
    String kind, String token, String name, Map<String, String> left, Map<String, String> right) {

  /** Returns the fields that differ, in their order. */
  public Set<String> fields() {
    Set<String> names = new LinkedHashSet<>(left.keySet());
    names.addAll(right.keySet());
    names.removeIf(name -> java.util.Objects.equals(left.get(name), right.get(name)));
    return names;
  }
}

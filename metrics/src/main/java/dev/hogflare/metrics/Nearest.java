// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.metrics;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Finds what somebody may have meant. */
final class Nearest {
  private Nearest() {}

  /** Returns the words that end a sentence: what may have been meant, or what there is. */
  static String hint(String typed, Collection<String> known) {
    Optional<String> nearest =
        known.stream()
            .filter(name -> distance(typed, name) <= Math.max(2, typed.length() / 3))
            .min(Comparator.comparingInt(name -> distance(typed, name)));
    return nearest
        .map(name -> "did you mean " + name + "?")
        .orElseGet(() -> "there are " + String.join(", ", known) + ".");
  }

  /** Returns how many characters must be put in, taken out or changed. */
  private static int distance(String one, String other) {
    int[] row = new int[other.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= one.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int change = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[other.length()];
  }
}

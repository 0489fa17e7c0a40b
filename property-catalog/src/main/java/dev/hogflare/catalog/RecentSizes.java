// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import java.util.LinkedHashMap;
import java.util.function.Function;

/** Remembers the sizes of the projects that were asked for last; of others they are found anew. */
final class RecentSizes {
  private final int most;
  private final Function<String, int[]> finder;
  private final LinkedHashMap<String, int[]> sizes = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * Creates an empty memory.
   *
   * @param most projects that are remembered
   * @param finder counts what there is of a project
   */
  RecentSizes(int most, Function<String, int[]> finder) {
    this.most = most;
    this.finder = finder;
  }

  /** Returns the sizes of a project, which the caller may raise. */
  int[] of(String token) {
    int[] size = sizes.computeIfAbsent(token, finder);
    if (sizes.size() > most) {
      sizes.pollFirstEntry();
    }
    return size;
  }

  /** Forgets all. */
  void clear() {
    sizes.clear();
  }
}

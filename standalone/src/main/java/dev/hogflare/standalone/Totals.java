// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.JsonBuffer;
import java.nio.file.Path;
import java.util.Map;

/**
 * Carries counts over restarts, which the services begin at zero with each process.
 *
 * <p>For the eye, not for the books: what a process counted between the last {@link #save} and its
 * being killed is missing from then on. The tables have the exact numbers. Safe for concurrent use.
 */
final class Totals {
  private final Path file;
  private final Counts before;
  private Counts saved;

  /**
   * What is counted.
   *
   * @param events that the gateway stored
   * @param persons that were made
   * @param lakeRows that were committed to the lake
   */
  record Counts(long events, long persons, long lakeRows) {
    private Counts plus(Counts more) {
      return new Counts(events + more.events, persons + more.persons, lakeRows + more.lakeRows);
    }
  }

  /** Reads what earlier processes counted. */
  Totals(Path file) {
    this.file = file;
    Map<String, String> fields = FlatJson.read(file).orElse(Map.of());
    before =
        new Counts(number(fields, "events"), number(fields, "persons"), number(fields, "lakeRows"));
    saved = before;
  }

  private static long number(Map<String, String> fields, String name) {
    try {
      return Long.parseLong(fields.getOrDefault(name, "0"));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /** Returns the counts of all processes, given those of this one. */
  Counts of(Counts ofThisProcess) {
    return before.plus(ofThisProcess);
  }

  /** Keeps the counts for later processes, given those of this one, if they have changed. */
  synchronized void save(Counts ofThisProcess) {
    Counts all = of(ofThisProcess);
    if (all.equals(saved)) {
      return;
    }
    FlatJson.write(
        file,
        new JsonBuffer(64)
            .openObject()
            .name("events")
            .number(all.events())
            .name("persons")
            .number(all.persons())
            .name("lakeRows")
            .number(all.lakeRows())
            .closeObject());
    saved = all;
  }
}

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
  private final long personsBefore;
  private final long rowsBefore;
  private long personsSaved;
  private long rowsSaved;

  /** Reads what earlier processes counted. */
  Totals(Path file) {
    this.file = file;
    Map<String, String> before = FlatJson.read(file).orElse(Map.of());
    personsBefore = number(before, "persons");
    rowsBefore = number(before, "lakeRows");
    personsSaved = personsBefore;
    rowsSaved = rowsBefore;
  }

  private static long number(Map<String, String> fields, String name) {
    try {
      return Long.parseLong(fields.getOrDefault(name, "0"));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /** Returns the persons of all processes, given those of this one. */
  long persons(long ofThisProcess) {
    return personsBefore + ofThisProcess;
  }

  /** Returns the rows of all processes, given those of this one. */
  long lakeRows(long ofThisProcess) {
    return rowsBefore + ofThisProcess;
  }

  /** Keeps the totals for later processes, if they have changed. */
  synchronized void save(long persons, long lakeRows) {
    if (persons == personsSaved && lakeRows == rowsSaved) {
      return;
    }
    FlatJson.write(
        file,
        new JsonBuffer(64)
            .openObject()
            .name("persons")
            .number(persons)
            .name("lakeRows")
            .number(lakeRows)
            .closeObject());
    personsSaved = persons;
    rowsSaved = lakeRows;
  }
}

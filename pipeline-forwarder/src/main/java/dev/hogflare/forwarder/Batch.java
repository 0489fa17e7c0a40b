// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import java.util.ArrayList;
import java.util.List;

/**
 * The rows of one request.
 *
 * @param rows one row or more, in the order in which they were read
 */
record Batch(List<Row> rows) {

  /** Copies the list. */
  Batch {
    rows = List.copyOf(rows);
    if (rows.isEmpty()) {
      throw new IllegalArgumentException("A batch holds at least one row.");
    }
  }

  /** Returns the length of the rows as one JSON array, in bytes. */
  int bodyBytes() {
    int bytes = 1;
    for (Row row : rows) {
      bytes += row.bytes() + 1;
    }
    return bytes;
  }

  /**
   * Returns the first and the second half of the rows.
   *
   * @throws IllegalStateException if there is only one row
   */
  List<Batch> halves() {
    if (rows.size() == 1) {
      throw new IllegalStateException("A single row has no halves.");
    }
    int middle = rows.size() / 2;
    return List.of(
        new Batch(rows.subList(0, middle)), new Batch(rows.subList(middle, rows.size())));
  }

  /** Returns the rows whose partition now belongs to somebody else. */
  List<Row> droppedRows() {
    List<Row> dropped = new ArrayList<>();
    for (Row row : rows) {
      if (row.tracker().dropped()) {
        dropped.add(row);
      }
    }
    return dropped;
  }

  /** Returns the rows whose partition is still ours. */
  List<Row> ownedRows() {
    List<Row> owned = new ArrayList<>(rows.size());
    for (Row row : rows) {
      if (!row.tracker().dropped()) {
        owned.add(row);
      }
    }
    return owned;
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Gathers rows until they make a request that is worth sending.
 *
 * <p>A batch's body stays within the byte limit unless a single row alone is longer. Used by one
 * thread; times are nanoseconds of any steady clock.
 */
final class BatchAccumulator {
  private final int maxBytes;
  private final int maxRows;
  private final long maxAgeNanos;

  private List<Row> rows = new ArrayList<>();
  private int bodyBytes = 1;
  private long oldest;

  /**
   * Creates an empty accumulator.
   *
   * @param maxBytes the body's length at which a batch is full, in bytes, brackets and commas
   *     included
   * @param maxRows the number of rows at which a batch is full
   * @param maxAgeNanos how long the first row waits for company
   */
  BatchAccumulator(int maxBytes, int maxRows, long maxAgeNanos) {
    this.maxBytes = maxBytes;
    this.maxRows = maxRows;
    this.maxAgeNanos = maxAgeNanos;
  }

  /** Adds a row, and returns the batch that it filled or did not fit into. */
  Optional<Batch> add(Row row, long now) {
    Optional<Batch> full = Optional.empty();
    if (!rows.isEmpty() && bodyBytes + row.bytes() + 1 > maxBytes) {
      full = take();
    }
    if (rows.isEmpty()) {
      oldest = now;
    }
    rows.add(row);
    bodyBytes += row.bytes() + 1;
    // At most one batch a call: a row that is full by itself leaves with the next call or by age.
    if (full.isEmpty() && (rows.size() >= maxRows || bodyBytes >= maxBytes)) {
      full = take();
    }
    return full;
  }

  /** Returns what was gathered if its first row has waited long enough. */
  Optional<Batch> takeIfDue(long now) {
    return nanosUntilDue(now) <= 0 ? take() : Optional.empty();
  }

  /** Returns what was gathered. */
  Optional<Batch> take() {
    if (rows.isEmpty()) {
      return Optional.empty();
    }
    Batch batch = new Batch(rows);
    rows = new ArrayList<>();
    bodyBytes = 1;
    return Optional.of(batch);
  }

  /** Returns the time until the rows are due, at most zero if they are, or a very long one. */
  long nanosUntilDue(long now) {
    return rows.isEmpty() ? Long.MAX_VALUE : maxAgeNanos - (now - oldest);
  }

  /** Takes out the rows whose partition now belongs to somebody else. */
  List<Row> removeDropped() {
    Optional<Batch> all = take();
    if (all.isEmpty()) {
      return List.of();
    }
    for (Row row : all.get().ownedRows()) {
      rows.add(row);
      bodyBytes += row.bytes() + 1;
    }
    return all.get().droppedRows();
  }

  /** Returns the number of rows gathered. */
  int size() {
    return rows.size();
  }
}

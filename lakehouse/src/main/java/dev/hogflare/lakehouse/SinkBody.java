// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Gathers rows that came one by one, so that they are parsed and written many at a time.
 *
 * @param <T> what the caller needs to know of a row that is refused
 */
final class SinkBody<T> {
  /** The length from which a body is worth being parsed, in bytes. */
  private static final int FULL = 1 << 20;

  /** Takes rows that obey the schema. */
  interface Accepted {
    void rows(RowBatch batch) throws IOException;
  }

  /** Takes a row that does not, with a sentence. */
  interface Refused<T> {
    void row(T origin, String why);
  }

  private final RowBatchParser parser;
  private final List<byte[]> rows = new ArrayList<>();
  private final List<T> origins = new ArrayList<>();
  private int bytes;

  SinkBody(RowBatchParser parser) {
    this.parser = parser;
  }

  void add(byte[] row, T origin) {
    rows.add(row);
    origins.add(origin);
    bytes += row.length;
  }

  boolean isFull() {
    return bytes >= FULL;
  }

  /** Gives all rows to one side or the other, and is empty then. */
  void drain(long ingestMicros, Accepted accepted, Refused<T> refused) throws IOException {
    if (rows.isEmpty()) {
      return;
    }
    RowBatch all = togetherOrNull();
    if (all != null) {
      all.ingestMicros(ingestMicros);
      accepted.rows(all);
    } else {
      oneByOne(ingestMicros, accepted, refused);
    }
    rows.clear();
    origins.clear();
    bytes = 0;
  }

  /** Returns all rows, or null if one of them is not as it should be. */
  private RowBatch togetherOrNull() {
    byte[] body = new byte[bytes + rows.size() + 1];
    int[] from = new int[rows.size()];
    int at = 0;
    body[at++] = '[';
    for (int i = 0; i < from.length; i++) {
      if (i > 0) {
        body[at++] = ',';
      }
      from[i] = at;
      System.arraycopy(rows.get(i), 0, body, at, rows.get(i).length);
      at += rows.get(i).length;
    }
    body[at] = ']';
    try {
      RowBatch batch = parser.parse(body);
      if (batch.invalid() > 0 || batch.rows() != from.length) {
        return null;
      }
      for (int i = 0; i < from.length; i++) {
        // What is no JSON alone may be some together with its neighbours.
        if (!batch.isFromTo(i, from[i], from[i] + rows.get(i).length)) {
          return null;
        }
      }
      return batch;
    } catch (RefusedBodyException e) {
      return null; // The one that is to blame is found when each is parsed alone.
    }
  }

  private void oneByOne(long ingestMicros, Accepted accepted, Refused<T> refused)
      throws IOException {
    for (int i = 0; i < rows.size(); i++) {
      byte[] row = rows.get(i);
      byte[] body = new byte[row.length + 2];
      body[0] = '[';
      System.arraycopy(row, 0, body, 1, row.length);
      body[row.length + 1] = ']';
      String why;
      try {
        RowBatch batch = parser.parse(body);
        if (batch.received() == 1 && batch.invalid() == 0) {
          batch.ingestMicros(ingestMicros);
          accepted.rows(batch);
          continue;
        }
        why = batch.received() == 1 ? batch.problemOrNull() : "The record is not one JSON object.";
      } catch (RefusedBodyException e) {
        why = e.getMessage();
      }
      refused.row(origins.get(i), why.replace("Row 1: ", ""));
    }
  }
}

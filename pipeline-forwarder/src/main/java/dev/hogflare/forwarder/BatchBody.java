// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * The rows of a batch as one JSON array, cut into chunks that are made while they are sent.
 *
 * <p>The array is never in memory as a whole: next to the rows themselves it would double what a
 * request holds, and single arrays of a megabyte are the garbage that costs most.
 */
final class BatchBody implements Iterable<byte[]> {
  /** What the HTTP client's own buffers hold, so that a chunk fills one of them. */
  private static final int CHUNK_BYTES = 16 * 1024;

  private final Batch batch;

  BatchBody(Batch batch) {
    this.batch = batch;
  }

  /** Returns the array's length in bytes. */
  int length() {
    return batch.bodyBytes();
  }

  @Override
  public Iterator<byte[]> iterator() {
    return new Chunks(batch.rows().iterator(), length());
  }

  private static final class Chunks implements Iterator<byte[]> {
    private final Iterator<Row> rows;
    private int left;
    private byte[] row;
    private int taken;
    private boolean begun;

    Chunks(Iterator<Row> rows, int length) {
      this.rows = rows;
      left = length;
      row = rows.next().value();
    }

    @Override
    public boolean hasNext() {
      return left > 0;
    }

    @Override
    public byte[] next() {
      if (left == 0) {
        throw new NoSuchElementException("The array has ended.");
      }
      byte[] chunk = new byte[Math.min(left, CHUNK_BYTES)];
      left -= chunk.length;
      int filled = 0;
      if (!begun) {
        begun = true;
        chunk[filled++] = '[';
      }
      while (filled < chunk.length) {
        int count = Math.min(row.length - taken, chunk.length - filled);
        System.arraycopy(row, taken, chunk, filled, count);
        filled += count;
        taken += count;
        // The separator of a row that just fits is the first byte of the next chunk.
        if (filled < chunk.length) {
          chunk[filled++] = (byte) (rows.hasNext() ? ',' : ']');
          row = rows.hasNext() ? rows.next().value() : row;
          taken = 0;
        }
      }
      return chunk;
    }
  }
}

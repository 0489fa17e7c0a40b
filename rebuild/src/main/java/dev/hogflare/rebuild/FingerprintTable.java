// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import java.util.Arrays;

/**
 * A map from fingerprints to a few numbers each, which takes little more memory than the numbers.
 *
 * <p>May be used by several threads at once. Entries are never removed. At most three quarters of
 * the cells are taken, so that an entry of two numbers takes 43 to 86 bytes and one of four 64 to
 * 128.
 */
final class FingerprintTable {
  private static final int SHARDS = 64;
  private static final int FIRST_SIZE = 64;

  private final int width;
  private final Shard[] shards = new Shard[SHARDS];

  /** Creates a table whose entries hold so many numbers each. */
  FingerprintTable(int width) {
    this.width = width;
    Arrays.setAll(shards, i -> new Shard());
  }

  /** Takes one entry. */
  @FunctionalInterface
  interface Visitor {
    /**
     * Takes one entry.
     *
     * @param values the entry's numbers, which the next call reuses
     */
    void visit(long high, long low, long[] values);
  }

  /** Open addressing with linear probing; a cell whose key is zero is free. */
  private final class Shard {
    private long[] cells = new long[FIRST_SIZE * (2 + width)];
    private int size = FIRST_SIZE;
    private int used;

    private int find(long high, long low) {
      int at = (int) (low >>> 8) & (size - 1);
      while (true) {
        int cell = at * (2 + width);
        if ((cells[cell] == high && cells[cell + 1] == low)
            || (cells[cell] == 0 && cells[cell + 1] == 0)) {
          return cell;
        }
        at = (at + 1) & (size - 1);
      }
    }

    private boolean isFree(int cell) {
      return cells[cell] == 0 && cells[cell + 1] == 0;
    }

    private int claim(long high, long low) {
      int cell = find(high, low);
      if (!isFree(cell)) {
        return cell;
      }
      if (used + 1 > size / 4 * 3) {
        grow();
        cell = find(high, low);
      }
      used++;
      cells[cell] = high;
      cells[cell + 1] = low;
      return cell;
    }

    private void grow() {
      long[] old = cells;
      size *= 2;
      cells = new long[size * (2 + width)];
      for (int cell = 0; cell < old.length; cell += 2 + width) {
        if (old[cell] != 0 || old[cell + 1] != 0) {
          System.arraycopy(old, cell, cells, find(old[cell], old[cell + 1]), 2 + width);
        }
      }
    }
  }

  private Shard shard(long low) {
    return shards[(int) low & (SHARDS - 1)];
  }

  /** Reads an entry into the given array, zeros if there is none; returns whether there is one. */
  boolean get(long high, long low, long[] values) {
    Shard shard = shard(low);
    synchronized (shard) {
      int cell = shard.find(high, low);
      System.arraycopy(shard.cells, cell + 2, values, 0, width);
      return !shard.isFree(cell);
    }
  }

  /** Replaces an entry's numbers, and reads those that it had into the given array. */
  void put(long high, long low, long[] values, long[] before) {
    Shard shard = shard(low);
    synchronized (shard) {
      int cell = shard.claim(high, low);
      System.arraycopy(shard.cells, cell + 2, before, 0, width);
      System.arraycopy(values, 0, shard.cells, cell + 2, width);
    }
  }

  /** Adds to an entry's numbers, and reads what they are then into the given array. */
  void add(long high, long low, long[] more, long[] after) {
    Shard shard = shard(low);
    synchronized (shard) {
      int cell = shard.claim(high, low);
      for (int i = 0; i < width; i++) {
        shard.cells[cell + 2 + i] += more[i];
        after[i] = shard.cells[cell + 2 + i];
      }
    }
  }

  /** Shows every entry, in no order, while nobody writes. */
  void forEach(Visitor visitor) {
    long[] values = new long[width];
    for (Shard shard : shards) {
      for (int cell = 0; cell < shard.cells.length; cell += 2 + width) {
        if (!shard.isFree(cell)) {
          System.arraycopy(shard.cells, cell + 2, values, 0, width);
          visitor.visit(shard.cells[cell], shard.cells[cell + 1], values);
        }
      }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.person.SnapshotItems.Outcome;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Inflates gzip files of one member, as RFC 1952 describes them, within a bound for each and one
 * for all.
 *
 * <p>Strict, so that every version of the Java runtime gives the same: nothing may stand behind the
 * member, and length and check sum have to be right. Used by one thread.
 */
final class Gunzip implements AutoCloseable {
  private static final int HEADER = 10;
  private static final int TRAILER = 8;
  private static final int HEADER_CRC = 2;
  private static final int EXTRA = 4;
  private static final int NAME = 8;
  private static final int COMMENT = 16;

  private int budget;
  private Inflater inflater;

  /**
   * Creates an inflater.
   *
   * @param budget the most bytes that all files are inflated to; those count as well that are given
   *     up
   */
  Gunzip(int budget) {
    this.budget = budget;
  }

  /**
   * Returns the content of a file.
   *
   * @param most the most bytes that it may have
   * @throws UndecodedException if it is longer, or damaged
   */
  byte[] of(byte[] file, int most) throws UndecodedException {
    int limit = Math.min(most, budget);
    if (limit <= 0) {
      throw new UndecodedException(Outcome.TOO_LARGE);
    }
    int from = header(file);
    if (inflater == null) {
      inflater = new Inflater(true);
    }
    inflater.reset();
    inflater.setInput(file, from, file.length - from);
    // One byte more than allowed tells a file that is too long from one that ends in time.
    byte[] out = new byte[(int) Math.min(limit + 1L, 256 + 6L * file.length)];
    int length = 0;
    try {
      while (!inflater.finished()) {
        if (length == out.length) {
          out = Arrays.copyOf(out, (int) Math.min(limit + 1L, 2L * out.length));
        }
        int more = inflater.inflate(out, length, out.length - length);
        length += more;
        if (length > limit) {
          throw new UndecodedException(Outcome.TOO_LARGE);
        }
        if (more == 0 && !inflater.finished() && length < out.length) {
          throw new UndecodedException(Outcome.DAMAGED);
        }
      }
    } catch (DataFormatException e) {
      throw new UndecodedException(Outcome.DAMAGED);
    } finally {
      budget -= Math.min(budget, length);
    }
    int trailer = file.length - inflater.getRemaining();
    CRC32 crc = new CRC32();
    crc.update(out, 0, length);
    if (inflater.getRemaining() != TRAILER
        || number(file, trailer) != (int) crc.getValue()
        || number(file, trailer + 4) != length) {
      throw new UndecodedException(Outcome.DAMAGED);
    }
    return Arrays.copyOf(out, length);
  }

  /** Returns where the compressed bytes begin. */
  private static int header(byte[] file) throws UndecodedException {
    if (file.length < HEADER + TRAILER
        || (file[0] & 0xFF) != 0x1F
        || (file[1] & 0xFF) != 0x8B
        || file[2] != 8) {
      throw new UndecodedException(Outcome.DAMAGED);
    }
    int flags = file[3] & 0xFF;
    int at = HEADER;
    if ((flags & EXTRA) != 0) {
      at += 2 + (file[at] & 0xFF | (file[at + 1] & 0xFF) << 8);
    }
    if ((flags & NAME) != 0) {
      at = behindText(file, at);
    }
    if ((flags & COMMENT) != 0) {
      at = behindText(file, at);
    }
    if ((flags & HEADER_CRC) != 0) {
      at += 2;
    }
    if (at > file.length - TRAILER) {
      throw new UndecodedException(Outcome.DAMAGED);
    }
    return at;
  }

  private static int behindText(byte[] file, int from) {
    int at = from;
    while (at < file.length && file[at] != 0) {
      at++;
    }
    return at + 1;
  }

  private static int number(byte[] file, int at) {
    return file[at] & 0xFF
        | (file[at + 1] & 0xFF) << 8
        | (file[at + 2] & 0xFF) << 16
        | (file[at + 3] & 0xFF) << 24;
  }

  @Override
  public void close() {
    if (inflater != null) {
      inflater.end();
    }
  }
}

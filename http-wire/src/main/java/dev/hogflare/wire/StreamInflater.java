// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.brotli.dec.BrotliInputStream;

/**
 * Inflates Brotli and Zstandard under a ceiling that holds while inflating.
 *
 * <p>What a body says about its window is a demand for memory: it is reserved before it is taken,
 * and a larger one than browsers may ask for is refused.
 */
final class StreamInflater {
  /** The largest window of Zstandard in HTTP, as a power of two (RFC 9659). */
  private static final int ZSTD_WINDOW_LOG = 23;

  /** The largest window of Brotli, with the tables beside it. */
  private static final int BROTLI_BYTES = 17 * 1024 * 1024;

  private static final int FIRST_CAPACITY = 64 * 1024;

  private final int ceiling;

  /** Creates an inflater whose output has at most so many bytes. */
  StreamInflater(int ceiling) {
    this.ceiling = ceiling;
  }

  /**
   * Inflates Zstandard.
   *
   * @throws RequestRefusedException if the input is damaged (400), the output passes the ceiling
   *     (413), or the budget is used up (503)
   */
  Octets zstd(Octets in, MemoryBudget budget) throws RequestRefusedException {
    budget.reserve(1L << ZSTD_WINDOW_LOG);
    try (ZstdInputStreamNoFinalizer stream = new ZstdInputStreamNoFinalizer(bytes(in))) {
      stream.setLongMax(ZSTD_WINDOW_LOG);
      return read(stream, budget);
    } catch (IOException e) {
      throw damaged("zstd", e);
    }
  }

  /**
   * Inflates Brotli.
   *
   * @throws RequestRefusedException as above
   */
  Octets brotli(Octets in, MemoryBudget budget) throws RequestRefusedException {
    budget.reserve(BROTLI_BYTES);
    try (BrotliInputStream stream = new BrotliInputStream(bytes(in))) {
      return read(stream, budget);
    } catch (IOException | IndexOutOfBoundsException e) {
      // The decoder finds some damage only where it would read beyond its tables.
      throw damaged("brotli", e);
    }
  }

  private static InputStream bytes(Octets in) {
    return new ByteArrayInputStream(in.bytes(), in.from(), in.length());
  }

  private Octets read(InputStream in, MemoryBudget budget)
      throws IOException, RequestRefusedException {
    int capacity = (int) Math.min(FIRST_CAPACITY, ceiling + 1L);
    budget.reserve(capacity);
    byte[] out = new byte[capacity];
    int length = 0;
    while (true) {
      if (length == out.length) {
        if (length > ceiling) {
          throw BoundedInflater.tooLarge(ceiling);
        }
        capacity = (int) Math.min(2L * out.length, ceiling + 1L);
        budget.reserve(capacity - out.length);
        out = Arrays.copyOf(out, capacity);
      }
      int count = in.read(out, length, out.length - length);
      if (count < 0) {
        return new Octets(out, 0, length);
      }
      length += count;
      if (length > ceiling) {
        throw BoundedInflater.tooLarge(ceiling);
      }
    }
  }

  private static RequestRefusedException damaged(String format, Exception e) {
    String why = e.getMessage();
    return RequestRefusedException.unreadable(
        "failed to decode " + format + " payload: " + (why == null ? "it is damaged" : why) + ".");
  }
}

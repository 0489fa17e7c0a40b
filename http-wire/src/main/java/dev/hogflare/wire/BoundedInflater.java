// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.zip.Adler32;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Inflates gzip, zlib and bare deflate under a ceiling that holds while inflating, so that a bomb
 * costs no more memory than an honest body of the largest size.
 */
final class BoundedInflater {
  private static final int POOLED = 32;
  private static final int GZIP_HEADER = 10;
  private static final int GZIP_TRAILER = 8;
  private static final int ZLIB_HEADER = 2;
  private static final int ZLIB_TRAILER = 4;
  private static final int HEADER_CRC = 0x02;
  private static final int EXTRA = 0x04;
  private static final int NAME = 0x08;
  private static final int COMMENT = 0x10;
  private static final int MIN_OUTPUT = 1_024;

  /** A gzip trailer that promises more than this times the input is not believed in advance. */
  private static final int PLAUSIBLE_RATIO = 20;

  private final int ceiling;
  private final BlockingQueue<Inflater> idle = new ArrayBlockingQueue<>(POOLED);

  /** The compressed formats. */
  enum Format {
    GZIP("gzip"),
    ZLIB("zlib"),
    DEFLATE("deflate");

    private final String text;

    Format(String text) {
      this.text = text;
    }
  }

  /** Creates an inflater whose output has at most so many bytes. */
  BoundedInflater(int ceiling) {
    this.ceiling = ceiling;
  }

  /** Whether the bytes begin as gzip does. */
  static boolean isGzip(Octets in) {
    byte[] b = in.bytes();
    int at = in.from();
    return in.length() >= 3 && b[at] == 0x1F && b[at + 1] == (byte) 0x8B && b[at + 2] == 8;
  }

  /** Whether the bytes begin as a zlib stream does, which no JSON and no base64 does. */
  static boolean isZlib(Octets in) {
    byte[] b = in.bytes();
    int at = in.from();
    return in.length() > ZLIB_HEADER
        && (b[at] & 0x0F) == 8
        && (b[at] & 0xF0) <= 0x70
        && ((b[at] & 0xFF) << 8 | b[at + 1] & 0xFF) % 31 == 0;
  }

  /**
   * Inflates.
   *
   * @throws RequestRefusedException if the input is damaged (400), the output passes the ceiling
   *     (413) or the budget (503)
   */
  Octets inflate(Octets in, Format format, MemoryBudget budget) throws RequestRefusedException {
    Inflater inflater = idle.poll();
    if (inflater == null) {
      inflater = new Inflater(true);
    }
    try {
      return new Run(inflater, in, format, budget).run();
    } catch (DataFormatException e) {
      throw damaged(format, e.getMessage() == null ? "it is damaged" : e.getMessage());
    } finally {
      inflater.reset();
      if (!idle.offer(inflater)) {
        inflater.end();
      }
    }
  }

  private static RequestRefusedException damaged(Format format, String why) {
    return RequestRefusedException.unreadable(
        "failed to decode " + format.text + " payload: " + why + ".");
  }

  /** The inflation of one body. */
  private final class Run {
    private final Inflater inflater;
    private final byte[] in;
    private final int end;
    private final Format format;
    private final MemoryBudget budget;
    private int at;
    private byte[] out;
    private int length;

    Run(Inflater inflater, Octets in, Format format, MemoryBudget budget) {
      this.inflater = inflater;
      this.in = in.bytes();
      this.at = in.from();
      this.end = in.to();
      this.format = format;
      this.budget = budget;
    }

    Octets run() throws RequestRefusedException, DataFormatException {
      int first = firstCapacity();
      budget.reserve(first);
      out = new byte[first];
      switch (format) {
        case GZIP -> gzip();
        case ZLIB -> zlib();
        case DEFLATE -> stream(0);
      }
      return new Octets(out, 0, length);
    }

    private int firstCapacity() {
      long size = 4L * (end - at);
      if (format == Format.GZIP && end - at > GZIP_TRAILER) {
        long promised = littleEndian(end - 4);
        if (promised <= (long) PLAUSIBLE_RATIO * (end - at)) {
          // One more, so that the last call sees the end of the stream and needs no growth.
          size = promised + 1;
        }
      }
      return (int) Math.min(Math.max(size, MIN_OUTPUT), ceiling + 1L);
    }

    private void gzip() throws RequestRefusedException, DataFormatException {
      do {
        int begin = length;
        gzipHeader();
        stream(GZIP_TRAILER);
        CRC32 crc = new CRC32();
        crc.update(out, begin, length - begin);
        if (littleEndian(at) != crc.getValue()
            || littleEndian(at + 4) != ((length - begin) & 0xFFFF_FFFFL)) {
          throw damaged(format, "its checksum is wrong");
        }
        at += GZIP_TRAILER;
        inflater.reset();
      } while (isGzip(new Octets(in, at, end)));
    }

    private void gzipHeader() throws RequestRefusedException {
      need(GZIP_HEADER);
      int flags = in[at + 3];
      at += GZIP_HEADER;
      if ((flags & EXTRA) != 0) {
        need(2);
        int extra = (in[at] & 0xFF) | (in[at + 1] & 0xFF) << 8;
        need(2 + extra);
        at += 2 + extra;
      }
      if ((flags & NAME) != 0) {
        skipText();
      }
      if ((flags & COMMENT) != 0) {
        skipText();
      }
      if ((flags & HEADER_CRC) != 0) {
        need(2);
        at += 2;
      }
    }

    private void skipText() throws RequestRefusedException {
      while (at < end && in[at] != 0) {
        at++;
      }
      need(1);
      at++;
    }

    private void zlib() throws RequestRefusedException, DataFormatException {
      need(ZLIB_HEADER);
      if ((in[at + 1] & 0x20) != 0) {
        throw damaged(format, "it needs a dictionary");
      }
      at += ZLIB_HEADER;
      stream(ZLIB_TRAILER);
      Adler32 adler = new Adler32();
      adler.update(out, 0, length);
      if (Long.reverseBytes(littleEndian(at)) >>> 32 != adler.getValue()) {
        throw damaged(format, "its checksum is wrong");
      }
    }

    /** Inflates up to the end of a deflate stream, behind which a trailer must stand. */
    private void stream(int trailer) throws RequestRefusedException, DataFormatException {
      inflater.setInput(in, at, end - at);
      while (!inflater.finished()) {
        if (length == out.length) {
          grow();
        }
        int got = inflater.inflate(out, length, out.length - length);
        length += got;
        if (length > ceiling) {
          throw tooLarge(ceiling);
        }
        if (got == 0 && !inflater.finished() && length < out.length) {
          throw damaged(format, "it ends too early");
        }
      }
      at = end - inflater.getRemaining();
      need(trailer);
    }

    private void grow() throws RequestRefusedException {
      int capacity = (int) Math.min(2L * out.length, ceiling + 1L);
      budget.reserve(capacity - out.length);
      out = Arrays.copyOf(out, capacity);
    }

    private void need(int count) throws RequestRefusedException {
      if (end - at < count) {
        throw damaged(format, "it ends too early");
      }
    }

    private long littleEndian(int index) {
      return (in[index] & 0xFFL)
          | (in[index + 1] & 0xFFL) << 8
          | (in[index + 2] & 0xFFL) << 16
          | (in[index + 3] & 0xFFL) << 24;
    }
  }

  static RequestRefusedException tooLarge(int ceiling) {
    return new RequestRefusedException(
        Refusal.TOO_LARGE,
        "The body has more than "
            + ceiling
            + " bytes after decompression; send fewer events in one request.");
  }
}

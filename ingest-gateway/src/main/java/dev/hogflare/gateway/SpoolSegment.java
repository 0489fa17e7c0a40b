// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.zip.CRC32C;

/**
 * One file of the spool: a version, then frames behind one another.
 *
 * <p>A frame is a mark, the payload's length, a checksum over all that follows it, the frame's
 * number, the number of its items, and the payload. Numbers rise by one from frame to frame over
 * all files, so that a frame that was damaged is told from one that was never finished.
 */
final class SpoolSegment implements AutoCloseable {
  /** Before a frame's payload: mark, length, checksum, number, items. */
  static final int FRAME_HEADER = 4 + 4 + 4 + 8 + 4;

  /** What stands at the beginning of each file: a name and the version of the form. */
  static final byte[] FILE_HEADER = {'h', 'f', 's', 'p', 'o', 'o', 'l', 1};

  /** Has a byte that UTF-8 never has, so that no client can forge a frame within its events. */
  private static final int MARK = 0x48F5_9001;

  private static final int CHECKED_FROM = 12;
  private static final String SUFFIX = ".spool";

  /** Longer payloads than any request has are not believed. */
  private static final int LONGEST_PAYLOAD = 1 << 30;

  private final long number;
  private final Path file;
  private final FileChannel channel;

  /** Where what is safely on disk ends. */
  private volatile long end;

  private SpoolSegment(long number, Path file, FileChannel channel, long end) {
    this.number = number;
    this.file = file;
    this.channel = channel;
    this.end = end;
  }

  /** A frame as it stands in a file. */
  record Found(long sequence, int items, byte[] payload, long end) {}

  /** Returns the file of a number. */
  static Path file(Path folder, long number) {
    return folder.resolve(String.format(Locale.ROOT, "%019d%s", number, SUFFIX));
  }

  /** Returns the number in a file's name, or nothing if it is no file of the spool. */
  static long numberOf(Path file) {
    String name = file.getFileName().toString();
    return name.matches("\\d{19}[.]spool")
        ? Long.parseLong(name.substring(0, name.length() - SUFFIX.length()))
        : -1;
  }

  /** Creates a file, of which the folder knows for good when this returns. */
  static SpoolSegment create(Path folder, long number) throws IOException {
    Path file = file(folder, number);
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      writeFully(channel, ByteBuffer.wrap(FILE_HEADER), 0);
      channel.force(true);
      try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
        directory.force(true);
      }
      return new SpoolSegment(number, file, channel, FILE_HEADER.length);
    } catch (IOException e) {
      try {
        channel.close();
        Files.deleteIfExists(file);
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  /**
   * Opens a file of an earlier process, to be read only.
   *
   * @throws IOException if it cannot be read, or was written in another form
   */
  static SpoolSegment open(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    SpoolSegment segment = new SpoolSegment(numberOf(file), file, channel, channel.size());
    ByteBuffer header = ByteBuffer.allocate(FILE_HEADER.length);
    if (segment.end >= FILE_HEADER.length) {
      readFully(channel, header, 0);
      if (!header.flip().equals(ByteBuffer.wrap(FILE_HEADER))) {
        channel.close();
        throw new IOException(
            file + " was written by another version; let that version send it, or move it away");
      }
    }
    return segment;
  }

  long number() {
    return number;
  }

  Path file() {
    return file;
  }

  long end() {
    return end;
  }

  /** Appends frames and returns when they are on disk; after a failure nothing may follow. */
  void append(ByteBuffer frames) throws IOException {
    long newEnd = end + frames.remaining();
    writeFully(channel, frames, end);
    channel.force(false);
    end = newEnd;
  }

  /** Cuts off what is behind the last whole frame. */
  void cut(long lastEnd) throws IOException {
    end = lastEnd;
    channel.truncate(lastEnd);
  }

  /** Writes a frame into a buffer. */
  static void put(ByteBuffer out, long sequence, int items, byte[] payload) {
    int from = out.position();
    out.putInt(MARK).putInt(payload.length).putInt(0).putLong(sequence).putInt(items).put(payload);
    out.putInt(from + 8, checksum(out.array(), out.arrayOffset() + from, payload.length));
  }

  private static int checksum(byte[] bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, from + 4, 4);
    crc.update(bytes, from + CHECKED_FROM, FRAME_HEADER - CHECKED_FROM + length);
    return (int) crc.getValue();
  }

  /** Returns the first whole frame at or behind a place, or null if there is none. */
  Found findOrNull(long from) throws IOException {
    long limit = end;
    Found found = frameOrNull(from, limit);
    if (found != null || from >= limit) {
      return found;
    }
    // Something is damaged: the next mark with a right checksum is where it goes on.
    int chunk = 1 << 16;
    ByteBuffer buffer = ByteBuffer.allocate(chunk + 3);
    for (long at = from + 1; at + FRAME_HEADER <= limit; at += chunk) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), limit - at));
      readFully(channel, buffer, at);
      for (int i = 0; i + 4 <= buffer.limit() && i < chunk; i++) {
        if (buffer.getInt(i) == MARK) {
          found = frameOrNull(at + i, limit);
          if (found != null) {
            return found;
          }
        }
      }
    }
    return null;
  }

  private Found frameOrNull(long at, long limit) throws IOException {
    if (at + FRAME_HEADER > limit) {
      return null;
    }
    ByteBuffer header = ByteBuffer.allocate(FRAME_HEADER);
    readFully(channel, header, at);
    header.flip();
    int length = header.getInt(4);
    if (header.getInt(0) != MARK
        || length < 0
        || length > LONGEST_PAYLOAD
        || at + FRAME_HEADER + length > limit) {
      return null;
    }
    ByteBuffer frame = ByteBuffer.allocate(FRAME_HEADER + length);
    readFully(channel, frame, at);
    if (header.getInt(8) != checksum(frame.array(), 0, length)) {
      return null;
    }
    byte[] payload = new byte[length];
    frame.get(FRAME_HEADER, payload);
    return new Found(header.getLong(12), header.getInt(20), payload, at + FRAME_HEADER + length);
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes, long at)
      throws IOException {
    long place = at;
    while (bytes.hasRemaining()) {
      place += channel.write(bytes, place);
    }
  }

  private static void readFully(FileChannel channel, ByteBuffer bytes, long at) throws IOException {
    long place = at;
    while (bytes.hasRemaining()) {
      int read = channel.read(bytes, place);
      if (read < 0) {
        throw new EOFException("A file of the spool became shorter.");
      }
      place += read;
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/**
 * A journal's file: frames of accepted rows, one behind the other.
 *
 * <p>A frame is the payload's length (4 bytes), the CRC-32C of all that follows (4), the ingest
 * time (8), and the payload, a JSON array of rows. The file's name is its number; numbers only
 * rise.
 */
record JournalSegment(Path file, long number) {
  static final int HEADER_BYTES = 16;
  private static final String SUFFIX = ".journal";

  /** Far above the largest body, so that a damaged length is seen as such. */
  private static final int MAX_PAYLOAD = 256 << 20;

  /** Takes the frames of a segment. */
  interface Reader {
    void frame(long ingestMicros, byte[] payload) throws IOException;
  }

  /** Returns the segment with a number. */
  static JournalSegment of(Path folder, long number) {
    return new JournalSegment(folder.resolve("%020d".formatted(number) + SUFFIX), number);
  }

  /** Returns the segments of a folder by rising number. */
  static List<JournalSegment> in(Path folder) throws IOException {
    List<JournalSegment> segments = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.matches("\\d{20}\\" + SUFFIX)) {
          segments.add(new JournalSegment(file, Long.parseLong(name.substring(0, 20))));
        }
      }
    }
    return segments;
  }

  /** Writes a frame's header, ready to be read from the buffer. */
  static void header(ByteBuffer header, long ingestMicros, byte[] payload, CRC32C crc) {
    header.clear().putInt(payload.length).putInt(0).putLong(ingestMicros).flip();
    header.putInt(4, checksum(ingestMicros, payload, crc));
  }

  private static int checksum(long ingestMicros, byte[] payload, CRC32C crc) {
    crc.reset();
    crc.update(ByteBuffer.allocate(Long.BYTES).putLong(0, ingestMicros));
    crc.update(payload, 0, payload.length);
    return (int) crc.getValue();
  }

  /**
   * Reads the frames up to the first that is not whole.
   *
   * @return whether the file ends behind its last whole frame
   */
  boolean read(Reader reader) throws IOException {
    CRC32C crc = new CRC32C();
    try (InputStream file = Files.newInputStream(this.file);
        DataInputStream in = new DataInputStream(new BufferedInputStream(file, 1 << 16))) {
      long left = Files.size(this.file);
      while (left > 0) {
        if (left < HEADER_BYTES) {
          return false;
        }
        int length = in.readInt();
        int expected = in.readInt();
        long ingestMicros = in.readLong();
        left -= HEADER_BYTES;
        if (length < 0 || length > MAX_PAYLOAD || length > left) {
          return false;
        }
        byte[] payload = in.readNBytes(length);
        left -= length;
        if (checksum(ingestMicros, payload, crc) != expected) {
          return false;
        }
        reader.frame(ingestMicros, payload);
      }
      return true;
    }
  }

  /** Deletes the file for good. */
  void delete() throws IOException {
    Files.deleteIfExists(file);
    LakeFiles.syncFolder(file.getParent());
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Puts any number of lines into the order of their bytes, with a bounded amount of memory: what
 * does not fit goes to files of sorted lines, which are merged in the end.
 *
 * <p>Lines may be added by several threads.
 */
final class LineSorter implements AutoCloseable {
  private static final int BUFFER = 1 << 16;

  private final Path folder;
  private final long maxBytes;
  private final List<Path> runs = new ArrayList<>();
  private final List<byte[]> lines = new ArrayList<>();
  private long bytes;

  /**
   * Creates a sorter without lines.
   *
   * @param folder where files may be made
   * @param maxBytes how much is kept in memory, roughly
   */
  LineSorter(Path folder, long maxBytes) {
    this.folder = folder;
    this.maxBytes = maxBytes;
  }

  /** Adds a line, which must not hold a line feed. */
  synchronized void add(byte[] line) throws IOException {
    lines.add(line);
    bytes += line.length + 32L;
    if (bytes > maxBytes) {
      spill();
    }
  }

  private void spill() throws IOException {
    lines.sort(Arrays::compareUnsigned);
    Path run = Files.createTempFile(folder, "hogflare-digest-", ".lines");
    runs.add(run);
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(run), BUFFER)) {
      for (byte[] line : lines) {
        out.write(line);
        out.write('\n');
      }
    }
    lines.clear();
    bytes = 0;
  }

  /** Writes all lines in order, each with a line feed behind it. */
  synchronized void writeTo(OutputStream out) throws IOException {
    lines.sort(Arrays::compareUnsigned);
    List<Run> open = new ArrayList<>();
    try {
      for (Path run : runs) {
        open.add(new Run(new BufferedInputStream(Files.newInputStream(run), BUFFER)));
      }
      PriorityQueue<Run> next =
          new PriorityQueue<>(Comparator.comparing(Run::line, Arrays::compareUnsigned));
      for (Run run : open) {
        if (run.advance()) {
          next.add(run);
        }
      }
      int at = 0;
      while (at < lines.size() || !next.isEmpty()) {
        if (next.isEmpty()
            || (at < lines.size()
                && Arrays.compareUnsigned(lines.get(at), next.peek().line()) <= 0)) {
          out.write(lines.get(at++));
        } else {
          Run run = next.poll();
          out.write(run.line());
          if (run.advance()) {
            next.add(run);
          }
        }
        out.write('\n');
      }
    } finally {
      for (Run run : open) {
        run.in.close();
      }
    }
  }

  /** A file of sorted lines, at one of them. */
  private static final class Run {
    private final InputStream in;
    private byte[] line = new byte[0];

    Run(InputStream in) {
      this.in = in;
    }

    byte[] line() {
      return line;
    }

    boolean advance() throws IOException {
      ByteArrayOutputStream next = new ByteArrayOutputStream(256);
      int b = in.read();
      if (b < 0) {
        return false;
      }
      for (; b != '\n' && b >= 0; b = in.read()) {
        next.write(b);
      }
      line = next.toByteArray();
      return true;
    }
  }

  /** Removes the files. */
  @Override
  public void close() throws IOException {
    for (Path run : runs) {
      Files.deleteIfExists(run);
    }
  }
}

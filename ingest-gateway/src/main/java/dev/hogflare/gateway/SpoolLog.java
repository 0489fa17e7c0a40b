// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frames in files of one folder, which are read in the order in which they were written and survive
 * the process.
 *
 * <p>One thread appends and one reads, at the same time. A file is never written to by a second
 * process: each begins one of its own. Whoever has the folder holds a lock on it.
 */
final class SpoolLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SpoolLog.class);
  private static final String CHECKPOINT = "drained";
  private static final int CHECKPOINT_BYTES = 28;

  private final Path folder;
  private final long segmentBytes;
  private final FileChannel lock;
  private final FileChannel checkpoint;
  private final ConcurrentLinkedDeque<SpoolSegment> segments = new ConcurrentLinkedDeque<>();
  private SpoolSegment written;
  private long nextSegment;

  /** Numbers begin at 1; a place of number 0 does not know its number. */
  private long nextSequence = 1;

  private SpoolFrame.Place read;
  private SpoolFrame.Place drained;

  /** The file whose end could not be read, until it is known whether anything was there. */
  private Path unread;

  private final long foundItems;
  private final AtomicLong lostFrames = new AtomicLong();

  private SpoolLog(Path folder, long segmentBytes, FileChannel lock, FileChannel checkpoint)
      throws IOException {
    this.folder = folder;
    this.segmentBytes = segmentBytes;
    this.lock = lock;
    this.checkpoint = checkpoint;
    this.foundItems = recover();
  }

  /** What is to be appended. */
  record Entry(byte[] payload, int items) {}

  /**
   * Takes a folder and finds what an earlier process left in it.
   *
   * @param folder created if missing
   * @param segmentBytes the size from which on a new file is begun
   * @throws IllegalStateException if another process has the folder
   * @throws IOException if it cannot be read or written
   */
  static SpoolLog open(Path folder, long segmentBytes) throws IOException {
    Files.createDirectories(folder);
    FileChannel lock =
        FileChannel.open(
            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileChannel checkpoint = null;
    try {
      if (!isFree(lock)) {
        throw new IllegalStateException(
            "The spool "
                + folder
                + " is in use by another gateway; set HOGFLARE_SPOOL_DIR to a folder of its own for"
                + " each.");
      }
      checkpoint =
          FileChannel.open(
              folder.resolve(CHECKPOINT),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      return new SpoolLog(folder, segmentBytes, lock, checkpoint);
    } catch (IOException | RuntimeException e) {
      close(checkpoint, e);
      close(lock, e);
      throw e;
    }
  }

  private static boolean isFree(FileChannel channel) throws IOException {
    try {
      FileLock held = channel.tryLock();
      return held != null;
    } catch (OverlappingFileLockException e) {
      // Held by this very process, which happens in tests only.
      return false;
    }
  }

  private static void close(FileChannel channel, Exception cause) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        cause.addSuppressed(e);
      }
    }
  }

  private long recover() throws IOException {
    SpoolFrame.Place from = checkpointOrNull();
    long items = 0;
    long lastNumber = from == null ? 0 : from.segment();
    SpoolFrame.Place at = from;
    List<Path> files = files();
    for (Path file : files) {
      long number = SpoolSegment.numberOf(file);
      if (from != null && number < from.segment()) {
        Files.delete(file);
        continue;
      }
      lastNumber = number;
      SpoolSegment segment = SpoolSegment.open(file);
      segments.add(segment);
      if (at == null) {
        at = new SpoolFrame.Place(number, SpoolSegment.FILE_HEADER.length, 0);
      }
      long end =
          at.segment() == number
              ? Math.max(at.offset(), SpoolSegment.FILE_HEADER.length)
              : SpoolSegment.FILE_HEADER.length;
      SpoolSegment.Found found = segment.findOrNull(end);
      while (found != null) {
        items += found.items();
        end = found.end();
        nextSequence = found.sequence() + 1;
        found = segment.findOrNull(end);
      }
      // In an earlier file the numbers that follow tell whether anything is missing.
      if (end < segment.end() && file.equals(files.getLast())) {
        LOG.warn(
            "{} bytes at the end of {} are no whole request, which was never answered, and are cut"
                + " off",
            segment.end() - end,
            file);
        segment.cut(end);
      }
    }
    if (from != null && nextSequence < from.sequence()) {
      nextSequence = from.sequence();
    }
    nextSegment = lastNumber + 1;
    read = at == null ? new SpoolFrame.Place(nextSegment, 0, nextSequence) : at;
    drained = read;
    if (from == null && segments.isEmpty()) {
      drainedTo(read);
    }
    return items;
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.filter(file -> SpoolSegment.numberOf(file) >= 0).sorted().toList();
    }
  }

  private SpoolFrame.Place checkpointOrNull() throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(CHECKPOINT_BYTES);
    while (bytes.hasRemaining() && checkpoint.read(bytes, bytes.position()) >= 0) {
      // Until it is whole or ends.
    }
    if (bytes.hasRemaining() || bytes.getInt(24) != checksum(bytes)) {
      // Without it everything is sent again; repeated events are dropped by their uuid.
      return null;
    }
    return new SpoolFrame.Place(bytes.getLong(0), bytes.getLong(8), bytes.getLong(16));
  }

  private static int checksum(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.array(), 0, 24);
    return (int) crc.getValue();
  }

  /** Returns how many items an earlier process left. */
  long foundItems() {
    return foundItems;
  }

  /** Returns how many frames were found damaged and left out. */
  long lostFrames() {
    return lostFrames.get();
  }

  /** Returns how many bytes of disk the frames take. */
  long bytes() {
    long sum = 0;
    for (SpoolSegment segment : segments) {
      sum += segment.end();
    }
    return sum;
  }

  /** Returns how many bytes of frames are not drained; for the thread that reads. */
  long waitingBytes() {
    long sum = 0;
    for (SpoolSegment segment : segments) {
      if (segment.number() >= drained.segment()) {
        sum += segment.end() - (segment.number() == drained.segment() ? drained.offset() : 0);
      }
    }
    return sum;
  }

  /**
   * Appends frames and returns when they are on disk.
   *
   * @throws IOException if they are not; what comes next begins a new file
   */
  void append(List<Entry> entries) throws IOException {
    if (written == null || written.end() >= segmentBytes) {
      written = SpoolSegment.create(folder, nextSegment);
      segments.add(written);
      nextSegment++;
    }
    long size = 0;
    for (Entry entry : entries) {
      size += SpoolSegment.FRAME_HEADER + (long) entry.payload().length;
    }
    if (size > Integer.MAX_VALUE - 8) {
      for (Entry entry : entries) {
        append(List.of(entry));
      }
      return;
    }
    ByteBuffer frames = ByteBuffer.allocate((int) size);
    long sequence = nextSequence;
    for (Entry entry : entries) {
      SpoolSegment.put(frames, sequence++, entry.items(), entry.payload());
    }
    long end = written.end();
    try {
      written.append(frames.flip());
    } catch (IOException e) {
      SpoolSegment failed = written;
      written = null;
      try {
        failed.cut(end);
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
    nextSequence = sequence;
  }

  /**
   * Reads on, and reads nothing twice.
   *
   * @param maxBytes the payload from which on no further frame is read
   * @return what is on disk and was not read yet, possibly nothing
   */
  List<SpoolFrame> read(int maxBytes) throws IOException {
    List<SpoolFrame> frames = new ArrayList<>();
    long size = 0;
    while (size < maxBytes) {
      SpoolSegment segment = null;
      boolean later = false;
      for (SpoolSegment each : segments) {
        if (each.number() >= read.segment()) {
          later = segment != null;
          segment = segment == null ? each : segment;
        }
      }
      if (segment == null) {
        return frames;
      }
      boolean entered = segment.number() == read.segment() && read.offset() > 0;
      long offset = entered ? read.offset() : SpoolSegment.FILE_HEADER.length;
      SpoolSegment.Found found = segment.findOrNull(offset);
      if (found == null) {
        if (!later) {
          return frames;
        }
        unread = offset < segment.end() ? segment.file() : unread;
        read = new SpoolFrame.Place(segment.number() + 1, 0, read.sequence());
        continue;
      }
      if (found.sequence() > read.sequence() && read.sequence() > 0) {
        lost(found.sequence() - read.sequence(), unread == null ? segment.file() : unread);
      }
      unread = null;
      read = new SpoolFrame.Place(segment.number(), found.end(), found.sequence() + 1);
      frames.add(new SpoolFrame(found.payload(), found.items(), read));
      size += found.payload().length;
    }
    return frames;
  }

  private void lost(long frames, Path file) {
    lostFrames.addAndGet(frames);
    Path kept = Path.of(file + ".damaged");
    LOG.error(
        "{} requests in or before {} are damaged and cannot be sent; the file is kept as {}",
        frames,
        file,
        kept);
    try {
      if (!Files.exists(kept)) {
        Files.createLink(kept, file);
      }
    } catch (IOException | UnsupportedOperationException e) {
      LOG.error("{} cannot be kept", file, e);
    }
  }

  /** Begins to read again at what is not drained. */
  void rewind() {
    read = drained;
  }

  /**
   * Remembers that everything before a place is on Kafka, and deletes files that are done with.
   *
   * <p>If that cannot be written down, the next process sends more again, and files stay.
   */
  void drainedTo(SpoolFrame.Place place) {
    drained = place;
    ByteBuffer bytes = ByteBuffer.allocate(CHECKPOINT_BYTES);
    bytes.putLong(place.segment()).putLong(place.offset()).putLong(place.sequence());
    bytes.putInt(checksum(bytes)).flip();
    try {
      while (bytes.hasRemaining()) {
        checkpoint.write(bytes, bytes.position());
      }
      checkpoint.force(false);
    } catch (IOException e) {
      LOG.warn("How far {} is sent cannot be written down: {}", folder, e.toString());
      return;
    }
    while (!segments.isEmpty() && segments.getFirst().number() < place.segment()) {
      delete(segments.removeFirst());
    }
  }

  /** Deletes all files; nothing may be waiting or being appended. */
  void clear() {
    written = null;
    drainedTo(new SpoolFrame.Place(nextSegment, 0, nextSequence));
    read = drained;
  }

  private static void delete(SpoolSegment segment) {
    try {
      segment.close();
      Files.delete(segment.file());
    } catch (NoSuchFileException e) {
      LOG.warn("{} was deleted by somebody else", segment.file());
    } catch (IOException e) {
      // The checkpoint is behind it, so that the next start deletes it.
      LOG.warn("{} could not be deleted: {}", segment.file(), e.toString());
    }
  }

  @Override
  public void close() throws IOException {
    for (SpoolSegment segment : segments) {
      segment.close();
    }
    checkpoint.close();
    lock.close();
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes accepted rows durable before their request is answered.
 *
 * <p>One thread writes all that waits and syncs the file once for all of it. It closes a segment
 * when the commit interval has passed since the segment's first row, or the segment is full, and
 * hands rows and ends of segments on in their order.
 */
final class Journal implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Journal.class);
  private static final int GROUP_REQUESTS = 256;
  private static final long GROUP_BYTES = 16L << 20;
  private static final int BUFFER_BYTES = 1 << 20;

  /** Returns the folder of a table's journal in the folder of a lake. */
  static Path folder(Path lake, LakeTable table) {
    return lake.resolve("journal").resolve(table.tableName());
  }

  /** Takes what is durable, in order; never blocks for long. */
  interface Sink {
    /** Takes rows of the present segment with the number of bytes that they have in it. */
    void rows(RowBatch batch, long bytes);

    /** Takes the end of a segment. */
    void segmentEnd(SegmentEnd end);
  }

  /**
   * The end of a segment.
   *
   * @param segment the closed file
   * @param rows its rows
   * @param bytes its size
   */
  record SegmentEnd(JournalSegment segment, long rows, long bytes) {}

  /** When a segment is closed. */
  record Bounds(Duration interval, long rows, long bytes) {}

  private sealed interface Request {
    record Append(RowBatch batch, byte[] payload, CompletableFuture<Void> durable)
        implements Request {}

    record CloseSegment(CompletableFuture<Void> closed) implements Request {}

    record Stop() implements Request {}
  }

  private final Path folder;
  private final Bounds bounds;
  private final LongSupplier clockMicros;
  private final Sink sink;
  private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
  private final ByteBuffer header = ByteBuffer.allocate(JournalSegment.HEADER_BYTES);
  private final CRC32C crc = new CRC32C();
  private final Thread thread;

  private long nextSegment;
  private JournalSegment segment;
  private FileChannel channel;
  private long segmentRows;
  private long segmentBytes;
  private long segmentDeadline;
  private long lastIngestMicros;
  private volatile String failure;

  /**
   * Creates a journal that is not started yet.
   *
   * @param folder where its segments lie; it exists
   * @param firstSegment a number above that of every segment that ever was
   * @param clockMicros the present time in microseconds since the epoch
   */
  Journal(
      String name,
      Path folder,
      long firstSegment,
      Bounds bounds,
      LongSupplier clockMicros,
      Sink sink) {
    this.folder = folder;
    this.bounds = bounds;
    this.clockMicros = clockMicros;
    this.sink = sink;
    nextSegment = firstSegment;
    thread = new Thread(this::run, "lake-journal-" + name);
  }

  void start() {
    thread.start();
  }

  /**
   * Makes rows durable.
   *
   * @return completes when they are; fails with an {@link IOException} if they are not, after which
   *     they may or may not be found by a later start
   */
  CompletableFuture<Void> append(RowBatch batch) {
    CompletableFuture<Void> durable = new CompletableFuture<>();
    if (failure == null) {
      requests.add(new Request.Append(batch, batch.payload(), durable));
    }
    // Asked again: the thread may have ended in between and would leave the request unanswered.
    String reason = failure;
    if (reason != null) {
      durable.completeExceptionally(new IOException(reason));
    }
    return durable;
  }

  /** Ends the present segment at once; completes when its end was handed on. */
  CompletableFuture<Void> closeSegment() {
    CompletableFuture<Void> closed = new CompletableFuture<>();
    requests.add(new Request.CloseSegment(closed));
    if (failure != null) {
      closed.complete(null);
    }
    return closed;
  }

  /** Returns why nothing can be made durable, or null if it can. */
  String failureOrNull() {
    return failure;
  }

  /** Hands on what was appended before, with the end of its segment, and stops. */
  @Override
  public void close() {
    requests.add(new Request.Stop());
    Threads.join(thread);
  }

  private void run() {
    try {
      serve();
      failure = "The lake is closing; try again later.";
    } catch (RuntimeException | Error e) {
      failure = "The journal in " + folder + " has stopped and needs a restart: " + e + ".";
      LOG.error(failure, e);
    }
    for (Request request = requests.poll(); request != null; request = requests.poll()) {
      refuse(request);
    }
  }

  private void serve() {
    List<Request.Append> group = new ArrayList<>();
    boolean stop = false;
    while (!stop) {
      Request request = nextOrNull();
      long groupBytes = 0;
      List<CompletableFuture<Void>> closing = new ArrayList<>();
      while (request != null) {
        switch (request) {
          case Request.Append append -> {
            group.add(append);
            groupBytes += append.payload().length;
          }
          case Request.CloseSegment close -> closing.add(close.closed());
          case Request.Stop end -> stop = true;
        }
        boolean full = group.size() >= GROUP_REQUESTS || groupBytes >= GROUP_BYTES;
        request = full || stop || !closing.isEmpty() ? null : requests.poll();
      }
      if (!group.isEmpty()) {
        write(group);
        group.clear();
      }
      if (stop || !closing.isEmpty() || isSegmentDue()) {
        endSegment();
      }
      closing.forEach(closed -> closed.complete(null));
    }
  }

  private void refuse(Request request) {
    switch (request) {
      case Request.Append append ->
          append.durable().completeExceptionally(new IOException(failure));
      case Request.CloseSegment close -> close.closed().complete(null);
      case Request.Stop stop -> LOG.debug("The journal in {} was closed twice", folder);
    }
  }

  private Request nextOrNull() {
    try {
      if (segment == null) {
        return requests.take();
      }
      return requests.poll(segmentDeadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException("Nothing interrupts the journal's thread.", e);
    }
  }

  private boolean isSegmentDue() {
    return segment != null
        && (segmentRows >= bounds.rows()
            || segmentBytes >= bounds.bytes()
            || segmentDeadline - System.nanoTime() <= 0);
  }

  private void write(List<Request.Append> group) {
    lastIngestMicros = Math.max(lastIngestMicros, clockMicros.getAsLong());
    long bytes = 0;
    long rows = 0;
    try {
      if (failure != null) {
        throw new IOException(failure);
      }
      openSegment();
      for (Request.Append append : group) {
        append.batch().ingestMicros(lastIngestMicros);
        JournalSegment.header(header, lastIngestMicros, append.payload(), crc);
        put(header);
        put(ByteBuffer.wrap(append.payload()));
        bytes += JournalSegment.HEADER_BYTES + append.payload().length;
        rows += append.batch().rows();
      }
      drain();
      channel.force(false);
    } catch (IOException e) {
      LOG.error("The journal in {} cannot be written", folder, e);
      undo();
      IOException reason =
          new IOException("The journal cannot be written: " + e.getMessage() + ".", e);
      group.forEach(append -> append.durable().completeExceptionally(reason));
      return;
    }
    segmentBytes += bytes;
    segmentRows += rows;
    for (Request.Append append : group) {
      sink.rows(append.batch(), JournalSegment.HEADER_BYTES + append.payload().length);
      append.durable().complete(null);
    }
  }

  private void put(ByteBuffer source) throws IOException {
    while (source.hasRemaining()) {
      if (!buffer.hasRemaining()) {
        drain();
      }
      int count = Math.min(buffer.remaining(), source.remaining());
      buffer.put(source.slice(source.position(), count));
      source.position(source.position() + count);
    }
  }

  private void drain() throws IOException {
    buffer.flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }

  private void openSegment() throws IOException {
    if (segment != null) {
      return;
    }
    JournalSegment next = JournalSegment.of(folder, nextSegment++);
    channel =
        FileChannel.open(next.file(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    segment = next;
    segmentRows = 0;
    segmentBytes = 0;
    segmentDeadline = System.nanoTime() + bounds.interval().toNanos();
    LakeFiles.syncFolder(folder);
  }

  /**
   * Cuts what a failed write left, so that the segment ends behind its last durable frame.
   *
   * <p>If not even that works, a start must decide what is in the file, and nothing more is taken.
   */
  private void undo() {
    buffer.clear();
    if (segment == null) {
      return;
    }
    try {
      channel.truncate(segmentBytes);
      channel.force(true);
      endSegment();
    } catch (IOException e) {
      failure =
          "The journal in " + folder + " is damaged and needs a restart: " + e.getMessage() + ".";
      LOG.error(failure, e);
    }
  }

  private void endSegment() {
    if (segment == null) {
      return;
    }
    try {
      channel.close();
      if (segmentBytes == 0) {
        Files.delete(segment.file());
      }
    } catch (IOException e) {
      // All frames are synced; a handle that does not close loses nothing.
      LOG.warn("The journal's file {} does not close", segment.file(), e);
    }
    if (segmentBytes > 0) {
      sink.segmentEnd(new SegmentEnd(segment, segmentRows, segmentBytes));
    }
    segment = null;
    channel = null;
  }
}

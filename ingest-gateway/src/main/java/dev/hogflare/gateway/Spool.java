// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the records of requests on disk, in order, until Kafka has them.
 *
 * <p>While it is active everything goes through it, so that nothing overtakes what waits. Many
 * requests share one sync of the disk. When only little waits, and Kafka takes it, newcomers are
 * held for a moment until nothing waits; then they go past the spool again.
 */
final class Spool implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Spool.class);

  /** So many bytes are sent in one breath. */
  private static final long SMALL_REST = 4L * 1024 * 1024;

  /** How long newcomers are held while the rest is sent. */
  private static final long HOLD_NANOS = Duration.ofMillis(500).toNanos();

  /** After a failure the disk is left alone for so long. */
  private static final long PAUSE_NANOS = Duration.ofSeconds(1).toNanos();

  private static final long LARGEST_SEGMENT = 16L * 1024 * 1024;

  /** So many bytes share one sync of the disk, and are copied once more for it. */
  private static final long LARGEST_BATCH = 16L * 1024 * 1024;

  private final SpoolConfig config;
  private final SpoolMetrics metrics;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Thread writer = Thread.ofPlatform().name("gateway-spool").unstarted(this::write);
  private final Deque<Waiting> queue = new ArrayDeque<>();
  private long queuedBytes;
  private boolean writing;
  private boolean closed;
  private long holdUntil;
  private long pauseUntil;
  private volatile String problem;
  private volatile boolean active;
  private volatile SpoolLog log;

  Spool(SpoolConfig config, SpoolMetrics metrics) {
    this.config = config;
    this.metrics = metrics;
  }

  /** A request that waits for the disk. */
  private record Waiting(SpoolLog.Entry entry, CountDownLatch done, boolean[] written) {
    long bytes() {
      return SpoolSegment.FRAME_HEADER + (long) entry.payload().length;
    }
  }

  /**
   * Opens the folder; what an earlier process left waits again.
   *
   * @param hold whether everything is to go through the spool until {@link #take} is called
   * @throws IllegalStateException if another process has the folder, or it cannot be used
   */
  void open(boolean hold) {
    Path folder = config.folder();
    try {
      log = SpoolLog.open(folder, Math.min(LARGEST_SEGMENT, config.maxBytes() / 8));
    } catch (IOException e) {
      throw new IllegalStateException(
          "The spool "
              + folder
              + " cannot be used ("
              + e
              + "); make the folder writable, or change HOGFLARE_SPOOL_DIR.",
          e);
    }
    metrics.found(log.foundItems());
    metrics.show(this, config.maxBytes());
    active = hold || log.foundItems() > 0;
    if (log.foundItems() > 0) {
      LOG.info("{} events of an earlier run wait in {}", log.foundItems(), folder);
    }
    writer.start();
  }

  /** Whether anything waits, so that newcomers have to ask {@link #takesNewcomers}. */
  boolean isActive() {
    return active;
  }

  /**
   * Says where a request that begins now belongs; while the last of those that wait is being sent,
   * it answers when that is done or has taken too long.
   *
   * @return true if it belongs in here
   */
  boolean takesNewcomers() {
    lock.lock();
    try {
      while (active && holdUntil != 0) {
        long rest = holdUntil - System.nanoTime();
        if (rest <= 0) {
          holdUntil = 0;
        } else {
          var unused = changed.awaitNanos(rest);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
    return active;
  }

  /**
   * Appends the records of a request and returns when they are on disk.
   *
   * @param items how many of them are counted
   * @param most the bytes of disk beyond which they are refused
   * @throws PublicationFailedException if there is no room, or the disk does not take them in time
   */
  void append(byte[] payload, int items, long most, Duration patience)
      throws PublicationFailedException {
    Waiting waiting =
        new Waiting(new SpoolLog.Entry(payload, items), new CountDownLatch(1), new boolean[1]);
    enqueue(waiting, most);
    try {
      if (!waiting.done().await(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        withdraw(waiting);
        throw PublicationFailedException.unavailable("The spool's disk is too slow.", null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw PublicationFailedException.unavailable("The gateway stops.", e);
    }
    if (!waiting.written()[0]) {
      throw PublicationFailedException.unavailable("The spool's disk did not take it.", null);
    }
  }

  private void enqueue(Waiting waiting, long most) throws PublicationFailedException {
    lock.lock();
    try {
      if (closed) {
        throw PublicationFailedException.unavailable("The gateway stops.", null);
      }
      if (pauseUntil != 0 && System.nanoTime() - pauseUntil < 0) {
        throw PublicationFailedException.unavailable(problem, null);
      }
      long size = waiting.bytes();
      if (most < config.maxBytes() && log.bytes() + queuedBytes + size > most) {
        throw PublicationFailedException.unavailable(
            "The rest of the spool is kept for others.", null);
      }
      if (log.bytes() + queuedBytes + size > config.maxBytes()) {
        if (problem == null) {
          problem =
              "The spool "
                  + config.folder()
                  + " is full; bring Kafka back, or raise HOGFLARE_SPOOL_MAX_MB.";
          LOG.error("{}", problem);
        }
        throw PublicationFailedException.unavailable(problem, null);
      }
      queue.add(waiting);
      queuedBytes += size;
      if (!active) {
        active = true;
        LOG.warn("Events go into the spool {} until Kafka takes them", config.folder());
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Takes back what is not being written yet, so that a disk that hangs does not fill memory. */
  private void withdraw(Waiting waiting) {
    lock.lock();
    try {
      if (queue.remove(waiting)) {
        queuedBytes -= waiting.bytes();
      }
    } finally {
      lock.unlock();
    }
  }

  private void write() {
    while (true) {
      List<Waiting> batch = nextBatch();
      if (batch.isEmpty()) {
        return;
      }
      Throwable failure = null;
      try {
        log.append(batch.stream().map(Waiting::entry).toList());
      } catch (IOException | RuntimeException | OutOfMemoryError e) {
        // The next batch is tried: a writer that ended would refuse everything for good.
        failure = e;
      }
      written(batch, failure);
    }
  }

  private List<Waiting> nextBatch() {
    lock.lock();
    try {
      while (queue.isEmpty() && !closed) {
        changed.awaitUninterruptibly();
      }
      List<Waiting> batch = new ArrayList<>();
      for (long bytes = 0; !queue.isEmpty() && bytes < LARGEST_BATCH; ) {
        Waiting next = queue.removeFirst();
        bytes += next.bytes();
        batch.add(next);
      }
      writing = !batch.isEmpty();
      return batch;
    } finally {
      lock.unlock();
    }
  }

  private void written(List<Waiting> batch, Throwable failure) {
    lock.lock();
    try {
      writing = false;
      for (Waiting waiting : batch) {
        queuedBytes -= waiting.bytes();
      }
      if (failure == null) {
        problem = null;
        pauseUntil = 0;
        for (Waiting waiting : batch) {
          metrics.spooled(waiting.entry().items());
          waiting.written()[0] = true;
        }
      } else {
        problem =
            "The spool "
                + config.folder()
                + " cannot be written ("
                + failure.getMessage()
                + "); check the disk.";
        pauseUntil = System.nanoTime() + PAUSE_NANOS;
        LOG.error("{}", problem, failure);
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    batch.forEach(waiting -> waiting.done().countDown());
  }

  /**
   * Waits for something to send; when everything is sent, newcomers go past the spool meanwhile.
   *
   * @param maxBytes the size from which on no further frame is added
   * @return frames that follow those of the last call
   */
  List<SpoolFrame> take(int maxBytes) throws IOException, InterruptedException {
    while (true) {
      List<SpoolFrame> frames = log.read(maxBytes);
      if (!frames.isEmpty()) {
        return frames;
      }
      lock.lockInterruptibly();
      try {
        if (queue.isEmpty() && !writing) {
          // Nothing is written while the lock is held: what was, may be on disk by now.
          frames = log.read(maxBytes);
          if (!frames.isEmpty()) {
            return frames;
          }
          release();
        }
        changed.await();
      } finally {
        lock.unlock();
      }
    }
  }

  private void release() {
    if (active) {
      log.clear();
      metrics.nothingWaits();
      active = false;
      holdUntil = 0;
      problem = null;
      LOG.info("Nothing waits in the spool any more; events go straight to Kafka");
      changed.signalAll();
    }
  }

  /** Goes back to the first frame that was not {@link #drained}. */
  void rewind() {
    log.rewind();
  }

  /**
   * Remembers that these frames, and all before, are on Kafka.
   *
   * @param frames what {@link #take} returned
   */
  void drained(List<SpoolFrame> frames) {
    log.drainedTo(frames.getLast().end());
    lock.lock();
    try {
      for (SpoolFrame frame : frames) {
        metrics.drained(frame.items());
      }
      if (pauseUntil == 0) {
        problem = null;
      }
      holdUntil = log.waitingBytes() < SMALL_REST ? System.nanoTime() + HOLD_NANOS : 0;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until nothing waits or the time is up. */
  void awaitDrained(Duration patience) {
    lock.lock();
    try {
      long rest = patience.toNanos();
      while (active && rest > 0) {
        rest = changed.awaitNanos(rest);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /** Returns why the spool takes nothing, or null if it does. */
  String problemOrNull() {
    return problem;
  }

  /** Returns how many items wait. */
  long waiting() {
    return metrics.waiting();
  }

  /** Returns how many bytes of disk are taken. */
  long bytes() {
    return log.bytes();
  }

  /** Returns how many requests were found damaged. */
  long lostFrames() {
    return log.lostFrames();
  }

  /** Returns the most bytes of disk that may be taken. */
  long maxBytes() {
    return config.maxBytes();
  }

  /** Returns where it is. */
  Path folder() {
    return config.folder();
  }

  /** Writes what was accepted and frees the folder; what is not sent stays for the next process. */
  @Override
  public void close() {
    if (log == null) {
      return;
    }
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    try {
      writer.join();
      log.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      LOG.warn("The spool did not close cleanly: {}", e.toString());
    }
  }
}

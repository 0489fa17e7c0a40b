// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the reading of bodies that arrive too slowly, so that a client that stalls does not hold
 * memory and a connection for ever.
 *
 * <p>The server reads from channels without a timeout. Of a reading that takes too long the client
 * is told first; then the reading is interrupted, which closes its connection.
 */
public final class StallGuard implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StallGuard.class);

  /** The slowest pace, in bytes for each second, that is waited for once the patience is over. */
  private static final long MIN_PACE = 10_000;

  /** How long telling a client may take that does not read either. */
  private static final long FAREWELL_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Set<Reading> readings = ConcurrentHashMap.newKeySet();
  private final long patienceNanos;
  private final ScheduledExecutorService watch;

  /** Creates a guard that lets every body take so long, and large ones longer. */
  public StallGuard(Duration patience) {
    this.patienceNanos = patience.toNanos();
    this.watch =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("gateway-stall-guard").factory());
    long period = Math.max(1, patience.toMillis() / 10);
    var unused = watch.scheduleWithFixedDelay(this::look, period, period, TimeUnit.MILLISECONDS);
  }

  /**
   * Begins to watch the reading that the current thread does.
   *
   * @param farewell tells the client that it is too slow; called at most once, by another thread
   *     while the reading goes on
   */
  Reading begin(Runnable farewell) {
    Reading reading = new Reading(farewell);
    readings.add(reading);
    return reading;
  }

  private void look() {
    long now = System.nanoTime();
    for (Reading reading : readings) {
      reading.look(now);
    }
  }

  @Override
  public void close() {
    watch.shutdownNow();
  }

  /** One body that is being read. */
  final class Reading implements AutoCloseable {
    private final Thread reader = Thread.currentThread();
    private final long begin = System.nanoTime();
    private volatile long bytes;
    private final Runnable farewell;
    private boolean over;
    private Thread telling;
    private long toldAt;

    private Reading(Runnable farewell) {
      this.farewell = farewell;
    }

    /** Remembers how much has arrived. */
    void arrived(long sum) {
      bytes = sum;
    }

    private synchronized void look(long now) {
      long allowed = patienceNanos + TimeUnit.SECONDS.toNanos(1) * bytes / MIN_PACE;
      if (over) {
        return;
      }
      if (telling == null && now - begin > allowed) {
        toldAt = now;
        telling = Thread.ofVirtual().name("gateway-stalled").start(this::tell);
      } else if (telling != null && now - toldAt > FAREWELL_NANOS) {
        interrupt();
      }
    }

    /** Not on the guard's thread, which a client that does not read must not hold up. */
    private void tell() {
      try {
        farewell.run();
      } catch (RuntimeException e) {
        // Who sends nothing may be gone; the end of the connection tells it as well.
        LOG.debug("A client could not be told that it is too slow", e);
      } finally {
        interrupt();
      }
    }

    private synchronized void interrupt() {
      if (!over) {
        over = true;
        reader.interrupt();
      }
    }

    /** Whether the client was told that it is too slow. */
    synchronized boolean stalled() {
      return telling != null;
    }

    /**
     * Ends the watch; after it the thread is not interrupted any more, and nothing is told any
     * more.
     */
    @Override
    public void close() {
      Thread told;
      synchronized (this) {
        over = true;
        readings.remove(this);
        told = telling;
      }
      if (told != null && !Thread.currentThread().isInterrupted()) {
        try {
          told.join(FAREWELL_NANOS / 1_000_000);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }
}

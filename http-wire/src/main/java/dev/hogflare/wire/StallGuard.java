// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Ends the reading of bodies that arrive too slowly, so that a client that stalls does not hold
 * memory and a connection for ever.
 *
 * <p>The server reads from channels without a timeout. A reading that takes too long is
 * interrupted, which closes its connection.
 */
public final class StallGuard implements AutoCloseable {
  /** The slowest pace, in bytes for each second, that is waited for once the patience is over. */
  private static final long MIN_PACE = 10_000;

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

  /** Begins to watch the reading that the current thread does. */
  Reading begin() {
    Reading reading = new Reading();
    readings.add(reading);
    return reading;
  }

  private void look() {
    long now = System.nanoTime();
    for (Reading reading : readings) {
      reading.interruptIfSlow(now);
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
    private boolean over;
    private boolean stalled;

    private Reading() {}

    /** Remembers how much has arrived. */
    void arrived(long sum) {
      bytes = sum;
    }

    private synchronized void interruptIfSlow(long now) {
      long allowed = patienceNanos + TimeUnit.SECONDS.toNanos(1) * bytes / MIN_PACE;
      if (!over && now - begin > allowed) {
        over = true;
        stalled = true;
        reader.interrupt();
      }
    }

    /** Whether the reading was interrupted. */
    synchronized boolean stalled() {
      return stalled;
    }

    /** Ends the watch; after it the thread is not interrupted any more. */
    @Override
    public synchronized void close() {
      over = true;
      readings.remove(this);
    }
  }
}

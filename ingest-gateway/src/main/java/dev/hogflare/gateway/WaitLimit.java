// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Wakes threads that have waited too long.
 *
 * <p>A thread that parks with a time limit of its own sets up a timer and takes it down again,
 * which costs more than all else that a request does; one look at all who wait costs next to
 * nothing.
 */
final class WaitLimit implements AutoCloseable {
  private final Map<Thread, Long> deadlines = new ConcurrentHashMap<>();
  private final ScheduledExecutorService watch;

  /**
   * Creates a limit.
   *
   * @param delay how long after its deadline a thread may be woken
   */
  WaitLimit(Duration delay) {
    watch =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("gateway-wait-limit").factory());
    var unused =
        watch.scheduleWithFixedDelay(
            this::look, delay.toNanos(), delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Parks the current thread until another one unparks it, until the deadline, or for no reason.
   *
   * @param deadline in the time of {@link System#nanoTime}
   */
  void park(long deadline) {
    Thread current = Thread.currentThread();
    deadlines.put(current, deadline);
    try {
      LockSupport.park(this);
    } finally {
      deadlines.remove(current);
    }
  }

  private void look() {
    long now = System.nanoTime();
    deadlines.forEach(
        (thread, deadline) -> {
          if (now - deadline >= 0) {
            LockSupport.unpark(thread);
          }
        });
  }

  /** Stops to wake threads; none may be waiting. */
  @Override
  public void close() {
    watch.shutdownNow();
  }
}

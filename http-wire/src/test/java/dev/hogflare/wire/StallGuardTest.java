// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class StallGuardTest {

  @Test
  void tellsAClientThatStallsAndThenInterruptsTheReading() throws Exception {
    try (StallGuard guard = new StallGuard(Duration.ofMillis(50))) {
      AtomicInteger told = new AtomicInteger();
      CompletableFuture<Integer> stalled = new CompletableFuture<>();
      Thread.ofVirtual()
          .start(
              () -> {
                try (StallGuard.Reading reading = guard.begin(told::incrementAndGet)) {
                  try {
                    new CountDownLatch(1).await();
                  } catch (InterruptedException e) {
                    stalled.complete(reading.stalled() ? told.get() : -1);
                  }
                }
              });
      assertThat(stalled.get()).isEqualTo(1);
    }
  }

  @Test
  void interruptsTheReadingEvenIfTheClientCannotBeTold() throws Exception {
    try (StallGuard guard = new StallGuard(Duration.ofMillis(50))) {
      CountDownLatch never = new CountDownLatch(1);
      StallGuard.Reading other = guard.begin(() -> waitFor(never));
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        assertThat(other.stalled()).isTrue();
      }
      never.countDown();
      other.close();
    }
  }

  @Test
  void aClientThatCannotBeToldEndsNoThreadWithAnException() {
    Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
    AtomicInteger uncaught = new AtomicInteger();
    Thread.setDefaultUncaughtExceptionHandler((thread, e) -> uncaught.incrementAndGet());
    try (StallGuard guard = new StallGuard(Duration.ofMillis(50))) {
      StallGuard.Reading reading =
          guard.begin(
              () -> {
                throw new IllegalStateException("The connection is closed.");
              });
      Await.until("the reading is interrupted", Thread::interrupted);
      // It waits for the thread that told.
      reading.close();
      assertThat(uncaught).hasValue(0);
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(before);
    }
  }

  private static void waitFor(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void leavesAReadingAloneThatGoesOnOrIsOver() throws Exception {
    try (StallGuard guard = new StallGuard(Duration.ofMillis(20))) {
      StallGuard.Reading over = guard.begin(() -> {});
      over.close();
      StallGuard.Reading quick = guard.begin(() -> {});
      quick.arrived(100_000_000);
      try (StallGuard.Reading slow = guard.begin(() -> {})) {
        Await.until("the slow one is noticed", Thread::interrupted);
        assertThat(slow.stalled()).isTrue();
      }
      assertThat(over.stalled()).isFalse();
      assertThat(quick.stalled()).isFalse();
      quick.close();
    }
  }
}

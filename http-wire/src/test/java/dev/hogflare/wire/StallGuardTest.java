// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class StallGuardTest {

  @Test
  void interruptsAReadingThatStalls() throws Exception {
    try (StallGuard guard = new StallGuard(Duration.ofMillis(50))) {
      CompletableFuture<Boolean> stalled = new CompletableFuture<>();
      Thread.ofVirtual()
          .start(
              () -> {
                try (StallGuard.Reading reading = guard.begin()) {
                  try {
                    new CountDownLatch(1).await();
                  } catch (InterruptedException e) {
                    stalled.complete(reading.stalled());
                  }
                }
              });
      assertThat(stalled.get()).isTrue();
    }
  }

  @Test
  void leavesAReadingAloneThatGoesOnOrIsOver() throws Exception {
    try (StallGuard guard = new StallGuard(Duration.ofMillis(20))) {
      StallGuard.Reading over = guard.begin();
      over.close();
      StallGuard.Reading quick = guard.begin();
      quick.arrived(100_000_000);
      try (StallGuard.Reading slow = guard.begin()) {
        Await.until("the slow one is noticed", slow::stalled);
      }
      assertThat(Thread.interrupted()).isTrue();
      assertThat(over.stalled()).isFalse();
      assertThat(quick.stalled()).isFalse();
      quick.close();
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class WaitLimitTest {

  @Test
  void everyWaitEndsSoonAfterItsDeadlineThoughNobodyUnparksIt() throws Exception {
    try (WaitLimit limit = new WaitLimit(Duration.ofMillis(5));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Long>> waits = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(i);
        waits.add(
            threads.submit(
                () -> {
                  while (deadline - System.nanoTime() > 0) {
                    limit.park(deadline);
                  }
                  return System.nanoTime() - deadline;
                }));
      }
      for (Future<Long> wait : waits) {
        assertThat(wait.get()).isNotNegative();
      }
    }
  }

  @Test
  void aDeadlineThatIsOverAlreadyHoldsNobody() {
    try (WaitLimit limit = new WaitLimit(Duration.ofMillis(1))) {
      limit.park(System.nanoTime() - 1);
    }
  }
}

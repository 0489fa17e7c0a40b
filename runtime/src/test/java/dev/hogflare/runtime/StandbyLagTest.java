// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.StandbyUpdateListener.SuspendReason;
import org.apache.kafka.streams.processor.TaskId;
import org.junit.jupiter.api.Test;

class StandbyLagTest {
  private static final TopicPartition ACTORS_0 = new TopicPartition("actors-changelog", 0);
  private static final TopicPartition ACTORS_1 = new TopicPartition("actors-changelog", 1);

  private final StandbyLag lag = new StandbyLag();

  @Test
  void whatAllCopiesHaveStillToReadIsAddedUp() {
    loaded(ACTORS_0, 99, 1_000);
    loaded(ACTORS_1, 49, 60);

    assertThat(lag.records()).isEqualTo(900 + 10);
  }

  @Test
  void aBatchThatReachesTheEndLeavesNothing() {
    loaded(ACTORS_0, 99, 1_000);
    loaded(ACTORS_0, 999, 1_000);

    assertThat(lag.records()).isZero();
  }

  @Test
  void aCopyThatIsGivenUpOrTakesOverIsNotCounted() {
    loaded(ACTORS_0, 99, 1_000);
    lag.onUpdateSuspended(ACTORS_0, "actors", 99, 1_000, SuspendReason.PROMOTED);

    assertThat(lag.records()).isZero();
  }

  @Test
  void theGaugeNamesItsApplication() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    lag.bindTo(registry, "hogflare.person-processor");
    loaded(ACTORS_0, 99, 1_000);

    assertThat(
            registry
                .get("hogflare_standby_lag_records")
                .tag("application", "hogflare.person-processor")
                .gauge()
                .value())
        .isEqualTo(900);
  }

  private void loaded(TopicPartition partition, long lastOffset, long endOffset) {
    lag.onBatchLoaded(
        partition, "actors", new TaskId(0, partition.partition()), lastOffset, 1, endOffset);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.StandbyUpdateListener;
import org.apache.kafka.streams.processor.TaskId;

/**
 * How far the copies of other instances' state are behind, in records of their changelogs.
 *
 * <p>As the copies know it themselves (KIP-988): a number that was true when each read its last
 * batch. The markers of transactions count as records, so that a copy which has everything may stay
 * one record behind for each partition and store. It is called by the threads of Kafka Streams.
 */
final class StandbyLag implements StandbyUpdateListener {
  private static final String NAME = "hogflare_standby_lag_records";

  private final Map<TopicPartition, Long> behind = new ConcurrentHashMap<>();

  /**
   * Registers the gauge.
   *
   * @param application the application id whose copies these are
   */
  void bindTo(MeterRegistry registry, String application) {
    Gauge.builder(NAME, this, StandbyLag::records)
        .description("Records that the copies of other instances' state have still to read")
        .tag("application", application)
        .register(registry);
  }

  /** Returns how many records all copies of this instance have still to read. */
  long records() {
    return behind.values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public void onUpdateStart(TopicPartition partition, String store, long from) {
    // How far it is behind is known with the first batch.
  }

  @Override
  public void onBatchLoaded(
      TopicPartition partition,
      String store,
      TaskId task,
      long lastOffset,
      long records,
      long endOffset) {
    behind.put(partition, Math.max(0, endOffset - lastOffset - 1));
  }

  @Override
  public void onUpdateSuspended(
      TopicPartition partition, String store, long offset, long endOffset, SuspendReason reason) {
    behind.remove(partition);
  }
}

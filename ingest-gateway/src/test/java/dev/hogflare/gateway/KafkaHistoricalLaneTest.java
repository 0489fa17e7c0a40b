// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.KafkaSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.junit.jupiter.api.Test;

class KafkaHistoricalLaneTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final KafkaSettings kafka = KafkaSettings.plain("localhost:1");
  private final Topics topics = new Topics("lane.");
  private final List<MockConsumer<byte[], byte[]>> made = new CopyOnWriteArrayList<>();

  @Test
  void goesOnWhenMemoryIsShortAndLeavesNoConsumerOpen() {
    try (KafkaHistoricalLane lane =
        new KafkaHistoricalLane(
            () -> {
              made.add(new MockConsumer<>("earliest"));
              return made.getLast();
            },
            () -> {
              throw new OutOfMemoryError("no room for a producer");
            },
            new KafkaBacklog(kafka, topics),
            topics,
            1_000,
            new HistoricalMetrics(registry),
            new GatewayMetrics(registry),
            new IntakeLedger(null))) {
      assertThat(lane.problem()).isEmpty();
      lane.start();
      Await.until("it is tried again", () -> made.size() == 2);
      assertThat(made.getFirst().closed()).isTrue();
      assertThat(lane.problem()).hasValueSatisfying(p -> assertThat(p).contains("no room"));
    }
  }
}

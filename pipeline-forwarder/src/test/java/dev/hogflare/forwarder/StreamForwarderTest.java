// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class StreamForwarderTest {
  private final List<SteadyConsumer> consumers = new CopyOnWriteArrayList<>();
  private final StreamStatus status = new StreamStatus(RowStream.EVENTS, System::nanoTime);
  private final ForwarderMetrics metrics =
      new ForwarderMetrics(new SimpleMeterRegistry(), RowStream.EVENTS, status);

  @Test
  void beginsAnewWhenItsLoopFails() {
    try (StreamForwarder stream = started()) {
      deliver(0);
      consumers.getFirst().setPollException(new KafkaException("corrupt"));
      Await.until("a second run", () -> consumers.size() == 2);
      assertThat(consumers.getFirst().closed()).isTrue();

      deliver(1);
      assertThat(stream.health().up()).isTrue();
      assertThat(stream.progress().delivered()).isEqualTo(2);
    }
    assertThat(consumers).hasSize(2).allMatch(SteadyConsumer::closed);
    assertThat(status.health().message()).isEqualTo("The events stream was closed.");
  }

  @Test
  void saysWhyItsLoopFailedUntilTheNextOneHasPartitions() {
    try (StreamForwarder stream = started()) {
      consumers.getFirst().setPollException(new KafkaException("corrupt"));
      Await.until("a second run", () -> consumers.size() == 2);

      assertThat(stream.health().up()).isFalse();
      assertThat(stream.health().message()).contains("failed (corrupt) and begins anew");
    }
  }

  @Test
  void staysDownWhenAnotherInstanceHasItsName() {
    try (StreamForwarder stream = started()) {
      consumers.getFirst().setPollException(new FencedInstanceIdException("fenced"));
      Await.until("down", () -> stream.health().message().contains("HOGFLARE_INSTANCE_ID=7"));

      assertThat(stream.health().up()).isFalse();
    }
    assertThat(consumers).hasSize(1);
  }

  @Test
  void canBeClosedWithoutHavingBeenStarted() {
    stream().close();

    assertThat(consumers).isEmpty();
  }

  private StreamForwarder started() {
    StreamForwarder stream = stream();
    stream.start();
    Await.until("the first run", () -> !consumers.isEmpty());
    return stream;
  }

  private StreamForwarder stream() {
    return new StreamForwarder(
        RowStream.EVENTS,
        new ForwarderConfig(
            "t.",
            "7",
            new ForwarderConfig.Target(java.net.URI.create("http://unused"), Optional.empty()),
            Optional.empty(),
            Duration.ofSeconds(1),
            10_000,
            100,
            Duration.ofMillis(1),
            1),
        () -> {
          SteadyConsumer consumer = new SteadyConsumer(LoopFixture.TOPIC);
          consumers.add(consumer);
          return consumer;
        },
        new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()),
        List.of(new Endpoint(batch -> new Outcome.Accepted(200), new BytePacer(0))),
        LoopFixture.PACE,
        status,
        metrics);
  }

  private void deliver(long offset) {
    consumers.getLast().assign(0);
    consumers
        .getLast()
        .records(List.of(LoopFixture.record(0, offset, Rows.event(LoopFixture.uuid(0, offset)))));
    Await.until("the row", () -> consumers.getLast().committed(0) == offset + 1);
  }
}

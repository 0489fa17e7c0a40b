// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import dev.hogflare.contract.RawEvent;
import dev.hogflare.runtime.KafkaSettings;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongFunction;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Writes raw events with a bare idempotent producer, which is the baseline of the gateway. */
final class RawLog implements AutoCloseable {
  private final KafkaProducer<byte[], byte[]> producer;
  private final String topic;

  RawLog(KafkaSettings kafka, String topic) {
    this.topic = topic;
    producer =
        new KafkaProducer<>(
            kafka.client(
                Map.of(
                    "acks",
                    "all",
                    "enable.idempotence",
                    true,
                    "compression.type",
                    "lz4",
                    "linger.ms",
                    5,
                    "batch.size",
                    131_072,
                    "buffer.memory",
                    64L * 1_024 * 1_024)),
            new ByteArraySerializer(),
            new ByteArraySerializer());
  }

  /** Writes the events of a range and returns when all are acknowledged. */
  long write(long from, long to, LongFunction<RawEvent> events) {
    AtomicReference<Exception> failure = new AtomicReference<>();
    for (long n = from; n < to; n++) {
      RawEvent event = events.apply(n);
      ProducerRecord<byte[], byte[]> record =
          new ProducerRecord<>(topic, event.key().toBytes(), event.json());
      event.writeHeaders(record.headers());
      var unused =
          producer.send(
              record,
              (metadata, e) -> {
                if (e != null) {
                  failure.set(e);
                }
              });
    }
    producer.flush();
    if (failure.get() != null) {
      throw new IllegalStateException("The raw log could not be written.", failure.get());
    }
    return to - from;
  }

  @Override
  public void close() {
    producer.close();
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Copies a compacted topic of one partition into another, in its order.
 *
 * <p>A copy that is repeated leaves the same behind: of each key the last value.
 */
final class CompactedCopy {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Supplier<KafkaConsumer<byte[], byte[]>> consumers;
  private final Supplier<KafkaProducer<byte[], byte[]>> producers;

  CompactedCopy(
      Supplier<KafkaConsumer<byte[], byte[]>> consumers,
      Supplier<KafkaProducer<byte[], byte[]>> producers) {
    this.consumers = consumers;
    this.producers = producers;
  }

  /**
   * Copies what is in a topic.
   *
   * @param source the name of an existing topic
   * @param target the name of another one
   * @param end the offset before which the last record to copy stands
   * @return the records that were copied
   * @throws RebuildException if Kafka gives nothing for a minute, or takes a record not
   */
  long run(String source, String target, long end) {
    TopicPartition from = new TopicPartition(source, 0);
    AtomicReference<Exception> failure = new AtomicReference<>();
    long copied = 0;
    try (KafkaConsumer<byte[], byte[]> consumer = consumers.get();
        KafkaProducer<byte[], byte[]> producer = producers.get()) {
      consumer.assign(List.of(from));
      consumer.seekToBeginning(List.of(from));
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (consumer.position(from) < end) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          var unused =
              producer.send(
                  new ProducerRecord<>(target, 0, record.key(), record.value()),
                  (metadata, e) -> {
                    if (e != null) {
                      failure.compareAndSet(null, e);
                    }
                  });
          copied++;
          deadline = System.nanoTime() + PATIENCE.toNanos();
        }
        if (System.nanoTime() > deadline) {
          throw new RebuildException(
              "Kafka gave no more of " + source + "; check that the brokers run, and begin again.");
        }
      }
      producer.flush();
    }
    if (failure.get() != null) {
      throw new RebuildException(
          "A record of " + source + " could not be copied (" + failure.get() + "); begin again.",
          failure.get());
    }
    return copied;
  }
}

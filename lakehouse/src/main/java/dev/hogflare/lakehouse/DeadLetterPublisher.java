// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.Stage;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes records that no table takes to the dead letters, before the commit that leaves them out.
 *
 * <p>Used by one thread.
 */
final class DeadLetterPublisher {
  private static final Logger LOG = LoggerFactory.getLogger(DeadLetterPublisher.class);

  /** From so many letters, or bytes of their values, on they are waited for before the commit. */
  private static final int MOST_LETTERS = 1_000;

  private static final long MOST_BYTES = 16L << 20;

  private final Producer<byte[], byte[]> producer;
  private final String topic;
  private final InstantSource clock;
  private final List<Letter> sent = new ArrayList<>();
  private long sentBytes;

  private record Letter(
      ConsumerRecord<byte[], byte[]> record, DeadLetter reason, Future<RecordMetadata> answer) {}

  /**
   * Creates a publisher.
   *
   * @param producer idempotent and with acks=all; may be shared
   * @param topic the topic of the dead letters
   */
  DeadLetterPublisher(Producer<byte[], byte[]> producer, String topic, InstantSource clock) {
    this.producer = producer;
    this.topic = topic;
    this.clock = clock;
  }

  /** Sends a record without waiting for its acknowledgement. */
  void write(ConsumerRecord<byte[], byte[]> record, ErrorCode code, String why) {
    DeadLetter reason =
        new DeadLetter(
            Stage.FORWARDER,
            code,
            why,
            clock.millis(),
            new DeadLetter.Source(record.topic(), record.partition(), record.offset()));
    if (sent.isEmpty()) {
      LOG.warn(
          "The row {}-{}@{} goes to {} as {}: {}",
          record.topic(),
          record.partition(),
          record.offset(),
          topic,
          code.text(),
          why);
    }
    sent.add(new Letter(record, reason, send(record, reason, record.value())));
    sentBytes += record.value() == null ? 0 : record.value().length;
  }

  /** Whether so much was sent that it should be waited for, because it is kept until then. */
  boolean isFull() {
    return sent.size() >= MOST_LETTERS || sentBytes >= MOST_BYTES;
  }

  private Future<RecordMetadata> send(
      ConsumerRecord<byte[], byte[]> record, DeadLetter reason, byte[] value) {
    ProducerRecord<byte[], byte[]> letter = new ProducerRecord<>(topic, record.key(), value);
    record.headers().forEach(header -> letter.headers().add(header.key(), header.value()));
    reason.writeHeaders(letter.headers());
    return producer.send(letter);
  }

  /**
   * Returns when all in-sync replicas have everything that was sent.
   *
   * @throws KafkaException if that fails; then the rows must be read again
   */
  void await() throws InterruptedException {
    for (Letter letter : sent) {
      try {
        letter.answer().get();
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof RecordTooLargeException)) {
          throw new KafkaException("A dead letter was not written.", e.getCause());
        }
        // The reason makes it longer than the topic takes; it names where the row still is.
        withoutValue(letter);
      }
    }
    sent.clear();
    sentBytes = 0;
  }

  private void withoutValue(Letter letter) throws InterruptedException {
    try {
      send(letter.record(), letter.reason(), null).get();
    } catch (ExecutionException e) {
      throw new KafkaException("A dead letter was not written.", e.getCause());
    }
  }
}

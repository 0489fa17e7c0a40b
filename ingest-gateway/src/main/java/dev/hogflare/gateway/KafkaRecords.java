// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Topics;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Makes the records of what requests bring. */
final class KafkaRecords {
  /** The most bytes of an unusable item that its dead letter keeps. */
  static final int MAX_DEAD_LETTER_BYTES = 900_000;

  private static final String TRUNCATED_FROM = "dlq_truncated_from";

  private final String events;
  private final String recordings;
  private final String deadLetters;

  KafkaRecords(Topics topics) {
    this.events = topics.eventsRaw().name();
    this.recordings = topics.recordingsRaw().name();
    this.deadLetters = topics.deadLetters().name();
  }

  ProducerRecord<byte[], byte[]> claim(ActorKey claimed, RawCommand.Claim claim) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(events, claimed.toBytes(), claim.toJson());
    claim.writeHeader(record.headers());
    return record;
  }

  ProducerRecord<byte[], byte[]> event(RawEvent event) {
    return record(events, event);
  }

  ProducerRecord<byte[], byte[]> recording(RawEvent recording) {
    return record(recordings, recording);
  }

  private static ProducerRecord<byte[], byte[]> record(String topic, RawEvent event) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(topic, event.key().toBytes(), event.json());
    event.writeHeaders(record.headers());
    return record;
  }

  ProducerRecord<byte[], byte[]> deadLetter(RawEvent item, DeadLetter reason) {
    ProducerRecord<byte[], byte[]> record = deadLetter(item.key().toBytes(), item.json());
    item.writeHeaders(record.headers());
    return explained(record, item.json().length, reason);
  }

  /** Makes the dead letter of a record that the brokers do not take. */
  ProducerRecord<byte[], byte[]> deadLetter(SpooledRecord refused, DeadLetter reason) {
    ProducerRecord<byte[], byte[]> record = deadLetter(refused.key(), refused.value());
    refused.headers().forEach(record.headers()::add);
    return explained(record, refused.value().length, reason);
  }

  private ProducerRecord<byte[], byte[]> deadLetter(byte[] key, byte[] value) {
    boolean truncated = value.length > MAX_DEAD_LETTER_BYTES;
    return new ProducerRecord<>(
        deadLetters, key, truncated ? Arrays.copyOf(value, MAX_DEAD_LETTER_BYTES) : value);
  }

  private static ProducerRecord<byte[], byte[]> explained(
      ProducerRecord<byte[], byte[]> record, int length, DeadLetter reason) {
    reason.writeHeaders(record.headers());
    if (length > MAX_DEAD_LETTER_BYTES) {
      record
          .headers()
          .add(TRUNCATED_FROM, Integer.toString(length).getBytes(StandardCharsets.UTF_8));
    }
    return record;
  }

  /** Whether a record of these topics holds an item that could not be used. */
  boolean isDeadLetter(String topic) {
    return topic.equals(deadLetters);
  }
}

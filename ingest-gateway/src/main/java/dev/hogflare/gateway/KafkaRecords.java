// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Topics;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** Makes the records of what requests bring. */
final class KafkaRecords {
  /** The most bytes of an unusable item that its dead letter keeps. */
  static final int MAX_DEAD_LETTER_BYTES = 900_000;

  private static final String TRUNCATED_FROM = "dlq_truncated_from";

  /** In the lane: the distinct id that the event wants united with its own. */
  private static final String MERGES = "merges";

  private final String events;
  private final String historical;
  private final String recordings;
  private final String deadLetters;

  KafkaRecords(Topics topics) {
    this.events = topics.eventsRaw().name();
    this.historical = topics.historicalRaw().name();
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

  /**
   * Makes the record of an event that waits in the lane.
   *
   * @param mergedId the distinct id that it wants united with its own, or null
   */
  ProducerRecord<byte[], byte[]> historical(RawEvent event, String mergedId) {
    ProducerRecord<byte[], byte[]> record = record(historical, event);
    if (mergedId != null) {
      record.headers().add(MERGES, mergedId.getBytes(StandardCharsets.UTF_8));
    }
    return record;
  }

  /**
   * Makes the records by which events of the lane get their places among the raw events: all
   * claims, then the events in their order.
   */
  List<SpooledRecord> outOfLane(Iterable<ConsumerRecord<byte[], byte[]>> lane) {
    List<SpooledRecord> claims = new ArrayList<>();
    List<SpooledRecord> moved = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : lane) {
      int claim = SpooledRecord.NO_CLAIM;
      Header merges = record.headers().lastHeader(MERGES);
      SpooledRecord its = merges == null ? null : claimOrNull(record.key(), merges.value());
      if (its != null) {
        claim = claims.size();
        claims.add(its);
      }
      Headers headers = new RecordHeaders(record.headers().toArray()).remove(MERGES);
      moved.add(new SpooledRecord(events, record.key(), record.value(), headers, claim));
    }
    claims.addAll(moved);
    return claims;
  }

  /** A key that no gateway wrote makes no claim, and its record goes where such records end. */
  private SpooledRecord claimOrNull(byte[] claimant, byte[] claimedId) {
    ActorKey key;
    try {
      key = ActorKey.fromBytes(claimant);
    } catch (MalformedRecordException e) {
      return null;
    }
    ActorKey claimed = new ActorKey(key.token(), new String(claimedId, StandardCharsets.UTF_8));
    ProducerRecord<byte[], byte[]> claim = claim(claimed, new RawCommand.Claim(key.distinctId()));
    return new SpooledRecord(
        claim.topic(), claim.key(), claim.value(), claim.headers(), SpooledRecord.NO_CLAIM);
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

  /** Whether records of this topic only wait for their places among the raw events. */
  boolean isLane(String topic) {
    return topic.equals(historical);
  }

  /** Whether a record of these topics holds an item that could not be used. */
  boolean isDeadLetter(String topic) {
    return topic.equals(deadLetters);
  }
}

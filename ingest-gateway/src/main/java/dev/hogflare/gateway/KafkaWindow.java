// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Stage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;

/**
 * Records that waited somewhere and are sent in their order before their acknowledgements are
 * waited for.
 *
 * <p>A claim is acknowledged before the event that names its offset is sent.
 */
final class KafkaWindow {
  private final Producer<byte[], byte[]> producer;
  private final KafkaRecords records;
  private final List<List<SpooledRecord>> requests;
  private final AtomicReference<Exception> failure = new AtomicReference<>();

  /** Those that no broker takes, by identity. */
  private final Set<SpooledRecord> tooLarge =
      Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

  /**
   * Creates a window.
   *
   * @param producer never gives up on a record, so that none of a key overtakes another one
   * @param requests the records of each request; a claim stands before the event that names it
   */
  KafkaWindow(
      Producer<byte[], byte[]> producer, KafkaRecords records, List<List<SpooledRecord>> requests) {
    this.producer = producer;
    this.records = records;
    this.requests = requests;
  }

  /**
   * Returns when Kafka has acknowledged everything.
   *
   * @throws KafkaException if it has not; then all of it has to be sent again
   */
  void send() {
    requests.forEach(this::send);
    awaitAcknowledgement();
    for (SpooledRecord record : tooLarge) {
      send(letter(record), (metadata, e) -> failure.compareAndSet(null, e));
    }
    awaitAcknowledgement();
  }

  private void send(List<SpooledRecord> request) {
    long[] offsets = new long[request.size()];
    boolean claimsUnderWay = false;
    for (int i = 0; i < offsets.length; i++) {
      SpooledRecord record = request.get(i);
      ProducerRecord<byte[], byte[]> sent =
          new ProducerRecord<>(
              record.topic(), null, record.key(), record.value(), record.headers());
      claimsUnderWay |= RawCommand.isCommand(record.headers());
      if (record.claim() != SpooledRecord.NO_CLAIM) {
        if (claimsUnderWay) {
          awaitAcknowledgement();
          claimsUnderWay = false;
        }
        RawEvent.writeClaim(sent.headers(), offsets[record.claim()]);
      }
      int place = i;
      send(
          sent,
          (metadata, e) -> {
            settle(record, metadata, e);
            if (e == null) {
              offsets[place] = metadata.offset();
            }
          });
    }
  }

  private void send(ProducerRecord<byte[], byte[]> record, Callback callback) {
    var unused = producer.send(record, callback);
  }

  private void settle(SpooledRecord record, RecordMetadata metadata, Exception e) {
    if (e instanceof RecordTooLargeException && !records.isDeadLetter(record.topic())) {
      tooLarge.add(record);
    } else if (e != null) {
      failure.compareAndSet(null, e);
    } else if (RawCommand.isCommand(record.headers()) && !metadata.hasOffset()) {
      failure.compareAndSet(
          null, new KafkaException("The broker did not say where a claim stands."));
    }
  }

  private void awaitAcknowledgement() {
    producer.flush();
    Exception first = failure.get();
    if (first != null) {
      throw new KafkaException(first.getMessage(), first);
    }
  }

  private ProducerRecord<byte[], byte[]> letter(SpooledRecord record) {
    return records.deadLetter(
        record,
        new DeadLetter(
            Stage.GATEWAY,
            ErrorCode.EVENT_TOO_LARGE,
            "The brokers take only smaller records; raise max.message.bytes of "
                + record.topic()
                + ".",
            RawEvent.arrivedAt(record.headers(), 0) / 1_000,
            null));
  }

  /**
   * Counts what Kafka has now; those that are stored first, which make their project known. What
   * went into the lane is counted when it leaves it.
   *
   * @param large called for each that became a dead letter because no broker takes it
   */
  void count(IntakeLedger ledger, GatewayMetrics metrics, Runnable large) {
    for (List<SpooledRecord> request : requests) {
      int claims = 0;
      List<SpooledRecord> letters = new ArrayList<>();
      for (SpooledRecord record : request) {
        if (RawCommand.isCommand(record.headers())) {
          claims++;
        } else if (records.isDeadLetter(record.topic()) || tooLarge.contains(record)) {
          letters.add(record);
        } else if (!records.isLane(record.topic())) {
          ledger.drained(record, null);
        }
      }
      for (SpooledRecord letter : letters) {
        boolean refused = tooLarge.contains(letter);
        ledger.drained(
            letter, refused ? ErrorCode.EVENT_TOO_LARGE : DeadLetter.read(letter.headers()).code());
        if (refused) {
          large.run();
        }
      }
      metrics.claimed(claims);
    }
  }
}

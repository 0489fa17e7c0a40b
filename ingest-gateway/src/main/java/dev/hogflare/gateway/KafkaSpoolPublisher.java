// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.runtime.Health;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Publishes to Kafka, and into a spool on disk while Kafka does not take what is sent.
 *
 * <p>As long as anything waits in the spool all requests go behind it, so that no event overtakes
 * an earlier one. What a request sends to Kafka in vain goes into the spool under the same uuids:
 * if Kafka took it after all, the person-processor drops the repeat.
 */
final class KafkaSpoolPublisher implements RawEventPublisher {
  private static final Duration LONGEST_TRY = Duration.ofSeconds(3);
  private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(5);

  private final RawEventPublisher direct;
  private final KafkaRecords records;
  private final Spool spool;
  private final KafkaSpoolDrain drain;
  private final Duration patience;

  /**
   * Creates a publisher.
   *
   * @param direct publishes past the spool; closed with this
   * @param patience how long a request waits for the disk
   */
  KafkaSpoolPublisher(
      RawEventPublisher direct,
      KafkaRecords records,
      Spool spool,
      KafkaSpoolDrain drain,
      Duration patience) {
    this.direct = direct;
    this.records = records;
    this.spool = spool;
    this.drain = drain;
    this.patience = patience;
  }

  /** Returns how long Kafka may take before a request turns to the spool. */
  static Duration tryKafkaFor(Duration ackTimeout) {
    Duration half = ackTimeout.dividedBy(2);
    return half.compareTo(LONGEST_TRY) < 0 ? half : LONGEST_TRY;
  }

  @Override
  public void start() {
    spool.open(drain.hasPreparation());
    drain.start();
    direct.start();
  }

  @Override
  public Publication begin() {
    return spool.isActive() && spool.takesNewcomers()
        ? new KafkaSpoolPublication()
        : direct.begin();
  }

  @Override
  public Publication insteadOrNull(Publication failed) {
    return failed.waits() ? null : new KafkaSpoolPublication();
  }

  @Override
  public Health health() {
    String problem = spool.problemOrNull();
    Health kafka = direct.health();
    if (!spool.isActive()) {
      return kafka.up()
          ? kafka
          : Health.degraded(kafka.message() + " Until then events wait in the spool.");
    }
    if (problem != null) {
      return Health.down(problem);
    }
    return Health.degraded(
        String.format(
            Locale.ROOT,
            "%,d events wait in the spool (%,d KB) and are sent as soon as Kafka takes them. %s",
            spool.waiting(),
            spool.bytes() / 1_024,
            drain.problemOrNull() == null ? kafka.message() : drain.problemOrNull()));
  }

  @Override
  public void close() {
    if (direct.health().up()) {
      spool.awaitDrained(DRAIN_TIMEOUT);
    }
    drain.close();
    spool.close();
    direct.close();
  }

  /** One request's records on their way to the disk. */
  private final class KafkaSpoolPublication implements Publication {
    private final List<SpooledRecord> waiting = new ArrayList<>();
    private int items;

    /** A batch of an import leaves half of the disk to what happens now. */
    private boolean historical;

    @Override
    public boolean waits() {
      return true;
    }

    @Override
    public SentClaim claim(ActorKey claimed, RawCommand.Claim claim) {
      int place = waiting.size();
      add(records.claim(claimed, claim), SpooledRecord.NO_CLAIM);
      return () -> place;
    }

    @Override
    public void event(RawEvent event) {
      Long claim = event.claim();
      add(
          records.event(claim == null ? event : event.withoutClaim()),
          claim == null ? SpooledRecord.NO_CLAIM : Math.toIntExact(claim));
      items++;
    }

    @Override
    public void historical(RawEvent event, String mergedId) {
      add(records.historical(event, mergedId), SpooledRecord.NO_CLAIM);
      historical = true;
      items++;
    }

    @Override
    public void recording(RawEvent recording) {
      add(records.recording(recording), SpooledRecord.NO_CLAIM);
      items++;
    }

    @Override
    public void deadLetter(RawEvent item, DeadLetter reason) {
      add(records.deadLetter(item, reason), SpooledRecord.NO_CLAIM);
      items++;
    }

    private void add(ProducerRecord<byte[], byte[]> record, int claim) {
      waiting.add(
          new SpooledRecord(record.topic(), record.key(), record.value(), record.headers(), claim));
    }

    /** Claims wait for their events: all of a request is on disk at once, or nothing. */
    @Override
    public void awaitAcknowledgement() throws PublicationFailedException {
      if (items > 0) {
        spool.append(
            SpoolCodec.encode(waiting),
            items,
            historical ? spool.maxBytes() / 2 : spool.maxBytes(),
            patience);
      }
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Topics;
import dev.hogflare.contract.Uuids;
import dev.hogflare.geoip.ClientAddresses;
import dev.hogflare.geoip.GeoIp;
import dev.hogflare.runtime.Health;
import dev.hogflare.runtime.Settings;
import dev.hogflare.wire.SidePaths;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A gateway whose records depend on its requests alone: its clock is set by hand, the uuids that it
 * gives are numbered, and its secret is known. What it publishes goes to a consumer.
 *
 * <p>One request at a time.
 */
public final class PinnedGateway implements AutoCloseable {
  private final String rawTopic;
  private final KafkaRecords records;
  private final Consumer<ProducerRecord<byte[], byte[]>> kafka;
  private final AtomicLong now = new AtomicLong();
  private final AtomicLong uuids = new AtomicLong();
  private final Gateway gateway;
  private long nextOffset;

  /**
   * Starts a gateway.
   *
   * @param kafka gets the records of a request when it is whole, in their order
   */
  public PinnedGateway(Topics topics, Consumer<ProducerRecord<byte[], byte[]>> kafka) {
    this.rawTopic = topics.eventsRaw().name();
    this.records = new KafkaRecords(topics);
    this.kafka = kafka;
    Settings settings =
        new Settings(
            Map.of(
                "APP_ADDR",
                "127.0.0.1:0",
                "HOGFLARE_COOKIELESS_SECRET",
                "a secret for golden rows"));
    this.gateway =
        new Gateway(
            GatewayConfig.from(settings),
            new Publisher(),
            null,
            null,
            new SimpleMeterRegistry(),
            Optional.empty(),
            SidePaths.NONE,
            ClientAddresses.DIRECT,
            GeoIp.off(),
            now::get,
            millis -> Uuids.v7(millis, 0, uuids.incrementAndGet()),
            Duration.ofSeconds(30));
    gateway.start();
  }

  /** Sets the clock, in microseconds since the epoch. */
  public void at(long micros) {
    now.set(micros);
  }

  /** Returns its base URL. */
  public URI uri() {
    return URI.create("http://127.0.0.1:" + gateway.port());
  }

  @Override
  public void close() {
    gateway.close();
  }

  /** A topic of one partition, which takes everything. */
  private final class Publisher implements RawEventPublisher {
    @Override
    public Publication begin() {
      return new InOrder();
    }

    @Override
    public Health health() {
      return Health.up("Everything is taken.");
    }

    @Override
    public void start() {
      // There is nothing to connect to.
    }

    @Override
    public void close() {
      // There is nothing to free.
    }
  }

  /** One request's records. */
  private final class InOrder implements RawEventPublisher.Publication {
    private final List<ProducerRecord<byte[], byte[]>> waiting = new ArrayList<>();

    @Override
    public RawEventPublisher.SentClaim claim(ActorKey claimed, RawCommand.Claim claim) {
      long offset = add(records.claim(claimed, claim));
      return () -> offset;
    }

    @Override
    public void event(RawEvent event) {
      add(records.event(event));
    }

    @Override
    public void historical(RawEvent event, String mergedId) {
      throw new AssertionError("No recorded request is a historical batch.");
    }

    @Override
    public void recording(RawEvent recording) {
      add(records.recording(recording));
    }

    @Override
    public void deadLetter(RawEvent item, DeadLetter reason) {
      add(records.deadLetter(item, reason));
    }

    /** Returns where it will stand, if it belongs to the raw topic. */
    private long add(ProducerRecord<byte[], byte[]> record) {
      waiting.add(record);
      return record.topic().equals(rawTopic) ? nextOffset++ : -1;
    }

    @Override
    public void awaitAcknowledgement() {
      waiting.forEach(kafka);
      waiting.clear();
    }
  }
}

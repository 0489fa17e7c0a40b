// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.Health;
import dev.hogflare.runtime.KafkaSettings;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes with one idempotent producer that all requests share, {@code acks=all}.
 *
 * <p>A request's thread sends its records one after the other, so that those of one key keep their
 * order, then parks once until the last callback; with claims, once for them and once for the rest.
 * Every wait ends within the acknowledgement timeout. A record that is acknowledged after its
 * request was given up is stored all the same; the client sends it again with the same uuid, by
 * which the person-processor drops the repeat.
 */
final class KafkaRawEventPublisher implements RawEventPublisher {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaRawEventPublisher.class);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private final Producer<byte[], byte[]> producer;
  private final KafkaHealth health;
  private final List<String> topics;
  private final KafkaRecords records;
  private final long timeoutNanos;
  private final WaitLimit limit;

  /**
   * Creates a publisher.
   *
   * @param timeout how long a request waits for its acknowledgements at most
   */
  KafkaRawEventPublisher(KafkaSettings kafka, Topics topics, Duration timeout) {
    this(
        new KafkaProducer<>(
            kafka.client(settings(timeout)), new ByteArraySerializer(), new ByteArraySerializer()),
        new KafkaHealth(kafka, topics.eventsRaw().name()),
        topics,
        timeout);
  }

  /** Creates a publisher around a producer, which it closes. */
  KafkaRawEventPublisher(
      Producer<byte[], byte[]> producer, KafkaHealth health, Topics topics, Duration timeout) {
    this.producer = producer;
    this.health = health;
    this.topics =
        List.of(
            topics.eventsRaw().name(), topics.recordingsRaw().name(), topics.deadLetters().name());
    this.records = new KafkaRecords(topics);
    this.timeoutNanos = timeout.toNanos();
    this.limit = new WaitLimit(timeout.dividedBy(100));
  }

  /**
   * Returns the producer's settings: it gives up on a record before the request that waits for it
   * is given up, so that little is stored that its client believes lost.
   */
  static Map<String, Object> settings(Duration timeout) {
    int millis = (int) timeout.toMillis();
    Map<String, Object> own = new HashMap<>();
    own.put("client.id", "hogflare-gateway");
    own.put("acks", "all");
    own.put("enable.idempotence", true);
    own.put("compression.type", "lz4");
    own.put("linger.ms", 2);
    own.put("batch.size", 131_072);
    own.put("buffer.memory", 64L * 1024 * 1024);
    own.put("max.request.size", Topics.MAX_RECORD_BYTES);
    own.put("max.block.ms", millis / 4);
    own.put("delivery.timeout.ms", millis - millis / 4);
    own.put("request.timeout.ms", millis * 3 / 8);
    own.put("reconnect.backoff.max.ms", 500);
    return own;
  }

  @Override
  public void start() {
    health.start();
    for (String topic : topics) {
      try {
        // So that the first requests need not wait for the metadata.
        producer.partitionsFor(topic);
      } catch (KafkaException e) {
        LOG.warn("Kafka does not know the topic {} yet: {}", topic, e.getMessage());
        return;
      }
    }
  }

  @Override
  public Health health() {
    return health.now();
  }

  @Override
  public Publication begin() {
    return new KafkaPublication();
  }

  @Override
  public void close() {
    health.close();
    try {
      producer.close(CLOSE_TIMEOUT);
    } catch (KafkaException e) {
      LOG.warn("The producer did not close cleanly: {}", e.getMessage());
    }
    limit.close();
  }

  /** One request's records on their way: the one callback of all of them. */
  private final class KafkaPublication implements Publication, Callback {
    private final long deadline = System.nanoTime() + timeoutNanos;
    private final Thread waiter = Thread.currentThread();

    /** Records without an answer, and one more until the waiting begins. */
    private final AtomicInteger pending = new AtomicInteger(1);

    private volatile Exception failure;

    @Override
    public SentClaim claim(ActorKey claimed, RawCommand.Claim claim)
        throws PublicationFailedException {
      KafkaClaim sent = new KafkaClaim(this);
      send(records.claim(claimed, claim), sent);
      return sent;
    }

    @Override
    public void event(RawEvent event) throws PublicationFailedException {
      send(records.event(event));
    }

    @Override
    public void historical(RawEvent event, String mergedId) throws PublicationFailedException {
      send(records.historical(event, mergedId));
    }

    @Override
    public void recording(RawEvent recording) throws PublicationFailedException {
      send(records.recording(recording));
    }

    @Override
    public void deadLetter(RawEvent item, DeadLetter reason) throws PublicationFailedException {
      send(records.deadLetter(item, reason));
    }

    private void send(ProducerRecord<byte[], byte[]> record) throws PublicationFailedException {
      send(record, this);
    }

    private void send(ProducerRecord<byte[], byte[]> record, Callback callback)
        throws PublicationFailedException {
      // A send may block for as long as the producer's buffer is full: with the first that failed
      // or took all the time, the rest of the request is in vain.
      throwFailure();
      if (System.nanoTime() - deadline > 0) {
        throw late();
      }
      pending.incrementAndGet();
      try {
        var unused = producer.send(record, callback);
      } catch (KafkaException | IllegalStateException e) {
        pending.decrementAndGet();
        health.failed(e);
        throw PublicationFailedException.unavailable("Kafka does not take records.", e);
      }
    }

    @Override
    public void onCompletion(RecordMetadata metadata, Exception exception) {
      if (exception == null) {
        health.succeeded();
      } else {
        failure = exception;
        if (!(exception instanceof RecordTooLargeException)) {
          health.failed(exception);
        }
      }
      if (pending.decrementAndGet() == 0) {
        LockSupport.unpark(waiter);
      }
    }

    @Override
    public void awaitAcknowledgement() throws PublicationFailedException {
      if (pending.decrementAndGet() > 0) {
        while (pending.get() > 0) {
          if (deadline - System.nanoTime() <= 0) {
            throw late();
          }
          limit.park(deadline);
          if (Thread.interrupted()) {
            Thread.currentThread().interrupt();
            throw PublicationFailedException.unavailable("The gateway stops.", null);
          }
        }
      }
      pending.set(1);
      throwFailure();
    }

    private void throwFailure() throws PublicationFailedException {
      Exception e = failure;
      if (e instanceof RecordTooLargeException) {
        throw PublicationFailedException.tooLarge("The brokers take only smaller records.", e);
      }
      if (e != null) {
        throw PublicationFailedException.unavailable("Kafka does not acknowledge.", e);
      }
    }

    private PublicationFailedException late() {
      return PublicationFailedException.unavailable(
          "Kafka did not acknowledge within "
              + TimeUnit.NANOSECONDS.toMillis(timeoutNanos)
              + " ms.",
          null);
    }
  }

  /**
   * A claim's callback, which keeps its offset.
   *
   * <p>Written by the producer's thread before it counts the acknowledgement, and read by the
   * request's after it has seen the count.
   */
  private static final class KafkaClaim implements SentClaim, Callback {
    private final Callback publication;
    private long offset;

    KafkaClaim(Callback publication) {
      this.publication = publication;
    }

    @Override
    public void onCompletion(RecordMetadata metadata, Exception exception) {
      if (exception == null && !metadata.hasOffset()) {
        // A repetition that the broker no longer knows the place of: the client has to try again.
        publication.onCompletion(
            metadata, new KafkaException("The broker did not say where the claim stands."));
        return;
      }
      if (exception == null) {
        offset = metadata.offset();
      }
      publication.onCompletion(metadata, exception);
    }

    @Override
    public long offset() {
      return offset;
    }
  }
}

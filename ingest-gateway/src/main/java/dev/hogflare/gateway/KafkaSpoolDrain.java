// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.KafkaSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends what waits in the spool to Kafka, in the order in which it came.
 *
 * <p>Its producer never gives up on a record, so that none of a key overtakes another one. A claim
 * is acknowledged before the event that names its offset is sent. What was sent and not remembered
 * as drained is sent again after a restart, under the same uuid.
 */
final class KafkaSpoolDrain implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaSpoolDrain.class);

  /** So much is sent before the acknowledgements are waited for. */
  private static final int WINDOW_BYTES = 4 * 1024 * 1024;

  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

  private final Supplier<Producer<byte[], byte[]>> producers;
  private final KafkaRecords records;
  private final Spool spool;
  private final SpoolMetrics metrics;
  private final GatewayMetrics gatewayMetrics;
  private final IntakeLedger ledger;
  private final Runnable preparation;
  private final Thread thread =
      Thread.ofPlatform().name("gateway-spool-drain").unstarted(this::run);
  private Producer<byte[], byte[]> producer;
  private volatile boolean closed;
  private volatile String problem;

  /**
   * Creates a drain that does nothing yet.
   *
   * @param producers makes a producer with {@link #settings}
   * @param preparation what has to succeed before anything is sent, or null
   */
  KafkaSpoolDrain(
      Supplier<Producer<byte[], byte[]>> producers,
      KafkaRecords records,
      Spool spool,
      SpoolMetrics metrics,
      GatewayMetrics gatewayMetrics,
      IntakeLedger ledger,
      Runnable preparation) {
    this.producers = producers;
    this.records = records;
    this.spool = spool;
    this.metrics = metrics;
    this.gatewayMetrics = gatewayMetrics;
    this.ledger = ledger;
    this.preparation = preparation;
  }

  /** Returns a maker of producers for these brokers. */
  static Supplier<Producer<byte[], byte[]>> producers(KafkaSettings kafka, String clientId) {
    return () ->
        new KafkaProducer<>(
            kafka.client(settings(clientId)), new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Returns the settings of a producer that waits for Kafka as long as it takes. */
  static Map<String, Object> settings(String clientId) {
    Map<String, Object> own = new HashMap<>();
    own.put("client.id", clientId);
    own.put("acks", "all");
    own.put("enable.idempotence", true);
    own.put("compression.type", "lz4");
    own.put("linger.ms", 5);
    own.put("batch.size", 131_072);
    own.put("max.request.size", Topics.MAX_RECORD_BYTES);
    own.put("max.block.ms", 30_000);
    own.put("request.timeout.ms", 10_000);
    own.put("delivery.timeout.ms", Integer.MAX_VALUE);
    own.put("reconnect.backoff.max.ms", 500);
    own.put("retry.backoff.max.ms", 500);
    return own;
  }

  /** Whether something has to succeed before anything is sent. */
  boolean hasPreparation() {
    return preparation != null;
  }

  /** Returns why nothing can be sent, or null if nothing is known to be wrong. */
  String problemOrNull() {
    return problem;
  }

  /** Begins to send. */
  void start() {
    thread.start();
  }

  private void run() {
    try {
      prepare();
      while (!closed) {
        try {
          List<SpoolFrame> frames = spool.take(WINDOW_BYTES);
          if (producer == null) {
            producer = producers.get();
          }
          KafkaWindow window =
              new KafkaWindow(
                  producer,
                  records,
                  frames.stream().map(SpoolFrame::payload).map(SpoolCodec::decode).toList());
          window.send();
          spool.drained(frames);
          window.count(ledger, gatewayMetrics, metrics::tooLarge);
          problem = null;
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
          failed(e);
          spool.rewind();
        }
      }
    } catch (InterruptedException e) {
      LOG.info("The spool is not sent any further; what waits is sent after the next start");
    } finally {
      dropProducer();
    }
  }

  private void prepare() throws InterruptedException {
    boolean ready = preparation == null;
    while (!ready) {
      try {
        preparation.run();
        ready = true;
        problem = null;
      } catch (RuntimeException e) {
        failed(e);
      }
    }
  }

  private void failed(Throwable e) throws InterruptedException {
    if (closed) {
      throw new InterruptedException("The gateway stops.");
    }
    if (problem == null) {
      LOG.warn("What waits in the spool cannot be sent; it is tried again", e);
    }
    problem = "What waits in the spool cannot be sent (" + e.getMessage() + ").";
    dropProducer();
    LockSupport.parkNanos(PAUSE.toNanos());
  }

  private void dropProducer() {
    // An interrupt would disturb the closing, and has done its work.
    boolean interrupted = Thread.interrupted();
    if (producer != null) {
      try {
        producer.close(Duration.ZERO);
      } catch (KafkaException e) {
        LOG.warn("The producer of the spool did not close cleanly: {}", e.getMessage());
      }
      producer = null;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Stops to send; what is under way is sent again after the next start. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join(CLOSE_TIMEOUT.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

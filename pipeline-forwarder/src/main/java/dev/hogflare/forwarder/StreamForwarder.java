// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import dev.hogflare.runtime.Health;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the loop of one stream running.
 *
 * <p>A loop that fails begins anew with a new consumer, at the committed positions; only one that
 * another instance of the same name has pushed out stays down, because the two would push each
 * other out for ever.
 */
final class StreamForwarder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StreamForwarder.class);

  private final RowStream stream;
  private final ForwarderConfig config;
  private final Supplier<Consumer<byte[], byte[]>> consumers;
  private final Producer<byte[], byte[]> producer;
  private final List<Endpoint> endpoints;
  private final Pace pace;
  private final StreamStatus status;
  private final ForwarderMetrics metrics;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Thread thread;
  private volatile Consumer<byte[], byte[]> first;

  /**
   * Creates a stream that is not started yet.
   *
   * @param consumers makes a consumer for each run of the loop
   * @param producer writes dead letters and the account of deliveries
   * @param endpoints those that the rows are divided among
   */
  StreamForwarder(
      RowStream stream,
      ForwarderConfig config,
      Supplier<Consumer<byte[], byte[]>> consumers,
      Producer<byte[], byte[]> producer,
      List<Endpoint> endpoints,
      Pace pace,
      StreamStatus status,
      ForwarderMetrics metrics) {
    this.stream = stream;
    this.config = config;
    this.consumers = consumers;
    this.producer = producer;
    this.endpoints = List.copyOf(endpoints);
    this.pace = pace;
    this.status = status;
    this.metrics = metrics;
    thread = Thread.ofPlatform().name("forwarder-" + stream.text()).unstarted(this::run);
  }

  /**
   * Starts the loop.
   *
   * @throws org.apache.kafka.common.KafkaException if a property of the consumer is wrong
   */
  void start() {
    first = consumers.get();
    thread.start();
  }

  Health health() {
    return status.health();
  }

  StreamProgress progress() {
    return metrics.progress(status);
  }

  /** Asks the loop to end, without waiting. */
  void beginClose() {
    closing.countDown();
  }

  /** Waits until the loop has finished what is under way, or has run out of time. */
  @Override
  public void close() {
    beginClose();
    if (thread.getState() == Thread.State.NEW) {
      return; // Never started, so that there is nothing to wait for.
    }
    // The loop's own bounds, and some room for the calls to Kafka between them.
    Duration patience = pace.drain().plus(pace.handover()).plusSeconds(10);
    try {
      if (!thread.join(patience)) {
        LOG.warn("The {} stream did not end within {} s.", stream.text(), patience.toSeconds());
        thread.interrupt();
      }
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    while (closing.getCount() > 0) {
      try {
        new ForwarderLoop(
                stream,
                config,
                nextConsumer(),
                producer,
                producer,
                endpoints,
                pace,
                new SplittableRandom(),
                InstantSource.system(),
                status,
                metrics)
            .run(() -> closing.getCount() == 0);
        status.stopped("The " + stream.text() + " stream was closed.");
      } catch (FencedInstanceIdException e) {
        LOG.error("The {} stream is stopped for good.", stream.text(), e);
        status.stopped(
            "The "
                + stream.text()
                + " stream is stopped because another forwarder runs as HOGFLARE_INSTANCE_ID="
                + config.instanceId()
                + "; give each its own and restart this one.");
        return;
      } catch (RuntimeException e) {
        LOG.error("The {} stream failed and begins anew.", stream.text(), e);
        status.stopped(
            "The "
                + stream.text()
                + " stream failed ("
                + e.getMessage()
                + ") and begins anew every "
                + pace.restart().toSeconds()
                + " s; the log has the cause.");
        if (closedWithin(pace.restart())) {
          return;
        }
      }
    }
  }

  private Consumer<byte[], byte[]> nextConsumer() {
    Consumer<byte[], byte[]> next = first == null ? consumers.get() : first;
    first = null;
    return next;
  }

  private boolean closedWithin(Duration time) {
    try {
      return closing.await(time.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }
}

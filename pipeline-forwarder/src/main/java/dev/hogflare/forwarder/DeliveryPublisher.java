// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import dev.hogflare.contract.DeliveryEntry;
import dev.hogflare.contract.DeliveryEntry.Counts;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a stream's account of deliveries by minute and partition, and writes it to its topic before
 * positions are committed.
 *
 * <p>So a row behind a committed position is in the account. A kill between the two counts rows
 * once more, as they are sent once more: the account may show a repetition that was none in the
 * sink, and cannot hide a loss. Used by the loop's thread.
 */
final class DeliveryPublisher {
  private static final Logger LOG = LoggerFactory.getLogger(DeliveryPublisher.class);
  private static final long MINUTE = 60_000;

  private final Producer<byte[], byte[]> producer;
  private final String topic;
  private final String stream;
  private final String instance;
  private final String writer;
  private final InstantSource clock;
  private final Executor loop;
  private final Map<Long, Minute> minutes = new TreeMap<>();
  private boolean failing;

  /**
   * Creates an empty account.
   *
   * @param stream the stream's name, with that of its generation if it is a shadow's
   * @param writer names this run, no other one has the name
   * @param loop runs tasks on the loop's thread
   */
  DeliveryPublisher(
      Producer<byte[], byte[]> producer,
      String topic,
      String stream,
      String instance,
      String writer,
      InstantSource clock,
      Executor loop) {
    this.producer = producer;
    this.topic = topic;
    this.stream = stream;
    this.instance = instance;
    this.writer = writer;
    this.clock = clock;
    this.loop = loop;
  }

  private static final class Minute {
    private final Map<Integer, long[]> partitions = new HashMap<>();
    private boolean changed;
    private int underWay;
  }

  private static final int SENT = 0;
  private static final int ACKNOWLEDGED = 1;
  private static final int DEAD_LETTERED = 2;

  /** A request with these rows is over. */
  void sent(Batch batch) {
    add(batch.rows(), SENT);
  }

  /** The sink has these rows. */
  void acknowledged(Batch batch) {
    add(batch.rows(), ACKNOWLEDGED);
  }

  /** The row is a dead letter. */
  void deadLettered(Row row) {
    add(List.of(row), DEAD_LETTERED);
  }

  private void add(List<Row> rows, int what) {
    Minute minute =
        minutes.computeIfAbsent(Math.floorDiv(clock.millis(), MINUTE), m -> new Minute());
    minute.changed = true;
    int partition = -1;
    long[] counts = null;
    for (Row row : rows) {
      if (row.tracker().partition() != partition) {
        partition = row.tracker().partition();
        counts = minute.partitions.computeIfAbsent(partition, p -> new long[3]);
      }
      counts[what]++;
    }
  }

  /** Sends what changed, and runs a task as soon as Kafka has it or has refused it. */
  void publish(Runnable then) {
    List<DeliveryEntry> entries = changed();
    if (entries.isEmpty()) {
      then.run();
      return;
    }
    AtomicInteger open = new AtomicInteger(entries.size());
    for (DeliveryEntry entry : entries) {
      var unused =
          send(
              entry,
              error ->
                  loop.execute(
                      () -> {
                        settle(entry, error);
                        if (open.decrementAndGet() == 0) {
                          then.run();
                        }
                      }));
    }
  }

  /** Sends what changed and waits until Kafka has it, for a bounded time. */
  void publishNow(Duration patience) {
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    for (DeliveryEntry entry : changed()) {
      sent.add(send(entry, error -> loop.execute(() -> settle(entry, error))));
    }
    long deadline = System.nanoTime() + patience.toNanos();
    try {
      for (Future<RecordMetadata> each : sent) {
        each.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
      }
    } catch (ExecutionException | TimeoutException e) {
      complain(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private interface Told {
    void of(Exception errorOrNull);
  }

  private Future<RecordMetadata> send(DeliveryEntry entry, Told told) {
    try {
      return producer.send(
          new ProducerRecord<>(topic, entry.key(), entry.value()),
          (metadata, error) -> told.of(error));
    } catch (KafkaException e) {
      told.of(e);
      return CompletableFuture.failedFuture(e);
    }
  }

  private List<DeliveryEntry> changed() {
    long now = Math.floorDiv(clock.millis(), MINUTE);
    List<DeliveryEntry> entries = new ArrayList<>();
    minutes.forEach(
        (number, minute) -> {
          if (minute.changed) {
            minute.changed = false;
            minute.underWay++;
            Map<Integer, Counts> partitions = new HashMap<>();
            minute.partitions.forEach(
                (partition, counts) ->
                    partitions.put(
                        partition,
                        new Counts(counts[SENT], counts[ACKNOWLEDGED], counts[DEAD_LETTERED])));
            entries.add(new DeliveryEntry(stream, instance, writer, number, partitions));
          }
        });
    // The totals of a minute go whole each time, so that one that Kafka has needs no memory.
    minutes
        .entrySet()
        .removeIf(
            each ->
                each.getKey() < now && !each.getValue().changed && each.getValue().underWay == 0);
    return entries;
  }

  private void settle(DeliveryEntry entry, Exception errorOrNull) {
    Minute minute = minutes.get(entry.minute());
    minute.underWay--;
    if (errorOrNull == null) {
      failing = false;
    } else {
      minute.changed = true; // Its totals go with the next ones.
      complain(errorOrNull);
    }
  }

  private void complain(Exception error) {
    if (!failing) {
      failing = true;
      LOG.warn(
          "The account of the {} stream was not written to {}; it goes with the next one.",
          stream,
          topic,
          error);
    }
  }
}

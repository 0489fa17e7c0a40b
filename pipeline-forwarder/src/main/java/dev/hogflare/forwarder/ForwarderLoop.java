// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.Generation;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.RowSchema;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.Header;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drains one topic into its sink: poll, validate, batch, send, mark, commit.
 *
 * <p>Everything but the requests themselves happens on the thread that calls {@link #run}. A
 * partition's committed position never passes a row that is neither in the sink nor among the dead
 * letters. What is held in memory is bounded: while a batch finds no place, too many dead letters
 * are under way, or too many rows wait behind one that is not done, the partitions are paused.
 */
final class ForwarderLoop {
  private static final Logger LOG = LoggerFactory.getLogger(ForwarderLoop.class);

  private static final int MAX_PENDING_DEAD_LETTERS = 1_000;
  private static final Duration KAFKA_PATIENCE = Duration.ofSeconds(5);
  private static final Duration LAG_PATIENCE = Duration.ofSeconds(1);
  private static final long LAG_INTERVAL = Duration.ofMillis(250).toNanos();
  private static final long IDLE_WAIT = Duration.ofMillis(100).toNanos();
  private static final long BUSY_WAIT = Duration.ofMillis(20).toNanos();

  /** Batches that may wait for one endpoint while rows are read for the others. */
  private static final int SPARE_BATCHES = 4;

  private final RowStream stream;
  private final String topic;
  private final Consumer<byte[], byte[]> consumer;
  private final Pace pace;
  private final StreamStatus status;
  private final ForwarderMetrics metrics;
  private final RowSchema.Validator validator;

  private final BlockingQueue<Runnable> mail = new LinkedBlockingQueue<>();
  private final Positions positions;
  private final DeliveryPublisher account;
  private final List<Shard> shards;
  private final DeadLetterWriter deadLetters;

  /**
   * One of the endpoints that the rows are divided among.
   *
   * @param accumulator gathers its rows
   * @param deliveries sends them
   */
  private record Shard(BatchAccumulator accumulator, Deliveries deliveries) {}

  private boolean paused;
  private long measuredAt = System.nanoTime() - LAG_INTERVAL;
  private boolean joined;

  /**
   * Creates a loop for one run.
   *
   * @param consumer a new consumer without a subscription, which the loop closes
   * @param producer where dead letters are written; stays open
   * @param accounts where the account of deliveries is written; stays open
   * @param endpoints those that the rows are divided among
   */
  ForwarderLoop(
      RowStream stream,
      ForwarderConfig config,
      Consumer<byte[], byte[]> consumer,
      Producer<byte[], byte[]> producer,
      Producer<byte[], byte[]> accounts,
      List<Endpoint> endpoints,
      Pace pace,
      RandomGenerator random,
      InstantSource clock,
      StreamStatus status,
      ForwarderMetrics metrics) {
    this.stream = stream;
    this.consumer = consumer;
    this.pace = pace;
    this.status = status;
    this.metrics = metrics;
    topic = stream.topic(config.topics()).name();
    validator = config.sink(stream).schema().validator();
    account =
        new DeliveryPublisher(
            accounts,
            config.topics().deliveries().name(),
            stream.text() + config.shadow().map(Generation::suffix).orElse(""),
            config.instanceId(),
            Long.toHexString(random.nextLong()),
            clock,
            mail::add);
    positions = new Positions(consumer, stream, pace.commit(), account, metrics);
    List<Shard> all = new ArrayList<>();
    for (Endpoint endpoint : endpoints) {
      all.add(
          new Shard(
              new BatchAccumulator(
                  endpoint.pacer().batchBytes(config.batchBytes()),
                  config.batchRows(),
                  config.linger().toNanos()),
              new Deliveries(
                  stream,
                  endpoint.client(),
                  stream.inFlight(config),
                  endpoints.size() == 1 ? 0 : SPARE_BATCHES,
                  pace,
                  endpoint.pacer(),
                  random,
                  mail::add,
                  new Marks(),
                  status.sink(all.size()),
                  metrics)));
    }
    shards = List.copyOf(all);
    deadLetters =
        new DeadLetterWriter(
            producer,
            config.topics().deadLetters().name(),
            topic,
            clock,
            mail::add,
            (row, code) -> {
              metrics.deadLettered(code);
              account.deadLettered(row);
              row.tracker().acknowledge(row.offset());
            });
  }

  /**
   * Drains the topic until told to close, then finishes what is under way within a bounded time.
   *
   * @throws KafkaException if the consumer cannot go on; rows that were not committed are read
   *     again by the next run
   */
  void run(BooleanSupplier closing) {
    try {
      consumer.subscribe(List.of(topic), new Assignment());
      while (!closing.getAsBoolean()) {
        turn();
      }
      finish(pace.drain(), positions.partitions());
    } finally {
      giveUp();
      shards.forEach(shard -> shard.deliveries().close());
      // Leaving at once lets the other instances take over; there is no state to come back for.
      consumer.close(
          CloseOptions.timeout(KAFKA_PATIENCE)
              .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP));
    }
  }

  private void turn() {
    readMail();
    long now = System.nanoTime();
    work(now);
    countInFlight();
    positions.commitIfDue(now);
    measureLagIfDue(now);
    accept(read(now));
    countInFlight();
  }

  private void countInFlight() {
    int rows = deadLetters.pending();
    for (Shard shard : shards) {
      rows += shard.accumulator().size() + shard.deliveries().rows();
    }
    metrics.inFlight(rows);
  }

  private void work(long now) {
    for (Shard shard : shards) {
      shard.accumulator().takeIfDue(now).ifPresent(shard.deliveries()::add);
      shard.deliveries().step(now);
    }
    deadLetters.step(now);
  }

  private ConsumerRecords<byte[], byte[]> read(long now) {
    boolean backlogged =
        !shards.stream().allMatch(shard -> shard.deliveries().hasRoom())
            || deadLetters.pending() >= MAX_PENDING_DEAD_LETTERS
            || positions.tooFarAhead();
    if (backlogged) {
      paused = true;
      consumer.pause(consumer.assignment());
      awaitMail(Math.min(IDLE_WAIT, nanosUntilDue(now)));
      // Reads nothing, and takes part in the group: otherwise the broker would give us up.
      return consumer.poll(Duration.ZERO);
    }
    if (paused) {
      paused = false;
      consumer.resume(consumer.assignment());
    }
    boolean idle =
        deadLetters.pending() == 0 && shards.stream().allMatch(s -> s.deliveries().idle());
    long wait = Math.min(idle ? IDLE_WAIT : BUSY_WAIT, nanosUntilDue(now));
    for (Shard shard : shards) {
      wait = Math.min(wait, shard.accumulator().nanosUntilDue(now));
    }
    // The consumer counts in milliseconds; rounded down, the last one would be spent spinning.
    return consumer.poll(
        Duration.ofMillis(TimeUnit.NANOSECONDS.toMillis(Math.max(0, wait) + 999_999)));
  }

  private long nanosUntilDue(long now) {
    long nanos = Long.MAX_VALUE;
    for (Shard shard : shards) {
      nanos = Math.min(nanos, shard.deliveries().nanosUntilDue(now));
    }
    return nanos;
  }

  private void accept(ConsumerRecords<byte[], byte[]> records) {
    if (!records.isEmpty()) {
      long now = System.nanoTime();
      for (TopicPartition partition : records.partitions()) {
        OffsetTracker tracker = positions.tracker(partition);
        for (ConsumerRecord<byte[], byte[]> record : records.records(partition)) {
          tracker.received(record.offset());
          metrics.received();
          judge(
              new Row(tracker, record.offset(), record.key(), record.value(), headers(record)),
              record.timestamp(),
              now);
        }
      }
    }
    // Also passes the transaction markers at the end of a partition, which come as no record.
    records
        .nextOffsets()
        .forEach((partition, next) -> positions.tracker(partition).readUpTo(next.offset()));
  }

  private void judge(Row received, long recordedAt, long now) {
    Row row;
    try {
      row = stream.row(received, recordedAt);
    } catch (MalformedRecordException e) {
      deadLetters.write(received, ErrorCode.SCHEMA_VIOLATION, e.getMessage());
      return;
    }
    if (row.value() == null) {
      deadLetters.write(row, ErrorCode.SCHEMA_VIOLATION, "The record has no value; write a row.");
      return;
    }
    if (row.bytes() > RowSchema.MAX_ROW_BYTES) {
      deadLetters.write(
          row,
          ErrorCode.ROW_TOO_LARGE,
          "The row has "
              + row.bytes()
              + " bytes, which is more than the "
              + RowSchema.MAX_ROW_BYTES
              + " that a stream takes; send less in the event.");
      return;
    }
    String violation;
    try {
      violation = validator.violationOrNull(row.value());
    } catch (RuntimeException e) {
      LOG.error(
          "The validation of {}-{}@{} failed.", topic, row.tracker().partition(), row.offset(), e);
      deadLetters.write(row, ErrorCode.INTERNAL, "The validation failed: " + e + ".");
      return;
    }
    if (violation != null) {
      deadLetters.write(row, ErrorCode.SCHEMA_VIOLATION, violation);
      return;
    }
    Shard shard = shards.get(Shards.of(row.key(), row.offset(), shards.size()));
    shard.accumulator().add(row, now).ifPresent(shard.deliveries()::add);
  }

  private static List<Row.Header> headers(ConsumerRecord<byte[], byte[]> record) {
    List<Row.Header> copies = List.of();
    for (Header header : record.headers()) {
      if (copies.isEmpty()) {
        copies = new ArrayList<>();
      }
      copies.add(new Row.Header(header.key(), header.value()));
    }
    return copies;
  }

  private void readMail() {
    for (Runnable task = mail.poll(); task != null; task = mail.poll()) {
      task.run();
    }
  }

  private void awaitMail(long nanos) {
    try {
      Runnable task = mail.poll(nanos, TimeUnit.NANOSECONDS);
      if (task != null) {
        task.run();
        readMail();
      }
    } catch (InterruptedException e) {
      // Only a close that ran out of patience interrupts; Kafka's client throws at its next call.
      Thread.currentThread().interrupt();
    }
  }

  private void measureLagIfDue(long now) {
    if (!joined || now - measuredAt < LAG_INTERVAL) {
      return;
    }
    measuredAt = now;
    try {
      status.measured(positions.lag(LAG_PATIENCE));
    } catch (TimeoutException e) {
      // The status tells it from the age of the last measurement.
      LOG.debug("The lag of the {} stream could not be measured.", stream.text(), e);
    }
  }

  private void finish(Duration bound, Collection<TopicPartition> partitions) {
    for (Shard shard : shards) {
      shard.accumulator().take().ifPresent(shard.deliveries()::add);
    }
    long deadline = System.nanoTime() + bound.toNanos();
    readMail();
    work(System.nanoTime());
    while (positions.outstanding(partitions)
        && (shards.stream().anyMatch(s -> s.deliveries().busy()) || deadLetters.pending() > 0)
        && System.nanoTime() - deadline < 0
        && !Thread.currentThread().isInterrupted()) {
      awaitMail(BUSY_WAIT);
      work(System.nanoTime());
    }
    positions.commitNow(partitions);
  }

  private void drop(Collection<TopicPartition> partitions) {
    positions.drop(partitions);
    for (Shard shard : shards) {
      metrics.returned(shard.accumulator().removeDropped().size());
      shard.deliveries().removeDropped();
    }
    metrics.returned(deadLetters.removeDropped().size());
  }

  private void giveUp() {
    drop(positions.partitions());
    shards.forEach(shard -> shard.deliveries().giveUp());
    metrics.returned(deadLetters.giveUp().size());
    metrics.inFlight(0);
  }

  /** Notes on the trackers and counters what became of rows. */
  private final class Marks implements Deliveries.Results {
    @Override
    public void sent(Batch batch) {
      account.sent(batch);
    }

    @Override
    public void delivered(Batch batch) {
      account.acknowledged(batch);
      metrics.delivered(batch.rows().size());
      for (Row row : batch.rows()) {
        row.tracker().acknowledge(row.offset());
      }
    }

    @Override
    public void refused(Row row, ErrorCode code, String message) {
      deadLetters.write(row, code, message);
    }

    @Override
    public void returned(List<Row> rows) {
      metrics.returned(rows.size());
    }
  }

  /** Follows the partitions as the group hands them out; called by the consumer within a poll. */
  private final class Assignment implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      joined = true;
      status.joined();
      if (paused) {
        consumer.pause(partitions);
      }
      LOG.info("The {} stream got the partitions {}.", stream.text(), partitions);
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      LOG.info("The {} stream hands over the partitions {}.", stream.text(), partitions);
      finish(pace.handover(), partitions);
      drop(partitions);
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      // Somebody else has them already, and our commit would set that one's position back.
      LOG.warn("The {} stream lost the partitions {}.", stream.text(), partitions);
      drop(partitions);
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.MalformedRecordException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the topics of one table from where the table says, and commits rows and offsets together.
 *
 * <p>It has all partitions, and no group gives or takes them: which records are in the table is
 * written in the table alone. The offsets that Kafka is told are for tools that show lag.
 */
final class SinkLoop {
  private static final Logger LOG = LoggerFactory.getLogger(SinkLoop.class);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final long LAG_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long PARTITIONS_NANOS = Duration.ofSeconds(60).toNanos();

  /**
   * When a commit is due.
   *
   * @param interval how long a row waits at most
   * @param rows rows that do not wait
   * @param bytes bytes of rows, as they stand on the topics, that do not wait
   * @param firstPause how long the first repetition of a commit that failed waits
   * @param longestPause how long any repetition waits at most: a catalog that limits commits by the
   *     minute has forgotten them by then
   */
  record Budget(
      Duration interval, long rows, long bytes, Duration firstPause, Duration longestPause) {
    /** Files of some 100 MB at a full stream, and at most 20 commits a minute at any rate. */
    static Budget of(Duration interval) {
      return new Budget(
          interval, 2_000_000, 1L << 30, Duration.ofMillis(500), Duration.ofSeconds(60));
    }
  }

  private final SinkStream stream;
  private final List<String> topics;
  private final Consumer<byte[], byte[]> consumer;
  private final SinkTable table;
  private final DeadLetterPublisher deadLetters;
  private final Budget budget;
  private final InstantSource clock;
  private final SinkStatus status;
  private final SinkMetrics metrics;
  private final SinkBody<ConsumerRecord<byte[], byte[]>> body;

  private List<TopicPartition> partitions = List.of();
  private long uncommitted;
  private long uncommittedBytes;
  private int letters;
  private long firstAt;
  private long lagAt = System.nanoTime();
  private long partitionsAt = System.nanoTime();

  /**
   * Creates a loop that runs once.
   *
   * @param topics the names of the topics
   * @param consumer reads committed records only, has no automatic reset, and is closed at the end
   */
  SinkLoop(
      SinkStream stream,
      List<String> topics,
      Consumer<byte[], byte[]> consumer,
      RowBatchParser parser,
      SinkTable table,
      DeadLetterPublisher deadLetters,
      Budget budget,
      InstantSource clock,
      SinkStatus status,
      SinkMetrics metrics) {
    this.stream = stream;
    this.topics = topics;
    this.consumer = consumer;
    this.table = table;
    this.deadLetters = deadLetters;
    this.budget = budget;
    this.clock = clock;
    this.status = status;
    this.metrics = metrics;
    body = new SinkBody<>(parser);
  }

  /**
   * Reads and commits until it is told to end; then commits what it has, if the catalog takes it.
   *
   * @throws FencedWriterException if another writer has taken the table over, or it was set back
   * @throws IOException if files cannot be written
   * @throws RuntimeException if anything else fails that a new loop may repair
   */
  void run(CountDownLatch closing) throws FencedWriterException, IOException, InterruptedException {
    try (consumer) {
      List<TopicPartition> found = find();
      SinkMark mark = table.claim();
      assign(found, mark);
      status.reads();
      while (closing.getCount() > 0) {
        take(consumer.poll(POLL));
        if (deadLetters.isFull()) {
          deadLetters.await();
        }
        if (isDue()) {
          commit(closing);
        }
        lookAround(mark);
      }
      if (uncommitted > 0) {
        commit(closing);
      }
    } finally {
      table.abandon();
      metrics.returned(uncommitted);
    }
  }

  private List<TopicPartition> find() {
    List<TopicPartition> found = new ArrayList<>();
    for (String topic : topics) {
      List<PartitionInfo> infos = consumer.partitionsFor(topic);
      if (infos == null || infos.isEmpty()) {
        throw new IllegalStateException("The topic " + topic + " does not exist.");
      }
      infos.forEach(info -> found.add(new TopicPartition(topic, info.partition())));
    }
    return found;
  }

  private void assign(List<TopicPartition> found, SinkMark mark) {
    Map<TopicPartition, Long> positions = new HashMap<>();
    for (TopicPartition partition : partitions) {
      positions.put(partition, consumer.position(partition));
    }
    // First, because the client warns of offsets of partitions that are not its own.
    consumer.assign(found);
    Map<TopicPartition, Long> first = consumer.beginningOffsets(found);
    Map<TopicPartition, Long> end = consumer.endOffsets(found);
    for (TopicPartition partition : found) {
      long begin = first.get(partition);
      OptionalLong noted = mark.offset(partition.topic(), partition.partition());
      long from = positions.getOrDefault(partition, noted.orElse(begin));
      if (from > end.get(partition)) {
        throw new IllegalStateException(
            "The table contains records up to offset "
                + from
                + " of "
                + partition
                + ", which ends at "
                + end.get(partition)
                + ": the topic was created anew. Choose another HOGFLARE_ICEBERG_GROUP to add its"
                + " rows to the table.");
      }
      if (from < begin) {
        LOG.error(
            "{}: the records {} to {} of {} were deleted from the topic before they were read",
            stream.text(),
            from,
            begin - 1,
            partition);
        metrics.missed(begin - from);
        from = begin;
      }
      consumer.seek(partition, from);
    }
    partitions = found;
  }

  private void take(ConsumerRecords<byte[], byte[]> records) throws IOException {
    if (records.isEmpty()) {
      return;
    }
    if (uncommitted == 0) {
      firstAt = System.nanoTime();
    }
    long ingested = ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
    for (ConsumerRecord<byte[], byte[]> record : records) {
      uncommitted++;
      metrics.read(1);
      byte[] row = rowOrNull(record);
      if (row != null) {
        uncommittedBytes += row.length;
        body.add(row, record);
        if (body.isFull()) {
          drain(ingested);
        }
      }
    }
    drain(ingested);
    metrics.pending(uncommitted);
  }

  private byte[] rowOrNull(ConsumerRecord<byte[], byte[]> record) {
    try {
      byte[] row = stream.rowOrNull(record.key(), record.value(), record.timestamp());
      if (row == null) {
        refuse(record, ErrorCode.MALFORMED_RECORD, "The record has no value.");
      }
      return row;
    } catch (MalformedRecordException e) {
      refuse(record, ErrorCode.MALFORMED_RECORD, e.getMessage());
      return null;
    }
  }

  private void refuse(ConsumerRecord<byte[], byte[]> record, ErrorCode code, String why) {
    deadLetters.write(record, code, why);
    letters++;
  }

  private void drain(long ingestMicros) throws IOException {
    body.drain(
        ingestMicros, table::add, (record, why) -> refuse(record, ErrorCode.SCHEMA_VIOLATION, why));
  }

  private boolean isDue() {
    return uncommitted > 0
        && (System.nanoTime() - firstAt >= budget.interval().toNanos()
            || uncommitted >= budget.rows()
            || uncommittedBytes >= budget.bytes());
  }

  private void commit(CountDownLatch closing)
      throws FencedWriterException, IOException, InterruptedException {
    long start = System.nanoTime();
    deadLetters.await();
    SortedMap<String, SortedMap<Integer, Long>> read = new TreeMap<>();
    Map<TopicPartition, OffsetAndMetadata> told = new HashMap<>();
    for (TopicPartition partition : partitions) {
      long position = consumer.position(partition);
      read.computeIfAbsent(partition.topic(), topic -> new TreeMap<>())
          .put(partition.partition(), position);
      told.put(partition, new OffsetAndMetadata(position));
    }
    Duration pause = budget.firstPause();
    while (true) {
      try {
        metrics.committed(table.commit(read), System.nanoTime() - start);
        break;
      } catch (RuntimeException e) {
        metrics.commitFailed();
        status.failed(sentence(e));
        LOG.warn("{}: the commit failed and is tried again in {}", stream.text(), pause, e);
        if (closing.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
          throw e;
        }
        Duration twice = pause.multipliedBy(2);
        pause = twice.compareTo(budget.longestPause()) < 0 ? twice : budget.longestPause();
      }
    }
    metrics.deadLettered(letters);
    letters = 0;
    uncommitted = 0;
    uncommittedBytes = 0;
    status.committed();
    consumer.commitAsync(
        told,
        (offsets, error) -> {
          if (error != null) {
            LOG.debug("{}: Kafka was not told how far the table is", stream.text(), error);
          }
        });
  }

  /** Returns the first line of what went wrong, as a catalog's message may be a whole stack. */
  static String sentence(Exception e) {
    String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    return message.isBlank() || message.equals("null") ? e.getClass().getSimpleName() : message;
  }

  private void lookAround(SinkMark mark) {
    long now = System.nanoTime();
    if (now - lagAt >= LAG_NANOS) {
      lagAt = now;
      OptionalLong lag = OptionalLong.of(0);
      for (TopicPartition partition : partitions) {
        OptionalLong one = consumer.currentLag(partition);
        lag =
            lag.isPresent() && one.isPresent()
                ? OptionalLong.of(lag.getAsLong() + one.getAsLong())
                : OptionalLong.empty();
      }
      status.lag(lag);
    }
    if (now - partitionsAt >= PARTITIONS_NANOS) {
      partitionsAt = now;
      List<TopicPartition> found = find();
      if (found.size() > partitions.size()) {
        LOG.info("{}: {} partitions instead of {}", stream.text(), found.size(), partitions.size());
        assign(found, mark);
      }
    }
  }
}

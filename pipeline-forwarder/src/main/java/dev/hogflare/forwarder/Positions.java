// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits how far each of our partitions is done.
 *
 * <p>Used by the loop's thread, also from within a poll. What belongs to a partition that was
 * dropped is never committed.
 */
final class Positions {
  private static final Logger LOG = LoggerFactory.getLogger(Positions.class);

  /**
   * How many rows of a partition may be read behind one that is not done: what is sent again after
   * a crash, and what is remembered while a single batch is in trouble.
   */
  private static final int MAX_ROWS_AHEAD = 100_000;

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Consumer<byte[], byte[]> consumer;
  private final RowStream stream;
  private final long interval;
  private final DeliveryPublisher account;
  private final ForwarderMetrics metrics;

  private final Map<TopicPartition, OffsetTracker> trackers = new HashMap<>();
  private final Map<OffsetTracker, Long> committed = new HashMap<>();
  private boolean underWay;
  private boolean failing;
  private long committedAt = System.nanoTime();

  /**
   * Creates positions of no partition yet.
   *
   * @param account is written before each commit
   */
  Positions(
      Consumer<byte[], byte[]> consumer,
      RowStream stream,
      Duration interval,
      DeliveryPublisher account,
      ForwarderMetrics metrics) {
    this.consumer = consumer;
    this.stream = stream;
    this.interval = interval.toNanos();
    this.account = account;
    this.metrics = metrics;
  }

  /** Returns the tracker of a partition of ours. */
  OffsetTracker tracker(TopicPartition partition) {
    return trackers.computeIfAbsent(partition, p -> new OffsetTracker(p.partition()));
  }

  /** Returns the partitions of which something was read. */
  Set<TopicPartition> partitions() {
    return Set.copyOf(trackers.keySet());
  }

  /** Returns whether any row of these partitions is not done. */
  boolean outstanding(Collection<TopicPartition> partitions) {
    return partitions.stream()
        .anyMatch(p -> trackers.containsKey(p) && trackers.get(p).outstanding() > 0);
  }

  /** Returns whether reading must wait for a row that others have been read behind. */
  boolean tooFarAhead() {
    for (OffsetTracker tracker : trackers.values()) {
      if (tracker.open() > MAX_ROWS_AHEAD) {
        return true;
      }
    }
    return false;
  }

  /** Forgets these partitions, whose rows somebody else reads again. */
  void drop(Collection<TopicPartition> partitions) {
    for (TopicPartition partition : partitions) {
      OffsetTracker tracker = trackers.remove(partition);
      if (tracker != null) {
        tracker.drop();
        committed.remove(tracker);
      }
    }
  }

  /** Begins a commit if the last one was some time ago and something was done since. */
  void commitIfDue(long now) {
    if (underWay || now - committedAt < interval) {
      return;
    }
    Map<TopicPartition, OffsetTracker> ahead = ahead(trackers.keySet());
    if (ahead.isEmpty()) {
      return;
    }
    committedAt = now;
    underWay = true;
    Map<TopicPartition, OffsetAndMetadata> offsets = offsets(ahead);
    account.publish(() -> commit(ahead, offsets));
  }

  private void commit(
      Map<TopicPartition, OffsetTracker> ahead, Map<TopicPartition, OffsetAndMetadata> offsets) {
    // What was handed over meanwhile is somebody else's, whose position this would set back.
    ahead
        .entrySet()
        .removeIf(
            each -> {
              boolean gone = each.getValue().dropped();
              if (gone) {
                offsets.remove(each.getKey());
              }
              return gone;
            });
    if (ahead.isEmpty()) {
      underWay = false;
      return;
    }
    consumer.commitAsync(
        offsets,
        (committedOffsets, error) -> {
          underWay = false;
          if (error == null) {
            succeeded(ahead, committedOffsets);
          } else {
            failed(error);
          }
        });
  }

  /** Commits these partitions and waits for it, for a bounded time. */
  void commitNow(Collection<TopicPartition> partitions) {
    Map<TopicPartition, OffsetTracker> ahead = ahead(partitions);
    if (ahead.isEmpty()) {
      return;
    }
    Map<TopicPartition, OffsetAndMetadata> offsets = offsets(ahead);
    account.publishNow(PATIENCE);
    try {
      consumer.commitSync(offsets, PATIENCE);
      succeeded(ahead, offsets);
    } catch (KafkaException e) {
      // The rows since the commit before are read and sent again.
      failed(e);
    }
  }

  /**
   * Counts the rows on our partitions that are not done.
   *
   * @throws org.apache.kafka.common.errors.TimeoutException if Kafka does not answer in time
   */
  long lag(Duration patience) {
    Set<TopicPartition> assigned = consumer.assignment();
    Map<TopicPartition, Long> ends = consumer.endOffsets(assigned, patience);
    long lag = 0;
    for (TopicPartition partition : assigned) {
      OffsetTracker tracker = trackers.get(partition);
      long position =
          tracker == null || tracker.committable() == OffsetTracker.NONE
              ? consumer.position(partition, patience)
              : tracker.committable();
      lag += Math.max(0, ends.get(partition) - position);
    }
    return lag;
  }

  private Map<TopicPartition, OffsetTracker> ahead(Collection<TopicPartition> partitions) {
    Map<TopicPartition, OffsetTracker> ahead = new HashMap<>();
    for (TopicPartition partition : partitions) {
      OffsetTracker tracker = trackers.get(partition);
      if (tracker != null
          && tracker.committable() > committed.getOrDefault(tracker, OffsetTracker.NONE)) {
        ahead.put(partition, tracker);
      }
    }
    return ahead;
  }

  private static Map<TopicPartition, OffsetAndMetadata> offsets(
      Map<TopicPartition, OffsetTracker> trackers) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    trackers.forEach(
        (partition, tracker) ->
            offsets.put(partition, new OffsetAndMetadata(tracker.committable())));
    return offsets;
  }

  private void succeeded(
      Map<TopicPartition, OffsetTracker> trackersThen,
      Map<TopicPartition, OffsetAndMetadata> offsets) {
    failing = false;
    trackersThen.forEach(
        (partition, tracker) -> {
          if (!tracker.dropped()) {
            committed.merge(tracker, offsets.get(partition).offset(), Math::max);
          }
        });
  }

  private void failed(Exception error) {
    metrics.commitFailed();
    if (!failing) {
      failing = true;
      LOG.warn(
          "A commit of the {} stream failed; the next one covers it, or rows are sent twice.",
          stream.text(),
          error);
    }
  }
}

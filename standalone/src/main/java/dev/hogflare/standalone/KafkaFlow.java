// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.runtime.KafkaSettings;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/** Measures on Kafka how much is under way. */
final class KafkaFlow implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Admin admin;
  private final Supplier<List<Hop>> source;
  private final int partitions;

  /**
   * A topic with the group that reads it.
   *
   * @param transactional whether it is written in transactions, whose markers take an offset each
   */
  record Hop(String topic, String group, boolean transactional) {}

  /**
   * Creates a flow over topics that have the same partition count.
   *
   * @param source returns the hops of the moment; which they are depends on the live generation
   */
  KafkaFlow(KafkaSettings kafka, Supplier<List<Hop>> source, int partitions) {
    this.source = source;
    this.partitions = partitions;
    Map<String, Object> own = new HashMap<>();
    own.put("client.id", "hogflare-figures");
    own.put("default.api.timeout.ms", (int) PATIENCE.toMillis());
    own.put("request.timeout.ms", (int) PATIENCE.toMillis());
    admin = Admin.create(kafka.client(own));
  }

  /**
   * Returns the records that the groups have not finished, over all hops: those between transaction
   * markers to within the markers, zero exactly if nothing waits.
   *
   * @throws IllegalStateException if the broker does not answer within seconds
   */
  long waiting() {
    List<Hop> hops = source.get();
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    Map<String, ListConsumerGroupOffsetsSpec> groups = new HashMap<>();
    for (Hop hop : hops) {
      for (int partition = 0; partition < partitions; partition++) {
        ends.put(new TopicPartition(hop.topic(), partition), OffsetSpec.latest());
      }
      groups.put(hop.group(), new ListConsumerGroupOffsetsSpec());
    }
    KafkaFuture<Map<TopicPartition, ListOffsetsResultInfo>> endsAnswer =
        admin.listOffsets(ends, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED)).all();
    Map<String, Map<TopicPartition, OffsetAndMetadata>> committed =
        await(admin.listConsumerGroupOffsets(groups).all());
    Map<TopicPartition, ListOffsetsResultInfo> end = await(endsAnswer);
    long waiting = 0;
    for (Hop hop : hops) {
      for (int partition = 0; partition < partitions; partition++) {
        TopicPartition key = new TopicPartition(hop.topic(), partition);
        long last = end.get(key).offset();
        OffsetAndMetadata done = committed.get(hop.group()).get(key);
        long behind = Math.max(0, last - (done == null ? 0 : done.offset()));
        // What is behind a committed record is a marker; a record that waits has one behind it.
        waiting += hop.transactional() ? Math.max(0, behind - 1) : behind;
      }
    }
    return waiting;
  }

  private static <T> T await(KafkaFuture<T> answer) {
    try {
      return answer.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException("The broker did not answer: " + e.getCause(), e.getCause());
    } catch (TimeoutException e) {
      throw new IllegalStateException("The broker did not answer within " + PATIENCE + ".", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while asking the broker.", e);
    }
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(1));
  }
}

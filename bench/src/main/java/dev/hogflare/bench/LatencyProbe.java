// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.bench;

import dev.hogflare.contract.Rfc3339;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.KafkaSettings;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Measures how long events take from the gateway to the topic of events, where a reader of
 * committed rows sees them.
 */
final class LatencyProbe implements AutoCloseable {
  private static final byte[] FIELD = "\"created_at\":\"".getBytes(StandardCharsets.US_ASCII);
  private static final int TIME_LENGTH = 27;

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Thread thread;
  private long[] micros = new long[1 << 20];
  private int count;

  /** Starts to read one partition from its end. */
  LatencyProbe(String bootstrapServers) {
    consumer =
        new KafkaConsumer<>(
            KafkaSettings.plain(bootstrapServers)
                .client(Map.of("isolation.level", "read_committed", "auto.offset.reset", "latest")),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    TopicPartition partition = new TopicPartition(new Topics("hogflare.").events().name(), 0);
    consumer.assign(List.of(partition));
    consumer.seekToEnd(List.of(partition));
    consumer.position(partition);
    thread = Thread.ofPlatform().name("latency-probe").start(this::read);
  }

  private void read() {
    try {
      while (true) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
          add(record.value());
        }
      }
    } catch (WakeupException e) {
      consumer.close();
    }
  }

  private void add(byte[] row) {
    int at = indexOf(row) + FIELD.length;
    Long arrived = Rfc3339.parseOrNull(new String(row, at, TIME_LENGTH, StandardCharsets.US_ASCII));
    if (arrived == null) {
      throw new IllegalStateException("A row has no created_at.");
    }
    Instant now = Instant.now();
    if (count == micros.length) {
      micros = Arrays.copyOf(micros, count * 2);
    }
    micros[count++] = now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000 - arrived;
  }

  private static int indexOf(byte[] row) {
    for (int i = 0; i + FIELD.length + TIME_LENGTH <= row.length; i++) {
      if (Arrays.equals(row, i, i + FIELD.length, FIELD, 0, FIELD.length)) {
        return i;
      }
    }
    throw new IllegalStateException("A row has no created_at.");
  }

  /** Stops, and returns all latencies in microseconds, rising. */
  long[] finish() throws InterruptedException {
    close();
    thread.join();
    long[] sorted = Arrays.copyOf(micros, count);
    Arrays.sort(sorted);
    return sorted;
  }

  @Override
  public void close() {
    consumer.wakeup();
  }
}

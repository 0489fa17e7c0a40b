// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ErrorCode;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class DeadLetterWriterTest {
  private static final long LATER = Duration.ofSeconds(2).toNanos();

  private final Queue<Runnable> mail = new ArrayDeque<>();
  private final List<Long> written = new ArrayList<>();
  private final StubbornProducer producer = new StubbornProducer();
  private final OffsetTracker tracker = new OffsetTracker(0);
  private final DeadLetterWriter writer =
      new DeadLetterWriter(
          producer,
          "dead.letters",
          "events",
          InstantSource.fixed(Instant.EPOCH),
          mail::add,
          (row, code) -> written.add(row.offset()));

  /** Refuses records at once and in the way of Kafka's own: by callback and by a failed future. */
  private static final class StubbornProducer extends MockProducer<byte[], byte[]> {
    private RuntimeException refusal;
    private boolean refusesOnlyValues;
    private int calls;

    StubbornProducer() {
      super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public synchronized Future<RecordMetadata> send(
        ProducerRecord<byte[], byte[]> record, Callback callback) {
      calls++;
      if (refusal != null && (record.value() != null || !refusesOnlyValues)) {
        callback.onCompletion(null, refusal);
        return CompletableFuture.failedFuture(refusal);
      }
      return super.send(record, callback);
    }
  }

  @Test
  void asksAProducerInTroubleOncePerAttemptAndNotOncePerRow() {
    producer.refusal = new TimeoutException("no metadata for 5 s");
    for (int offset = 0; offset < 10; offset++) {
      writer.write(row(offset), ErrorCode.SCHEMA_VIOLATION, "m");
    }
    assertThat(producer.calls).isEqualTo(1);
    assertThat(writer.pending()).isEqualTo(10);

    readMail();
    writer.step(System.nanoTime() + LATER);
    assertThat(producer.calls).isEqualTo(2);
    assertThat(writer.pending()).isEqualTo(10);
    assertThat(written).isEmpty();
  }

  @Test
  void writesEveryRowOnceWhenTheTroubleIsOver() {
    producer.refusal = new TimeoutException("no metadata for 5 s");
    for (int offset = 0; offset < 10; offset++) {
      writer.write(row(offset), ErrorCode.SCHEMA_VIOLATION, "m");
    }
    producer.refusal = null;
    writer.step(System.nanoTime() + LATER);
    readMail();

    assertThat(producer.history()).hasSize(10);
    assertThat(written).hasSize(10).doesNotHaveDuplicates();
    assertThat(writer.pending()).isZero();
  }

  @Test
  void writesARecordThatIsTooLongOnceAndWithoutItsValue() {
    producer.refusal = new RecordTooLargeException("too long");
    producer.refusesOnlyValues = true;
    writer.write(row(0), ErrorCode.ROW_TOO_LARGE, "m");
    readMail();
    writer.step(System.nanoTime() + LATER);
    readMail();

    assertThat(producer.history()).hasSize(1);
    assertThat(producer.history().getFirst().value()).isNull();
    assertThat(written).containsExactly(0L);
    assertThat(writer.pending()).isZero();
  }

  @Test
  void givesUpTheWaitingRowsOfADroppedPartition() {
    producer.refusal = new TimeoutException("no metadata for 5 s");
    writer.write(row(0), ErrorCode.SCHEMA_VIOLATION, "m");
    tracker.drop();

    assertThat(writer.removeDropped()).extracting(Row::offset).containsExactly(0L);
    assertThat(writer.pending()).isZero();
  }

  private Row row(long offset) {
    return Rows.row(tracker, offset, 10);
  }

  private void readMail() {
    for (Runnable task = mail.poll(); task != null; task = mail.poll()) {
      task.run();
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.DeliveryEntry;
import dev.hogflare.contract.DeliveryEntry.Counts;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class DeliveryPublisherTest {
  private final MockProducer<byte[], byte[]> kafka =
      new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());
  private final Queue<Runnable> mail = new ArrayDeque<>();
  private final List<String> committed = new ArrayList<>();
  private Instant now = Instant.ofEpochSecond(60);

  private final DeliveryPublisher account =
      new DeliveryPublisher(kafka, "deliveries", "events", "1", "w", () -> now, mail::add);

  private static Batch batch(int partition, int rows) {
    OffsetTracker tracker = new OffsetTracker(partition);
    List<Row> all = new ArrayList<>();
    for (int offset = 0; offset < rows; offset++) {
      all.add(Rows.row(tracker, offset, 10));
    }
    return new Batch(all);
  }

  private List<DeliveryEntry> written() {
    return kafka.history().stream()
        .map(record -> DeliveryEntry.read(record.key(), record.value()).orElseThrow())
        .toList();
  }

  private void readMail() {
    for (Runnable task = mail.poll(); task != null; task = mail.poll()) {
      task.run();
    }
  }

  @Test
  void countsByMinuteAndPartition() {
    account.sent(batch(0, 5));
    account.sent(batch(1, 2));
    account.acknowledged(batch(0, 5));
    account.deadLettered(batch(1, 1).rows().getFirst());
    now = now.plusSeconds(60);
    account.sent(batch(0, 1));
    account.publish(() -> committed.add("x"));

    assertThat(written())
        .containsExactly(
            new DeliveryEntry(
                "events", "1", "w", 1, Map.of(0, new Counts(5, 5, 0), 1, new Counts(2, 0, 1))),
            new DeliveryEntry("events", "1", "w", 2, Map.of(0, new Counts(1, 0, 0))));
  }

  @Test
  void letsACommitFollowOnlyWhenKafkaHasTheAccount() {
    account.sent(batch(0, 1));
    now = now.plusSeconds(60);
    account.sent(batch(0, 1));
    account.publish(() -> committed.add("first"));
    kafka.completeNext();
    readMail();
    assertThat(committed).isEmpty();
    kafka.completeNext();
    readMail();
    assertThat(committed).containsExactly("first");
    account.publish(() -> committed.add("nothing new"));
    assertThat(committed).containsExactly("first", "nothing new");
    assertThat(kafka.history()).hasSize(2);
  }

  @Test
  void writesTheTotalsAgainThatKafkaRefusedAndHoldsNoCommitUp() {
    account.sent(batch(0, 1));
    account.publish(() -> committed.add("first"));
    now = now.plusSeconds(180);
    account.publish(() -> committed.add("meanwhile"));
    kafka.errorNext(new KafkaException("away"));
    readMail();
    assertThat(committed).containsExactly("meanwhile", "first");

    account.publish(() -> committed.add("second"));
    assertThat(written().getLast()).isEqualTo(written().getFirst());
    kafka.completeNext();
    readMail();
    account.publish(() -> committed.add("third"));
    assertThat(written()).hasSize(2);
    assertThat(committed).containsExactly("meanwhile", "first", "second", "third");
  }

  @Test
  void waitsForABoundedTimeAtTheEnd() {
    account.sent(batch(0, 1));
    long began = System.nanoTime();
    account.publishNow(Duration.ofMillis(50));
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
    assertThat(written()).hasSize(1);
  }
}

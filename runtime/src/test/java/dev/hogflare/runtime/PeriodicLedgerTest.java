// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.LedgerEntry;
import dev.hogflare.contract.Stage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class PeriodicLedgerTest {
  private static final long HOUR = 3_600_000_000L;

  private final MockProducer<byte[], byte[]> kafka = producer(true);

  private static MockProducer<byte[], byte[]> producer(boolean answersItself) {
    return new MockProducer<>(
        answersItself, null, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private static PeriodicLedger ledger(MockProducer<byte[], byte[]> kafka) {
    return new PeriodicLedger(Stage.GATEWAY, "gateway", "ledger", kafka);
  }

  /** The last record of each key is what stays on a compacted topic. */
  private static Map<String, Long> totals(List<ProducerRecord<byte[], byte[]>> records) {
    Map<String, LedgerEntry> latest = new HashMap<>();
    for (ProducerRecord<byte[], byte[]> record : records) {
      LedgerEntry entry = LedgerEntry.read(record.key(), record.value()).orElseThrow();
      latest.put(entry.writer() + entry.token() + entry.hour(), entry);
    }
    Map<String, Long> totals = new HashMap<>();
    for (LedgerEntry entry : latest.values()) {
      entry
          .counts()
          .forEach(
              (name, count) ->
                  totals.merge(entry.token() + "/" + entry.hour() + "/" + name, count, Long::sum));
    }
    return totals;
  }

  @Test
  void writesTotalsThatAddUpOverHoursAndRuns() {
    try (PeriodicLedger one = ledger(kafka)) {
      one.add("a", 1, "stored", 3);
      one.write();
      one.add("a", 2, "stored", 4);
      one.add("a", 5 * HOUR, "stored", 1);
      one.write();
      one.write();
      one.write();
      one.add("a", 3, "stored", 10);
    }
    MockProducer<byte[], byte[]> later = producer(true);
    try (PeriodicLedger two = ledger(later)) {
      two.add("a", 1, "stored", 100);
    }
    Map<String, Long> totals = totals(kafka.history());
    totals(later.history()).forEach((name, count) -> totals.merge(name, count, Long::sum));
    assertThat(totals).isEqualTo(Map.of("a/0/stored", 117L, "a/5/stored", 1L));
  }

  @Test
  void writesNothingWhereNothingChanged() {
    try (PeriodicLedger ledger = ledger(kafka)) {
      ledger.add("a", 1, "stored", 3);
      ledger.write();
      ledger.write();
      assertThat(kafka.history()).hasSize(1);
    }
    assertThat(kafka.history()).hasSize(1);
  }

  @Test
  void writesAgainWhatKafkaDidNotTake() {
    MockProducer<byte[], byte[]> troubled = producer(false);
    PeriodicLedger ledger = ledger(troubled);
    ledger.add("a", 1, "stored", 3);
    ledger.write();
    assertThat(troubled.errorNext(new TimeoutException("away"))).isTrue();
    ledger.write();
    assertThat(troubled.history()).hasSize(2);
    assertThat(troubled.completeNext()).isTrue();
    ledger.write();
    assertThat(troubled.history()).hasSize(2);
  }

  @Test
  void countsWhatManyThreadsSay() {
    try (PeriodicLedger ledger = ledger(kafka)) {
      try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
        for (int thread = 0; thread < 4; thread++) {
          threads.execute(
              () -> {
                for (int i = 0; i < 1_000; i++) {
                  ledger.add("a", i, "stored", 1);
                }
              });
        }
      }
    }
    assertThat(totals(kafka.history())).isEqualTo(Map.of("a/0/stored", 4_000L));
  }

  @Test
  void tellsOnlySoManyProjectsApart() {
    try (PeriodicLedger ledger = ledger(kafka)) {
      for (int i = 0; i < 10_001; i++) {
        ledger.add("project-" + i, 1, "stored", 1);
      }
      ledger.add("project-0", 1, "stored", 1);
    }
    assertThat(totals(kafka.history()))
        .containsEntry("/0/other.stored", 1L)
        .containsEntry("project-0/0/stored", 2L);
  }
}

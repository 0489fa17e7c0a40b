// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.ErrorCode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SinkLoopTest {
  private static final String EVENTS = "hogflare.events";
  private static final String RECORDINGS = "hogflare.recordings";
  private static final RowLayout LAYOUT = LakeTable.EVENTS.layout(PromotedColumn.STANDARD);

  @TempDir private Path folder;
  private FakeRestCatalog rest;
  private SinkCatalog catalog;
  private Table table;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final SinkStatus status = new SinkStatus(SinkStream.EVENTS, System::nanoTime);
  private final SinkMetrics metrics = new SinkMetrics(registry, SinkStream.EVENTS, status);
  private MockProducer<byte[], byte[]> producer =
      new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
  private MockConsumer<byte[], byte[]> consumer;

  @BeforeEach
  void open() throws IOException {
    rest = new FakeRestCatalog(folder);
    catalog =
        SinkCatalog.open(
            new IcebergSinkConfig(
                "hogflare.",
                "1",
                rest.place(),
                "default",
                "main",
                EnumSet.of(SinkStream.EVENTS),
                PromotedColumn.STANDARD,
                Duration.ofSeconds(60)));
    table = catalog.findOrCreate(LakeTable.EVENTS, LAYOUT);
    consumer = consumer(0, 0);
  }

  @AfterEach
  void close() {
    catalog.close();
    rest.close();
  }

  /** A consumer of two partitions of events and one of recordings. */
  private static MockConsumer<byte[], byte[]> consumer(long begin, long end) {
    MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");
    Map<TopicPartition, Long> begins = new HashMap<>();
    Map<TopicPartition, Long> ends = new HashMap<>();
    Map.of(EVENTS, 2, RECORDINGS, 1)
        .forEach(
            (topic, partitions) -> {
              List<PartitionInfo> infos = new ArrayList<>();
              for (int i = 0; i < partitions; i++) {
                infos.add(new PartitionInfo(topic, i, Node.noNode(), new Node[0], new Node[0]));
                begins.put(new TopicPartition(topic, i), begin);
                ends.put(new TopicPartition(topic, i), end);
              }
              consumer.updatePartitions(topic, infos);
            });
    consumer.updateBeginningOffsets(begins);
    consumer.updateEndOffsets(ends);
    return consumer;
  }

  private void run() throws Exception {
    run(Duration.ZERO);
  }

  private void run(Duration interval) throws Exception {
    run(new SinkLoop.Budget(interval, 1_000, 1 << 20, Duration.ofMillis(1), Duration.ofMillis(2)));
  }

  private void run(SinkLoop.Budget budget) throws Exception {
    new SinkLoop(
            SinkStream.EVENTS,
            List.of(EVENTS, RECORDINGS),
            consumer,
            new RowBatchParser(LAYOUT, 1 << 20),
            new SinkTable(
                LakeTable.EVENTS, LAYOUT, table, "main", catalog.pool(), new ReentrantLock()),
            new DeadLetterPublisher(producer, "hogflare.dead.letters", InstantSource.system()),
            budget,
            InstantSource.system(),
            status,
            metrics)
        .run(closing);
  }

  private void record(String topic, int partition, long offset, String value) {
    consumer.addRecord(
        new ConsumerRecord<>(
            topic,
            partition,
            offset,
            "key".getBytes(StandardCharsets.UTF_8),
            value == null ? null : value.getBytes(StandardCharsets.UTF_8)));
  }

  private void event(int partition, long offset, int number) {
    record(EVENTS, partition, offset, TestRows.event(number));
  }

  private void then(Runnable... polls) {
    for (Runnable poll : polls) {
      consumer.schedulePollTask(poll);
    }
    consumer.schedulePollTask(closing::countDown);
  }

  private List<String> uuids() throws IOException {
    table.refresh();
    try (CloseableIterable<Record> rows = IcebergGenerics.read(table).select("uuid").build()) {
      List<String> uuids = new ArrayList<>();
      rows.forEach(row -> uuids.add(String.valueOf(row.getField("uuid"))));
      uuids.sort(null);
      return uuids;
    }
  }

  private SinkMark mark() {
    table.refresh();
    return SinkMark.newest(table, SinkMark.key("main")).orElseThrow();
  }

  private double count(String name) {
    return registry
        .get("hogflare_iceberg_" + name)
        .tag("stream", "events")
        .functionCounter()
        .count();
  }

  @Test
  void rowsOfAllTopicsComeIntoTheTableWithTheirOffsets() throws Exception {
    then(
        () -> {
          event(0, 0, 1);
          event(1, 0, 2);
        },
        () -> {
          record(RECORDINGS, 0, 0, TestRows.event(3));
          event(0, 1, 4);
        });
    run();
    assertThat(uuids())
        .containsExactly(TestRows.uuid(1), TestRows.uuid(2), TestRows.uuid(3), TestRows.uuid(4));
    assertThat(mark().offset(EVENTS, 0)).hasValue(2);
    assertThat(mark().offset(EVENTS, 1)).hasValue(1);
    assertThat(mark().offset(RECORDINGS, 0)).hasValue(1);
    assertThat(count("rows_read_total")).isEqualTo(4);
    assertThat(count("rows_committed_total")).isEqualTo(4);
    assertThat(count("rows_returned_total")).isZero();
    assertThat(consumer.closed()).isTrue();
  }

  @Test
  void whatIsPendingWhenTheSinkClosesIsCommitted() throws Exception {
    then(() -> event(0, 0, 1));
    run(Duration.ofHours(1));
    assertThat(uuids()).containsExactly(TestRows.uuid(1));
  }

  @Test
  void aStartReadsFromWhereTheTableSaysAndNotFromTheGroup() throws Exception {
    then(() -> event(0, 0, 1), () -> event(0, 1, 2));
    run();
    consumer = consumer(0, 5);
    List<Long> positions = new ArrayList<>();
    MockConsumer<byte[], byte[]> second = consumer;
    CountDownLatch end = new CountDownLatch(1);
    second.schedulePollTask(
        () -> {
          positions.add(second.position(new TopicPartition(EVENTS, 0)));
          positions.add(second.position(new TopicPartition(EVENTS, 1)));
          end.countDown();
        });
    new SinkLoop(
            SinkStream.EVENTS,
            List.of(EVENTS),
            second,
            new RowBatchParser(LAYOUT, 1 << 20),
            new SinkTable(
                LakeTable.EVENTS, LAYOUT, table, "main", catalog.pool(), new ReentrantLock()),
            new DeadLetterPublisher(producer, "hogflare.dead.letters", InstantSource.system()),
            SinkLoop.Budget.of(Duration.ofSeconds(1)),
            InstantSource.system(),
            status,
            metrics)
        .run(end);
    assertThat(positions).containsExactly(2L, 0L);
  }

  @Test
  void rowsThatBreakTheSchemaAreDeadLettersAndTheirNeighboursAreRows() throws Exception {
    then(
        () -> {
          event(0, 0, 1);
          record(EVENTS, 0, 1, "{\"uuid\":7}");
          record(EVENTS, 0, 2, "no json");
          record(EVENTS, 0, 3, null);
          record(EVENTS, 0, 4, TestRows.event(2) + "," + TestRows.event(3));
          event(0, 5, 4);
        });
    run();
    assertThat(uuids()).containsExactly(TestRows.uuid(1), TestRows.uuid(4));
    assertThat(mark().offset(EVENTS, 0)).hasValue(6);
    assertThat(producer.history())
        .extracting(letter -> DeadLetter.read(letter.headers()))
        .extracting(letter -> letter.code(), letter -> letter.source().offset())
        .containsExactly(
            tuple(ErrorCode.MALFORMED_RECORD, 3L),
            tuple(ErrorCode.SCHEMA_VIOLATION, 1L),
            tuple(ErrorCode.SCHEMA_VIOLATION, 2L),
            tuple(ErrorCode.SCHEMA_VIOLATION, 4L));
    assertThat(DeadLetter.read(producer.history().get(1).headers()).message())
        .isEqualTo("The column uuid is not a string.");
    assertThat(count("rows_dead_lettered_total")).isEqualTo(4);
    assertThat(count("rows_read_total")).isEqualTo(6);
    assertThat(count("rows_committed_total")).isEqualTo(2);
  }

  @Test
  void manyDeadLettersAreWaitedForBeforeTheCommit() throws Exception {
    AtomicInteger waitedFor = new AtomicInteger();
    producer =
        new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
          @Override
          public synchronized Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> letter) {
            Future<RecordMetadata> answer = super.send(letter);
            return new FutureTask<>(answer::get) {
              @Override
              public RecordMetadata get() throws InterruptedException, ExecutionException {
                waitedFor.incrementAndGet();
                run();
                return super.get();
              }
            };
          }
        };
    List<Integer> before = new ArrayList<>();
    then(
        () -> nothings(0, 999),
        () -> before.add(waitedFor.get()),
        () -> nothings(999, 1_000),
        () -> before.add(waitedFor.get()),
        () -> {
          record(EVENTS, 0, 1_000, "x".repeat(9 << 20));
          record(EVENTS, 0, 1_001, "x".repeat(9 << 20));
        },
        () -> before.add(waitedFor.get()));
    run(new SinkLoop.Budget(Duration.ofHours(1), 10_000, 1 << 30, Duration.ZERO, Duration.ZERO));
    assertThat(before).containsExactly(0, 1_000, 1_002);
    assertThat(count("rows_dead_lettered_total")).isEqualTo(1_002);
    assertThat(mark().offset(EVENTS, 0)).hasValue(1_002);
  }

  private void nothings(long from, long to) {
    for (long offset = from; offset < to; offset++) {
      record(EVENTS, 0, offset, null);
    }
  }

  @Test
  void halvesOfRowsThatAreJsonTogetherAreNotTakenForRows() throws Exception {
    String row = TestRows.event("u", "x", "y", "{}");
    int half = row.indexOf("\"event\"");
    then(
        () -> {
          record(EVENTS, 0, 0, row + "," + row.substring(0, half) + "\"extra\":{\"a\":[1");
          record(EVENTS, 0, 1, "2]}," + row.substring(half));
        });
    run();
    assertThat(uuids()).isEmpty();
    assertThat(count("rows_dead_lettered_total")).isEqualTo(2);
  }

  @Test
  void rowsAreNotCommittedWhileTheirNeighboursDeadLetterIsNotWritten() {
    producer.sendException = new KafkaException("no broker");
    then(
        () -> {
          event(0, 0, 1);
          record(EVENTS, 0, 1, "{}");
        });
    assertThatThrownBy(this::run).isInstanceOf(KafkaException.class);
    assertThat(mark().offset(EVENTS, 0)).isEmpty();
    assertThat(count("rows_returned_total")).isEqualTo(2);
  }

  @Test
  void aCommitIsRepeatedUntilTheCatalogTakesIt() throws Exception {
    then(
        () -> {
          event(0, 0, 1);
          rest.fail(
              FakeRestCatalog.Fault.CONCURRENT_UPDATE,
              FakeRestCatalog.Fault.ERROR_AFTER_COMMIT,
              FakeRestCatalog.Fault.CONCURRENT_UPDATE);
        },
        () -> event(0, 1, 2));
    run();
    assertThat(uuids()).containsExactly(TestRows.uuid(1), TestRows.uuid(2));
    assertThat(registry.get("hogflare_iceberg_commit_failures_total").counter().count())
        .isPositive();
    assertThat(status.health().up()).isTrue();
    assertThat(status.commits()).isEqualTo(2);
  }

  @Test
  void aCommitThatStaysImpossibleIsGivenUpWhenTheSinkClosesAndReadAgain() throws Exception {
    then(
        () -> {
          event(0, 0, 1);
          FakeRestCatalog.Fault[] many = new FakeRestCatalog.Fault[1_000];
          Arrays.fill(many, FakeRestCatalog.Fault.CONCURRENT_UPDATE);
          rest.fail(many);
          closing.countDown();
        });
    assertThatThrownBy(this::run).isInstanceOf(RuntimeException.class);
    assertThat(uuids()).isEmpty();
    assertThat(count("rows_returned_total")).isEqualTo(1);
  }

  @Test
  void recordsThatTheTopicDeletedAreCounted() throws Exception {
    then(() -> event(0, 0, 1));
    run();
    consumer = consumer(10, 12);
    CountDownLatch end = new CountDownLatch(1);
    consumer.schedulePollTask(end::countDown);
    new SinkLoop(
            SinkStream.EVENTS,
            List.of(EVENTS),
            consumer,
            new RowBatchParser(LAYOUT, 1 << 20),
            new SinkTable(
                LakeTable.EVENTS, LAYOUT, table, "main", catalog.pool(), new ReentrantLock()),
            new DeadLetterPublisher(producer, "hogflare.dead.letters", InstantSource.system()),
            SinkLoop.Budget.of(Duration.ofSeconds(1)),
            InstantSource.system(),
            status,
            metrics)
        .run(end);
    // Of the first partition nine; of the second ten, of which the table knows that it read none.
    assertThat(count("rows_missed_total")).isEqualTo(19);
  }

  @Test
  void aTopicThatIsShorterThanTheTableSaysStopsTheStart() throws Exception {
    then(() -> event(0, 0, 1), () -> event(0, 1, 2));
    run();
    consumer = consumer(0, 1);
    assertThatThrownBy(this::run)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("hogflare.events-0")
        .hasMessageContaining("created anew");
  }

  @Test
  void aTopicThatIsMissingIsNamed() {
    consumer = new MockConsumer<>("none");
    consumer.updatePartitions(EVENTS, List.of());
    assertThatThrownBy(this::run).hasMessageContaining("The topic hogflare.events does not exist");
  }
}

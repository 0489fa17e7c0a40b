// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.Generation;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.Topics;
import dev.hogflare.fixtures.Encodings;
import dev.hogflare.fixtures.TestBroker;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.TopicProvisioner;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lane of historical batches on a real broker; each test has topics of its own. */
class KafkaHistoricalLaneIT {
  private static TestBroker broker;
  private static KafkaSettings kafka;
  private static Admin admin;
  private static int tests;

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private Topics topics;
  private KafkaRecords records;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    broker = new TestBroker(folder);
    kafka = KafkaSettings.plain(broker.bootstrapServers());
    admin = Admin.create(kafka.client(Map.of()));
  }

  @AfterAll
  static void stop() {
    admin.close();
    broker.close();
  }

  @BeforeEach
  void createTopics() {
    topics = new Topics("lane" + tests++ + ".");
    records = new KafkaRecords(topics);
    new TopicProvisioner(kafka, Duration.ofSeconds(60))
        .ensure(List.of(topics.eventsRaw(), topics.historicalRaw(), topics.deadLetters()), 1, 1);
  }

  private KafkaHistoricalLane lane(int perSecond) {
    return new KafkaHistoricalLane(
        kafka,
        topics,
        perSecond,
        new HistoricalMetrics(registry),
        new GatewayMetrics(registry),
        new IntakeLedger(null));
  }

  private static RawEvent event(String distinctId, int number) {
    return new RawEvent(
        new ActorKey("t", distinctId),
        Encodings.utf8("{\"number\":" + number + "}"),
        new UUID(7, number),
        Route.BATCH,
        1_795_236_205_000_123L + number,
        null,
        null,
        null);
  }

  private void putIntoLane(List<RawEvent> events, String mergedId) {
    try (Producer<byte[], byte[]> producer = KafkaSpoolDrain.producers(kafka, "test").get()) {
      for (RawEvent event : events) {
        var unused = producer.send(records.historical(event, mergedId));
      }
    }
  }

  private static List<RawEvent> events(int count) {
    List<RawEvent> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      events.add(event("d" + i % 7, i));
    }
    return events;
  }

  private long moved() {
    return (long) registry.get("hogflare_gateway_historical_moved_total").counter().count();
  }

  private double gauge(String name) {
    return registry.get("hogflare_gateway_historical_" + name).gauge().value();
  }

  @Test
  void movesEventsInTheirOrderAsTheyWereAndForgetsThem() throws Exception {
    List<RawEvent> sent = events(1_200);
    putIntoLane(sent, null);
    try (KafkaHistoricalLane lane = lane(1_000_000)) {
      lane.start();
      Await.until("all are moved", () -> moved() == sent.size());
      List<ConsumerRecord<byte[], byte[]>> raw = read(topics.eventsRaw().name());
      assertThat(raw).hasSameSizeAs(sent);
      for (int i = 0; i < sent.size(); i++) {
        ConsumerRecord<byte[], byte[]> record = raw.get(i);
        assertThat(RawEvent.read(record.key(), record.value(), record.headers()))
            .usingRecursiveComparison()
            .isEqualTo(sent.get(i));
      }
      Await.until("the lane forgets them", () -> first(topics.historicalRaw().name()) == 1_200);
      Await.until("nothing waits", () -> gauge("waiting") == 0);
      assertThat(gauge("held")).isZero();
    }
  }

  @Test
  void writesAClaimBeforeTheEventThatNamesIt() {
    List<RawEvent> logins = List.of(event("user", 1), event("user", 2));
    putIntoLane(logins, "device");
    try (KafkaHistoricalLane lane = lane(1_000)) {
      lane.start();
      Await.until("all are moved", () -> moved() == 2);
    }
    List<ConsumerRecord<byte[], byte[]>> raw = read(topics.eventsRaw().name());
    int events = 0;
    for (ConsumerRecord<byte[], byte[]> record : raw) {
      if (RawCommand.isCommand(record.headers())) {
        assertThat(ActorKey.fromBytes(record.key()).distinctId()).isEqualTo("device");
        continue;
      }
      events++;
      assertThat(record.headers().lastHeader("merges")).isNull();
      Long claim = RawEvent.read(record.key(), record.value(), record.headers()).claim();
      assertThat(claim).isLessThan(record.offset());
      ConsumerRecord<byte[], byte[]> claimed = raw.get(Math.toIntExact(claim));
      assertThat(RawCommand.isCommand(claimed.headers())).isTrue();
      assertThat(new String(claimed.value(), StandardCharsets.UTF_8)).contains("user");
    }
    assertThat(events).isEqualTo(2);
    assertThat(registry.get("hogflare_gateway_claims_total").counter().count()).isEqualTo(2);
  }

  @Test
  void movesNoMoreInASecondThanIsSet() {
    putIntoLane(events(90), null);
    long begin = System.nanoTime();
    try (KafkaHistoricalLane lane = lane(60)) {
      lane.start();
      Await.until("all are moved", () -> moved() == 90);
    }
    // Steps of six events: before the last one a time for 84 has passed.
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofMillis(1_350));
  }

  @Test
  void waitsWhileLiveEventsQueueAndGoesOnWhenTheyAreRead() throws Exception {
    try (Producer<byte[], byte[]> producer = KafkaSpoolDrain.producers(kafka, "live").get()) {
      for (RawEvent live : events((int) KafkaBacklog.LONG + 1)) {
        var unused = producer.send(records.event(live));
      }
    }
    read(Generation.FIRST, 0);
    // A rebuild that is further behind decides nothing, and one that is dead neither.
    read(new Generation(2), 0);
    putIntoLane(events(50), null);
    try (KafkaHistoricalLane lane = lane(1_000_000)) {
      lane.start();
      Await.until("it is held", () -> gauge("held") == 1);
      assertThat(gauge("waiting")).isEqualTo(50);
      assertThat(moved()).isZero();
      read(Generation.FIRST, KafkaBacklog.LONG + 1);
      Await.until("they are moved", () -> moved() == 50);
      // They wait as live events do now, and are too few to hold anything up.
      Await.until("nothing is held", () -> gauge("held") == 0);
    }
  }

  @Test
  void whatWasMovedAndNotRememberedIsMovedAgainUnderTheSameUuid() throws Exception {
    putIntoLane(events(10), null);
    try (KafkaHistoricalLane lane = lane(1_000)) {
      lane.start();
      Await.until("all are moved", () -> moved() == 10);
    }
    TopicPartition partition = new TopicPartition(topics.historicalRaw().name(), 0);
    long forgotten = first(partition.topic());
    admin
        .alterConsumerGroupOffsets(
            topics.historicalLane(), Map.of(partition, new OffsetAndMetadata(forgotten)))
        .all()
        .get();
    try (KafkaHistoricalLane lane = lane(1_000)) {
      lane.start();
      Await.until("they are moved again", () -> moved() == 20 - forgotten);
    }
    assertThat(
            read(topics.eventsRaw().name()).stream()
                .map(r -> RawEvent.read(r.key(), r.value(), r.headers()).uuid())
                .distinct())
        .hasSize(10);
  }

  /** Says how far a person-processor has read. */
  private void read(Generation generation, long offset) throws Exception {
    admin
        .alterConsumerGroupOffsets(
            topics.personApplication(generation),
            Map.of(new TopicPartition(topics.eventsRaw().name(), 0), new OffsetAndMetadata(offset)))
        .all()
        .get();
  }

  private static long first(String topic) {
    TopicPartition partition = new TopicPartition(topic, 0);
    try {
      return admin
          .listOffsets(Map.of(partition, OffsetSpec.earliest()))
          .partitionResult(partition)
          .get()
          .offset();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static List<ConsumerRecord<byte[], byte[]>> read(String topic) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            kafka.client(Map.of()), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      TopicPartition partition = new TopicPartition(topic, 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      List<ConsumerRecord<byte[], byte[]>> read = new ArrayList<>();
      while (consumer.position(partition) < end) {
        consumer.poll(Duration.ofMillis(200)).forEach(read::add);
      }
      return read;
    }
  }
}

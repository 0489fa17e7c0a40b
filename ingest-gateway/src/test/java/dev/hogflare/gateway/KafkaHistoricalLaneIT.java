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
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ForwardingAdmin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsResult;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.ListGroupsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupAuthorizationException;
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
      Await.until("the partition is assigned", this::isAssigned);
      // Another look: nothing slipped through with the assignment.
      putIntoLane(events(50), null);
      Await.until("more waits", () -> gauge("waiting") == 100);
      assertThat(moved()).isZero();
      read(Generation.FIRST, KafkaBacklog.LONG + 1);
      Await.until("they are moved", () -> moved() == 100);
      // They wait as live events do now, and are too few to hold anything up.
      Await.until("nothing is held", () -> gauge("held") == 0);
    }
  }

  @Test
  void whatWasMovedAndNotRememberedIsMovedAgainUnderTheSameUuid() throws Exception {
    putIntoLane(events(10), null);
    // As after a gateway that died between the two.
    try (Producer<byte[], byte[]> producer = KafkaSpoolDrain.producers(kafka, "died").get()) {
      for (RawEvent event : events(10)) {
        var unused = producer.send(records.event(event));
      }
    }
    reached(topics.historicalLane(), topics.historicalRaw().name(), 0);
    try (KafkaHistoricalLane lane = lane(1_000)) {
      lane.start();
      Await.until("they are moved again", () -> moved() == 10);
    }
    List<UUID> uuids =
        read(topics.eventsRaw().name()).stream()
            .map(r -> RawEvent.read(r.key(), r.value(), r.headers()).uuid())
            .toList();
    assertThat(uuids).hasSize(20);
    assertThat(uuids.subList(10, 20)).isEqualTo(uuids.subList(0, 10));
  }

  @Test
  void goesOnWhereTheBrokersDoNotDeleteWhatLeft() throws Exception {
    ConfigResource topic =
        new ConfigResource(ConfigResource.Type.TOPIC, topics.historicalRaw().name());
    // Of a compacted topic nothing can be deleted.
    admin
        .incrementalAlterConfigs(
            Map.of(
                topic,
                List.of(
                    new AlterConfigOp(
                        new ConfigEntry("cleanup.policy", "compact"), AlterConfigOp.OpType.SET))))
        .all()
        .get();
    putIntoLane(events(20), null);
    // It lasts two seconds, so that a deletion is tried on the way.
    try (KafkaHistoricalLane lane = lane(10)) {
      lane.start();
      Await.until("all are moved", () -> moved() == 20);
      assertThat(lane.problem()).isEmpty();
    }
    assertThat(first(topics.historicalRaw().name())).isZero();
  }

  @Test
  void aSinkThatWasReplacedHoldsNothing() throws Exception {
    new TopicProvisioner(kafka, Duration.ofSeconds(60)).ensure(List.of(topics.events()), 1, 1);
    String rows = topics.events().name();
    try (Producer<byte[], byte[]> producer = KafkaSpoolDrain.producers(kafka, "rows").get()) {
      for (int i = 0; i <= KafkaBacklog.LONG; i++) {
        var unused = producer.send(new ProducerRecord<>(rows, new byte[0], new byte[0]));
      }
    }
    String sink = topics.control().name().replace("control", "iceberg-lake-events");
    reached(topics.shadowForwarder("events", Generation.FIRST), rows, 0);
    reached(sink, rows, 0);
    putIntoLane(events(5), null);
    try (KafkaHistoricalLane lane = lane(1_000_000)) {
      lane.start();
      Await.until("it is held", () -> gauge("held") == 1);
      assertThat(moved()).isZero();
      reached(sink, rows, KafkaBacklog.LONG + 1);
      Await.until("nothing is held", () -> gauge("held") == 0);
      Await.until("they are moved", () -> moved() == 5);
    }
  }

  /** Brokers that keep some things from the gateway. */
  private static final class Secretive extends ForwardingAdmin {
    private final boolean groups;
    private final boolean offsets;

    private Secretive(boolean groups, boolean offsets) {
      super(kafka.client(Map.of()));
      this.groups = groups;
      this.offsets = offsets;
    }

    @Override
    public ListGroupsResult listGroups(ListGroupsOptions options) {
      if (groups) {
        throw new GroupAuthorizationException("Not authorized to list groups.");
      }
      return super.listGroups(options);
    }

    @Override
    public ListConsumerGroupOffsetsResult listConsumerGroupOffsets(
        Map<String, ListConsumerGroupOffsetsSpec> asked, ListConsumerGroupOffsetsOptions options) {
      if (offsets) {
        throw new GroupAuthorizationException("Not authorized to describe groups.");
      }
      return super.listConsumerGroupOffsets(asked, options);
    }
  }

  @Test
  void whatWaitsIsToldEvenIfTheReadersAreNot() throws Exception {
    putIntoLane(events(30), null);
    try (KafkaBacklog backlog = new KafkaBacklog(() -> new Secretive(true, false), topics)) {
      assertThat(backlog.look()).isEqualTo(new KafkaBacklog.Seen(30, 0));
      TopicPartition lane = new TopicPartition(topics.historicalRaw().name(), 0);
      backlog.moved(Map.of(lane, new OffsetAndMetadata(20)));
      Await.until(
          "what left is deleted",
          () -> {
            try {
              return backlog.look().inLane() == 10 && first(lane.topic()) == 20;
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
          });
    }
  }

  @Test
  void whatIsNotKnownIsNotShownAsNothing() throws Exception {
    putIntoLane(events(30), null);
    try (KafkaBacklog backlog = new KafkaBacklog(() -> new Secretive(false, true), topics)) {
      assertThat(backlog.look().inLane()).isNaN();
    }
  }

  @Test
  void whatTheLogHasForgottenWaitsForNobody() throws Exception {
    putIntoLane(events(30), null);
    TopicPartition lane = new TopicPartition(topics.historicalRaw().name(), 0);
    admin.deleteRecords(Map.of(lane, RecordsToDelete.beforeOffset(20))).all().get();
    try (KafkaBacklog backlog = new KafkaBacklog(kafka, topics)) {
      assertThat(backlog.look().inLane()).isEqualTo(10);
    }
  }

  private boolean isAssigned() {
    try {
      return admin
          .describeConsumerGroups(List.of(topics.historicalLane()))
          .describedGroups()
          .get(topics.historicalLane())
          .get()
          .members()
          .stream()
          .anyMatch(member -> !member.assignment().topicPartitions().isEmpty());
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Says how far a person-processor has read. */
  private void read(Generation generation, long offset) throws Exception {
    reached(topics.personApplication(generation), topics.eventsRaw().name(), offset);
  }

  private static void reached(String group, String topic, long offset) throws Exception {
    admin
        .alterConsumerGroupOffsets(
            group, Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(offset)))
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

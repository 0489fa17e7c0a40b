// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import static dev.hogflare.group.GroupDriver.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.GroupKey;
import dev.hogflare.contract.GroupedEvent;
import dev.hogflare.contract.GroupedEvent.Pending;
import dev.hogflare.contract.Stamp;
import dev.hogflare.contract.Topics;
import dev.hogflare.fixtures.TestBroker;
import dev.hogflare.runtime.AdminServer;
import dev.hogflare.runtime.HostPort;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.StreamsSettings;
import dev.hogflare.runtime.TopicProvisioner;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** The service on a real broker. */
class GroupProcessorIT {
  private static final int PARTITIONS = 4;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir static Path folder;
  private static TestBroker broker;
  private static KafkaSettings kafka;

  private final List<Instance> instances = new ArrayList<>();
  private final HttpClient http = HttpClient.newHttpClient();
  private Topics topics;
  private KafkaProducer<byte[], byte[]> producer;
  private KafkaConsumer<byte[], byte[]> consumer;

  @BeforeAll
  static void startBroker() throws Exception {
    broker = new TestBroker(folder.resolve("broker"));
    kafka = KafkaSettings.plain(broker.bootstrapServers());
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  @BeforeEach
  void createTopics(TestInfo test) {
    topics = new Topics(test.getTestMethod().orElseThrow().getName() + ".");
    TopicProvisioner provisioner = new TopicProvisioner(kafka, PATIENCE);
    provisioner.ensure(
        List.of(topics.groupEvents(), topics.events(), topics.deadLetters()), PARTITIONS, 1);
    provisioner.ensure(List.of(topics.ledger()), 1, 1);
    producer =
        new KafkaProducer<>(
            kafka.client(Map.of("max.request.size", Topics.MAX_RECORD_BYTES)),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    consumer =
        new KafkaConsumer<>(
            kafka.client(
                Map.of("isolation.level", "read_committed", "auto.offset.reset", "earliest")),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
  }

  @AfterEach
  void stop() {
    instances.forEach(Instance::close);
    producer.close();
    consumer.close();
    http.shutdownNow();
  }

  @Test
  void instancesAnswerForEachOtherAndTakeOverFromEachOther() throws Exception {
    Instance one = new Instance("1");
    Instance two = new Instance("2");
    await(
        () ->
            one.partitions() > 0
                && two.partitions() > 0
                && one.partitions() + two.partitions() == PARTITIONS,
        "both instances have partitions");
    for (int i = 0; i < 200; i++) {
      String company = Integer.toString(i % 40);
      send(i, new Pending("company", company, bytes("{\"n\":" + i + "}")), project(i % 7));
    }

    assertThat(read(topics.events().name(), 200)).hasSize(200);
    for (int i = 0; i < 40; i++) {
      String expected = "\"version\":5,\"properties\":{\"n\":" + (160 + i) + "}}";
      awaitAnswer(one, company(i), 200, expected);
      awaitAnswer(two, company(i), 200, expected);
    }
    awaitAnswer(one, "nobody", 404, "Nothing is known");
    for (Instance instance : List.of(one, two)) {
      assertThat(instance.count("hogflare_group_received_total"))
          .isPositive()
          .isEqualTo(
              instance.count("hogflare_group_forwarded_total")
                  + instance.count("hogflare_group_rows_total"));
    }

    two.close();

    for (int i = 0; i < 40; i++) {
      awaitAnswer(one, company(i), 200, "\"version\":5");
    }
    assertThat(one.partitions()).isEqualTo(PARTITIONS);
  }

  @Test
  void aLookupBeforeTheStartIsUnavailable() throws Exception {
    Instance instance = new Instance("1", false);

    HttpResponse<String> response = instance.get(company(1));

    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("retry-after")).hasValue("1");
  }

  @Test
  void anInstanceAloneNeedsNoAddress() throws Exception {
    Instance instance = new Instance("1", true, Optional.empty());
    send(1, new Pending("company", "acme", bytes("{\"plan\":\"pro\"}")));

    assertThat(read(topics.events().name(), 1))
        .singleElement()
        .satisfies(row -> assertThat(row.headers()).isEmpty());
    awaitAnswer(instance, "acme", 200, "{\"plan\":\"pro\"}");
  }

  @Test
  void theLargestRecordsPassAndLargerOnesStopNothing() throws Exception {
    Instance instance = new Instance("1");
    byte[] longRow = new byte[GroupProcessor.MAX_BYTES - 2_000];
    Arrays.fill(longRow, (byte) 'x');
    byte[] start = bytes("{\"event\":\"");
    System.arraycopy(start, 0, longRow, 0, start.length);
    longRow[longRow.length - 2] = '"';
    longRow[longRow.length - 1] = '}';
    byte[] longerRow = Arrays.copyOf(longRow, Topics.MAX_RECORD_BYTES - 3_000);
    Arrays.fill(longerRow, longRow.length - 2, longerRow.length - 2, (byte) 'x');
    longerRow[longerRow.length - 2] = '"';
    longerRow[longerRow.length - 1] = '}';

    send(1, longRow, new Pending("company", "acme", bytes("{\"a\":1}")), project(1));
    send(
        2, longRow, new Pending("company", "acme", bytes("{\"a\":\"" + "y".repeat(9_000) + "\"}")));
    send(3, longerRow, new Pending("company", "acme", null));
    send(4, new Pending("company", "acme", null));

    List<ConsumerRecord<byte[], byte[]>> rows = read(topics.events().name(), 2);
    assertThat(rows.stream().mapToInt(row -> row.value().length).max().orElseThrow())
        .isGreaterThan(longRow.length);
    List<ConsumerRecord<byte[], byte[]>> letters = read(topics.deadLetters().name(), 2);
    assertThat(letters)
        .allSatisfy(
            letter ->
                assertThat(DeadLetter.read(letter.headers()).code())
                    .isEqualTo(ErrorCode.ROW_TOO_LARGE));
    assertThat(letters.stream().map(letter -> letter.value() == null))
        .containsExactlyInAnyOrder(true, false);
    awaitAnswer(instance, "acme", 200, "\"version\":1,\"properties\":{\"a\":1}}");
  }

  /** One process: service and admin endpoint. */
  private final class Instance implements AutoCloseable {
    private final PrometheusMeterRegistry registry =
        new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final GroupProcessorService service;
    private final AdminServer server;
    private boolean closed;

    Instance(String id) throws IOException {
      this(id, true);
    }

    Instance(String id, boolean start) throws IOException {
      this(id, start, Optional.of(new HostPort("127.0.0.1", TestBroker.freePort())));
    }

    Instance(String id, boolean start, Optional<HostPort> address) {
      GroupConfig config =
          new GroupConfig(
              List.of("company", "project", "", "", ""),
              PARTITIONS,
              new StreamsSettings(
                  topics.events().name() + "-group-processor",
                  id,
                  folder.resolve(topics.events().name() + id),
                  1,
                  Duration.ofMillis(50),
                  1,
                  address));
      service = new GroupProcessorService(config, kafka, topics, registry);
      server =
          new AdminServer(
              address.orElse(new HostPort("127.0.0.1", 0)),
              registry,
              () -> Map.of("group-processor", service.health()),
              service.routes());
      server.start();
      if (start) {
        service.start();
      }
      instances.add(this);
    }

    /** Counts the partitions whose groups this instance answers for itself. */
    int partitions() {
      boolean[] here = new boolean[PARTITIONS];
      for (int i = 0; i < 40; i++) {
        GroupKey key = new GroupKey("phc_a", "company", company(i));
        if (!(service.lookup().findHere(key) instanceof GroupAnswer.Unavailable)) {
          here[partitionOf(key.toBytes())] = true;
        }
      }
      int count = 0;
      for (boolean each : here) {
        count += each ? 1 : 0;
      }
      return count;
    }

    double count(String counter) {
      return registry.get(counter).counter().count();
    }

    HttpResponse<String> get(String company) throws IOException, InterruptedException {
      return http.send(
          HttpRequest.newBuilder(
                  URI.create(
                      "http://127.0.0.1:" + server.port() + "/groups/phc_a/company/" + company))
              .build(),
          BodyHandlers.ofString());
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        server.close();
        service.close();
      }
    }
  }

  private static int partitionOf(byte[] key) {
    return Utils.toPositive(Utils.murmur2(key)) % PARTITIONS;
  }

  private static String company(int i) {
    return Integer.toString(i);
  }

  private static Pending project(int i) {
    return new Pending("project", Integer.toString(i), null);
  }

  private void send(int offset, Pending... groups) throws Exception {
    send(offset, bytes("{\"event\":\"e" + offset + "\"}"), groups);
  }

  private void send(int offset, byte[] row, Pending... groups) throws Exception {
    GroupedEvent event =
        new GroupedEvent(
            new ActorKey("phc_a", "user"),
            row,
            new Stamp(1_000, 0, offset),
            offset,
            List.of(groups),
            List.of());
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(topics.groupEvents().name(), event.visitKey().toBytes(), row);
    event.writeHeaders(record.headers());
    producer.send(record).get();
  }

  /** Reads committed records of a topic until there are so many. */
  private List<ConsumerRecord<byte[], byte[]>> read(String topic, int count) {
    List<TopicPartition> partitions = new ArrayList<>();
    for (int i = 0; i < PARTITIONS; i++) {
      partitions.add(new TopicPartition(topic, i));
    }
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (records.size() < count) {
      assertThat(System.nanoTime())
          .as("%d of %d records came", records.size(), count)
          .isLessThan(deadline);
      consumer.poll(Duration.ofMillis(100)).forEach(records::add);
    }
    return records;
  }

  private void awaitAnswer(Instance instance, String company, int status, String part)
      throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    HttpResponse<String> response = instance.get(company);
    while (response.statusCode() == 503) {
      assertThat(System.nanoTime()).as(response.body()).isLessThan(deadline);
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
      response = instance.get(company);
    }
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.body()).contains(part);
  }

  private static void await(BooleanSupplier condition, String what) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(deadline);
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.Definition;
import dev.hogflare.contract.DefinitionKey;
import dev.hogflare.contract.DefinitionKey.Kind;
import dev.hogflare.contract.Topics;
import dev.hogflare.contract.ValueType;
import dev.hogflare.fixtures.TestBroker;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.StreamsSettings;
import dev.hogflare.runtime.TopicProvisioner;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The service on a real broker. */
class PropertyCatalogIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir static Path folder;
  private static TestBroker broker;
  private static KafkaSettings kafka;

  private final Topics topics = new Topics("it.");

  @BeforeAll
  static void startBroker() throws Exception {
    broker = new TestBroker(folder.resolve("broker"));
    kafka = KafkaSettings.plain(broker.bootstrapServers());
  }

  @AfterAll
  static void stopBroker() {
    broker.close();
  }

  private CatalogConfig config(String instance) {
    return new CatalogConfig(
        3,
        Duration.ofSeconds(1),
        new StreamsSettings(
            topics.catalogApplication(),
            instance,
            folder.resolve("state-" + instance),
            2,
            Duration.ofMillis(100),
            1,
            Optional.empty()));
  }

  @Test
  void countsStayExactWhileInstancesComeAndGo() {
    CatalogService.provision(config("1"), topics, new TopicProvisioner(kafka, PATIENCE));
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            kafka.client(Map.of()), new ByteArraySerializer(), new ByteArraySerializer())) {
      CatalogService one =
          new CatalogService(config("1"), kafka, topics, new SimpleMeterRegistry());
      one.start();
      send(producer, 0, 20_000);
      await("the first instance is at work", () -> !definitions().isEmpty());
      CatalogService two =
          new CatalogService(config("2"), kafka, topics, new SimpleMeterRegistry());
      two.start();
      send(producer, 20_000, 40_000);
      await("the second instance has partitions", two::atWork);
      one.close();
      send(producer, 40_000, 60_000);
      await("all events are counted", () -> count(event("e0")) + count(event("e1")) == 60_000);
      two.close();
    }
    Map<DefinitionKey, Definition> all = definitions();
    assertThat(count(event("e0"))).isEqualTo(30_000);
    Definition n = all.get(new DefinitionKey("t", Kind.EVENT_PROPERTY, "", "n"));
    assertThat(n.count()).isEqualTo(60_000);
    assertThat(n.type()).contains(ValueType.NUMERIC);
    assertThat(n.values().strings()).isEqualTo(6_000);
    assertThat(all.get(new DefinitionKey("t", Kind.EVENTS_PROPERTY, "e1", "n")).count())
        .isEqualTo(30_000);
    assertThat(all.get(new DefinitionKey("t", Kind.PERSON_PROPERTY, "", "plan")).count())
        .isEqualTo(60_000);
  }

  private static DefinitionKey event(String name) {
    return new DefinitionKey("t", Kind.EVENT, "", name);
  }

  private long count(DefinitionKey key) {
    Definition definition = definitions().get(key);
    return definition == null ? 0 : definition.count();
  }

  private void send(KafkaProducer<byte[], byte[]> producer, int from, int to) {
    for (int i = from; i < to; i++) {
      String row =
          "{\"event\":\"e"
              + i % 2
              + "\",\"created_at\":\"2026-03-01T12:00:00Z\",\"properties\":{\"n\":"
              + (i % 10 == 0 ? "\"x\"" : i)
              + ",\"$set\":{\"plan\":\"pro\"}}}";
      var unused =
          producer.send(
              new ProducerRecord<>(
                  topics.events().name(),
                  new ActorKey("t", "d" + i % 100).toBytes(),
                  row.getBytes(StandardCharsets.UTF_8)));
    }
    producer.flush();
  }

  private static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as(what).isLessThan(deadline);
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
  }

  /** Returns the latest of each key. */
  private Map<DefinitionKey, Definition> definitions() {
    Map<DefinitionKey, Definition> all = new HashMap<>();
    TopicPartition partition = new TopicPartition(topics.definitions().name(), 0);
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            kafka.client(Map.of("isolation.level", "read_committed")),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      while (consumer.position(partition) < end) {
        consumer
            .poll(Duration.ofMillis(200))
            .forEach(
                record -> {
                  Definition definition = Definition.fromRecord(record.key(), record.value());
                  all.put(definition.key(), definition);
                });
      }
    }
    return all;
  }
}

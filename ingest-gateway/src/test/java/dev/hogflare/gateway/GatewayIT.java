// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.Topics;
import dev.hogflare.fixtures.Encodings;
import dev.hogflare.fixtures.TestBroker;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.TopicProvisioner;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The gateway in front of a real broker. */
class GatewayIT {
  private static final Topics TOPICS = new Topics("it.");
  private static final int PARTITIONS = 4;
  private static TestBroker broker;
  private static KafkaSettings kafka;
  private static HttpClient client;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    broker = new TestBroker(folder);
    kafka = KafkaSettings.plain(broker.bootstrapServers());
    new TopicProvisioner(kafka, Duration.ofSeconds(60))
        .ensure(
            List.of(
                TOPICS.eventsRaw(),
                TOPICS.recordingsRaw(),
                TOPICS.historicalRaw(),
                TOPICS.deadLetters()),
            PARTITIONS,
            1);
    client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  @AfterAll
  static void stop() {
    client.close();
    broker.close();
  }

  @Test
  void storesEventsRecordingsAndDeadLettersBeforeItAnswers() throws Exception {
    try (Gateway gateway = gateway(Duration.ofSeconds(8))) {
      gateway.start();
      assertThat(gateway.health().up()).as(gateway.health().message()).isTrue();
      String event =
          "{\"event\":\"e\",\"distinct_id\":\"first\",\"uuid\":\"b3b0c4d4-0000-4000-8000-000000000001\"}";
      assertThat(
              post(gateway, "/batch", "{\"api_key\":\"k1\",\"batch\":[" + event + ",7]}")
                  .statusCode())
          .isEqualTo(200);
      ConsumerRecord<byte[], byte[]> stored = find(TOPICS.eventsRaw().name(), "k1\0first");
      assertThat(stored.timestampType()).isEqualTo(TimestampType.LOG_APPEND_TIME);
      RawEvent raw = RawEvent.read(stored.key(), stored.value(), stored.headers());
      assertThat(raw.json()).isEqualTo(Encodings.utf8(event));
      assertThat(raw.route()).isEqualTo(Route.BATCH);
      assertThat(raw.uuid()).hasToString("b3b0c4d4-0000-4000-8000-000000000001");
      ConsumerRecord<byte[], byte[]> dead = find(TOPICS.deadLetters().name(), "k1\0");
      assertThat(dead.value()).isEqualTo(Encodings.utf8("7"));
      assertThat(DeadLetter.read(dead.headers()).code()).isEqualTo(ErrorCode.NOT_AN_OBJECT);
      String large = "x".repeat(7_900_000);
      assertThat(
              post(
                      gateway,
                      "/s/",
                      "{\"token\":\"k1\",\"properties\":{\"$session_id\":\"s\",\"distinct_id\":\"r\",\"$snapshot_data\":[\""
                          + large
                          + "\"]}}")
                  .statusCode())
          .isEqualTo(200);
      assertThat(find(TOPICS.recordingsRaw().name(), "k1\0r").value())
          .hasSizeGreaterThan(7_900_000);
    }
  }

  @Test
  void losesNothingThatItAcknowledgedWhenTheBrokerGoesAwayAndComesBack() throws Exception {
    try (Gateway gateway = gateway(Duration.ofSeconds(2))) {
      gateway.start();
      Set<String> acknowledged = ConcurrentHashMap.newKeySet();
      AtomicInteger refused = new AtomicInteger();
      AtomicInteger next = new AtomicInteger();
      AtomicBoolean more = new AtomicBoolean(true);
      List<Thread> clients = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        clients.add(
            Thread.ofVirtual()
                .start(
                    () -> {
                      while (more.get()) {
                        String id = "n" + next.incrementAndGet();
                        long begin = System.nanoTime();
                        int status =
                            post(
                                    gateway,
                                    "/e/?token=k2",
                                    "[{\"event\":\"e\",\"distinct_id\":\"" + id + "\"}]")
                                .statusCode();
                        assertThat(Duration.ofNanos(System.nanoTime() - begin))
                            .isLessThan(Duration.ofSeconds(10));
                        if (status == 200) {
                          acknowledged.add(id);
                        } else {
                          assertThat(status).isEqualTo(503);
                          refused.incrementAndGet();
                        }
                      }
                    }));
      }
      Await.until("events are stored", () -> acknowledged.size() > 200);
      broker.stop();
      Await.until("clients are told", () -> refused.get() > 3);
      Await.until("health says so", () -> !gateway.health().up());
      int before = acknowledged.size();
      broker.start();
      Await.until("events are stored again", () -> acknowledged.size() > before + 200);
      Await.until("health says so", () -> gateway.health().up());
      more.set(false);
      for (Thread each : clients) {
        each.join();
      }
      Set<String> stored = new HashSet<>();
      for (ConsumerRecord<byte[], byte[]> record : read(TOPICS.eventsRaw().name())) {
        RawEvent raw = RawEvent.read(record.key(), record.value(), record.headers());
        if (raw.key().token().equals("k2")) {
          stored.add(raw.key().distinctId());
        }
      }
      assertThat(stored).containsAll(acknowledged);
    }
  }

  @Test
  void runsAloneWithTheSettingsOfTheEnvironment() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Settings settings =
        new Settings(
            Map.of(
                "APP_ADDR",
                "127.0.0.1:" + port,
                "HOGFLARE_ADMIN_PORT",
                "0",
                "HOGFLARE_TOPIC_PREFIX",
                "alone.",
                "KAFKA_BOOTSTRAP_SERVERS",
                broker.bootstrapServers()));
    try (AutoCloseable running = GatewayMain.start(settings)) {
      assertThat(running).isNotNull();
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/capture/?token=k3"))
                  .POST(
                      HttpRequest.BodyPublishers.ofString(
                          "{\"event\":\"e\",\"distinct_id\":\"d\"}"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(200);
      HttpResponse<String> health =
          client.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/healthz")).build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(health.body()).isEqualTo("{\"status\":\"ok\"}");
    }
    assertThat(read("alone.events.raw")).hasSize(1);
  }

  private static Gateway gateway(Duration ackTimeout) {
    GatewayConfig config = new TestConfig().ackTimeout(ackTimeout).get();
    return new Gateway(config, kafka, TOPICS, new SimpleMeterRegistry(), Optional.empty());
  }

  private static HttpResponse<String> post(Gateway gateway, String path, String body) {
    try {
      return client.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + path))
              .POST(HttpRequest.BodyPublishers.ofString(body))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static ConsumerRecord<byte[], byte[]> find(String topic, String key) {
    return read(topic).stream()
        .filter(record -> java.util.Arrays.equals(record.key(), Encodings.utf8(key)))
        .findFirst()
        .orElseThrow();
  }

  /** Reads a topic from its beginning to the end that it has now. */
  private static List<ConsumerRecord<byte[], byte[]>> read(String topic) {
    Map<String, Object> own =
        Map.of("fetch.max.bytes", 20_000_000, "max.partition.fetch.bytes", 20_000_000);
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            kafka.client(own), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(p -> new TopicPartition(topic, p.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        consumer.poll(Duration.ofMillis(200)).forEach(records::add);
      }
      return records;
    }
  }
}

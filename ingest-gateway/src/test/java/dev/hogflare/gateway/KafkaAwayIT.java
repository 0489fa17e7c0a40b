// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Topics;
import dev.hogflare.fixtures.TestBroker;
import dev.hogflare.runtime.Health;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.TopicProvisioner;
import io.micrometer.core.instrument.MeterRegistry;
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
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients of a gateway with a spool, whose only broker goes away under load and comes back. */
class KafkaAwayIT {
  private static final Topics TOPICS = new Topics("away.");
  private static final int CLIENTS = 6;

  @TempDir Path folder;
  private TestBroker broker;
  private KafkaSettings kafka;
  private HttpClient client;
  private int port;
  private final AtomicBoolean more = new AtomicBoolean(true);
  private final AtomicInteger refused = new AtomicInteger();
  private final AtomicLong slowest = new AtomicLong();

  /** How many events of each client were answered with success; they are numbered from 0. */
  private final Map<Integer, Integer> accepted = new ConcurrentHashMap<>();

  @BeforeEach
  void start() throws Exception {
    broker = new TestBroker(folder.resolve("kafka"));
    kafka = KafkaSettings.plain(broker.bootstrapServers());
    new TopicProvisioner(kafka, Duration.ofSeconds(60))
        .ensure(
            List.of(
                TOPICS.eventsRaw(),
                TOPICS.recordingsRaw(),
                TOPICS.historicalRaw(),
                TOPICS.deadLetters()),
            4,
            1);
    client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
  }

  @AfterEach
  void stop() {
    client.close();
    broker.close();
  }

  @Test
  void everyAnsweredEventIsOnKafkaInTheOrderOfItsClient() throws Exception {
    MeterRegistry before = new SimpleMeterRegistry();
    MeterRegistry after = new SimpleMeterRegistry();
    List<Thread> clients = new ArrayList<>();
    Gateway gateway = gateway(before);
    try {
      gateway.start();
      for (int i = 0; i < CLIENTS; i++) {
        int number = i;
        clients.add(Thread.ofVirtual().start(() -> load(number)));
      }
      awaitMore(300);
      broker.stop();
      awaitMore(2_000);
      assertThat(gateway.health().state()).isEqualTo(Health.State.DEGRADED);
      assertThat(before.get("hogflare_gateway_spool_active").gauge().value()).isEqualTo(1);
      gateway.close();
      gateway = gateway(after);
      gateway.start();
      assertThat(after.get("hogflare_gateway_spool_found_total").counter().count()).isPositive();
      awaitMore(1_000);
      broker.start();
      Gateway running = gateway;
      Await.until("all is well", () -> running.health().state() == Health.State.OK);
      awaitMore(300);
      more.set(false);
      for (Thread each : clients) {
        each.join();
      }
      Await.until(
          "nothing waits", () -> after.get("hogflare_gateway_spool_waiting").gauge().value() == 0);
    } finally {
      more.set(false);
      gateway.close();
    }
    assertThat(refused).hasValue(0);
    assertThat(Duration.ofNanos(slowest.get())).isLessThan(Duration.ofSeconds(7));
    for (MeterRegistry registry : List.of(before, after)) {
      assertThat(sum(registry, "found") + sum(registry, "spooled"))
          .isEqualTo(
              sum(registry, "drained")
                  + registry.get("hogflare_gateway_spool_waiting").gauge().value());
      assertThat(sum(registry, "lost")).isZero();
    }
    everythingIsThereInOrder();
  }

  @Test
  void aGatewayThatStartsBeforeKafkaTakesEventsAndMakesItsTopicsLater() throws Exception {
    broker.stop();
    Settings settings =
        new Settings(
            Map.of(
                "APP_ADDR",
                "127.0.0.1:" + port,
                "HOGFLARE_ADMIN_PORT",
                "0",
                "HOGFLARE_TOPIC_PREFIX",
                "late.",
                "HOGFLARE_SPOOL_DIR",
                folder.resolve("spool").toString(),
                "KAFKA_BOOTSTRAP_SERVERS",
                broker.bootstrapServers()));
    try (AutoCloseable running = GatewayMain.start(settings)) {
      assertThat(running).isNotNull();
      assertThat(isTaken("{\"api_key\":\"k\",\"event\":\"e\",\"distinct_id\":\"d\"}")).isTrue();
      broker.start();
      Await.until(
          "it is sent", () -> exists("late.events.raw") && !read("late.events.raw").isEmpty());
    }
    assertThat(read("late.events.raw")).hasSize(1);
  }

  private boolean exists(String topic) {
    try (Admin admin = Admin.create(kafka.client(Map.of()))) {
      return admin.listTopics().names().get().contains(topic);
    } catch (ExecutionException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private void everythingIsThereInOrder() {
    Map<String, LinkedHashSet<Integer>> stored = new HashMap<>();
    Map<String, Map<Long, String>> claims = new HashMap<>();
    List<RawEvent> merging = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : read(TOPICS.eventsRaw().name())) {
      ActorKey key = ActorKey.fromBytes(record.key());
      if (RawCommand.isCommand(record.headers())) {
        RawCommand.Claim claim =
            (RawCommand.Claim) RawCommand.read(record.value(), record.headers());
        claims
            .computeIfAbsent(key.distinctId(), k -> new HashMap<>())
            .put(record.offset(), claim.claimant());
        continue;
      }
      RawEvent event = RawEvent.read(record.key(), record.value(), record.headers());
      stored
          .computeIfAbsent(key.distinctId(), k -> new LinkedHashSet<>())
          .add(GatewayFixture.tree(event.json()).path("n").asInt());
      if (event.claim() != null) {
        merging.add(event);
      }
    }
    accepted.forEach(
        (number, count) -> {
          List<Integer> numbers = List.copyOf(stored.get("client-" + number));
          assertThat(numbers).as("client %d", number).hasSizeBetween(count, count + 1).isSorted();
        });
    assertThat(merging).isNotEmpty();
    for (RawEvent event : merging) {
      String anonymous =
          GatewayFixture.tree(event.json()).path("properties").path("$anon_distinct_id").asText();
      assertThat(claims.get(anonymous)).containsEntry(event.claim(), event.key().distinctId());
    }
  }

  /** Sends one event after another, each until it is answered, every tenth one merging. */
  private void load(int number) {
    for (int n = 0; more.get(); n++) {
      String body =
          "{\"api_key\":\"k\",\"event\":\"%s\",\"distinct_id\":\"client-%d\",\"n\":%d,\"properties\":{%s}}"
              .formatted(
                  n % 10 == 0 ? "$identify" : "e",
                  number,
                  n,
                  n % 10 == 0
                      ? "\"$anon_distinct_id\":\"anonymous-" + number + "-" + n + "\""
                      : "");
      while (!isTaken(body)) {
        if (!more.get()) {
          return;
        }
        LockSupport.parkNanos(20_000_000);
      }
      accepted.merge(number, 1, Integer::sum);
    }
  }

  /** Whether an event was answered with success; if nobody listens it was not answered at all. */
  private boolean isTaken(String body) {
    long begin = System.nanoTime();
    try {
      int status =
          client
              .send(
                  HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/e/"))
                      .timeout(Duration.ofSeconds(10))
                      .POST(HttpRequest.BodyPublishers.ofString(body))
                      .build(),
                  HttpResponse.BodyHandlers.discarding())
              .statusCode();
      slowest.accumulateAndGet(System.nanoTime() - begin, Math::max);
      if (status != 200) {
        refused.incrementAndGet();
      }
      return status == 200;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private void awaitMore(int events) {
    int target = total() + events;
    Await.until(events + " more events are taken", () -> total() >= target);
  }

  private int total() {
    return accepted.values().stream().mapToInt(Integer::intValue).sum();
  }

  private static double sum(MeterRegistry registry, String name) {
    return registry.get("hogflare_gateway_spool_" + name + "_total").counter().count();
  }

  private Gateway gateway(MeterRegistry registry) {
    GatewayConfig config =
        new TestConfig().port(port).spool(folder.resolve("spool"), 256L * 1024 * 1024).get();
    return new Gateway(config, kafka, TOPICS, registry, Optional.empty());
  }

  private List<ConsumerRecord<byte[], byte[]>> read(String topic) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            kafka.client(Map.of()), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
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

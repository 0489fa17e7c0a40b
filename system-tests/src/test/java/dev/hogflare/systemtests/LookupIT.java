// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.Topics;
import dev.hogflare.person.PersonConfig;
import dev.hogflare.person.PersonProcessorService;
import dev.hogflare.person.PersonRoutes;
import dev.hogflare.person.PersonTopology;
import dev.hogflare.runtime.AdminServer;
import dev.hogflare.runtime.BoundedRocksDb;
import dev.hogflare.runtime.HostPort;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.TopicProvisioner;
import dev.hogflare.standalone.EmbeddedBroker;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Persons are found from every instance of the person-processor. */
class LookupIT {
  private static final String TOKEN = "phc_lookup";
  private static final int PARTITIONS = 6;
  private static final Topics TOPICS = new Topics("hogflare.");

  @TempDir static Path folder;

  private static EmbeddedBroker broker;
  private static KafkaProducer<byte[], byte[]> producer;
  private static HttpClient http;
  private static List<Instance> instances;

  /** One person-processor with its admin endpoint. */
  private record Instance(PersonProcessorService service, AdminServer admin, int port) {
    /** Starts one of several instances. */
    static Instance start(int number) {
      int port = freePort();
      return start(
          TOPICS,
          port,
          Map.of(
              "HOGFLARE_INSTANCE_ID",
              Integer.toString(number),
              "HOGFLARE_ADVERTISED_ADDRESS",
              "127.0.0.1:" + port,
              "HOGFLARE_STATE_DIR",
              folder.resolve("state-" + number).toString()));
    }

    private static Instance start(Topics topics, int port, Map<String, String> environment) {
      Settings settings = new Settings(environment);
      PersonConfig config = PersonConfig.from(settings);
      settings.check();
      KafkaSettings kafka = KafkaSettings.plain(broker.bootstrapServers());
      TopicProvisioner provisioner = new TopicProvisioner(kafka, Await.PATIENCE);
      provisioner.ensure(PersonTopology.topics(config, topics), PARTITIONS, 1);
      provisioner.ensure(List.of(topics.ledger()), 1, 1);
      PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
      PersonProcessorService service = new PersonProcessorService(config, kafka, topics, registry);
      AdminServer admin =
          new AdminServer(
              new HostPort("127.0.0.1", port),
              registry,
              () -> Map.of("person-processor", service.health()),
              Map.of("/persons", new PersonRoutes(service.lookup())));
      service.start();
      admin.start();
      return new Instance(service, admin, port);
    }

    void stop() {
      admin.close();
      service.close();
    }
  }

  @BeforeAll
  static void start() {
    BoundedRocksDb.limitTo(128);
    broker = new EmbeddedBroker(folder.resolve("kafka"));
    broker.start();
    instances = new ArrayList<>();
    instances.add(Instance.start(1));
    instances.add(Instance.start(2));
    producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer());
    http = HttpClient.newHttpClient();
    bothInstancesHaveWork();
  }

  @AfterAll
  static void stop() {
    http.close();
    producer.close();
    instances.forEach(Instance::stop);
    broker.close();
  }

  /** Spreads events until both instances have processed some, which takes a rebalance. */
  private static void bothInstancesHaveWork() {
    int[] n = {0};
    Await.until(
        "both instances process events",
        () -> {
          for (int i = 0; i < 20; i++) {
            send(TOPICS, "spread-" + n[0]++, "worked", Map.of());
          }
          return instances.stream().allMatch(one -> one.service().metrics().rows() > 0);
        });
  }

  @Test
  void findsAPersonOverLinksThroughPartitionsAndInstances() {
    // Each user takes over three devices: whatever partitions they are on, some link crosses.
    for (int user = 0; user < 12; user++) {
      String id = "user-" + user;
      send(TOPICS, id, "$identify", Map.of("$set", Map.of("n", user)));
      for (int device = 0; device < 3; device++) {
        send(
            TOPICS,
            "device-" + user + "-" + device,
            "worked",
            Map.of("$set", Map.of("d" + device, device)));
        send(TOPICS, id, "$identify", Map.of("$anon_distinct_id", "device-" + user + "-" + device));
      }
    }

    for (int user = 0; user < 12; user++) {
      String uuid = null;
      for (String id :
          List.of(
              "user-" + user,
              "device-" + user + "-0",
              "device-" + user + "-1",
              "device-" + user + "-2")) {
        for (Instance instance : instances) {
          JsonNode answer = awaitPersonWithIds(instance, id, 4);
          assertThat(answer.path("canonical_id").asText()).isEqualTo("user-" + user);
          assertThat(answer.at("/record/properties").toString())
              .contains("\"n\":" + user, "\"d0\":0", "\"d1\":1", "\"d2\":2");
          String found = answer.at("/record/uuid").asText();
          assertThat(uuid == null ? found : uuid).as(id).isEqualTo(found);
          uuid = found;
        }
      }
    }
  }

  @Test
  void understandsIdsWithAnyCharacters() {
    List<String> ids =
        List.of(
            "a/b",
            "//",
            "100%",
            "%2F",
            "two words",
            "a+b",
            "q?x=1&y=2#z",
            "ünïcödé",
            "日本語",
            "🐗",
            "..",
            "a;b=c",
            "\"quoted\"",
            "back\\slash",
            "mail@example.com");
    for (String id : ids) {
      send(TOPICS, id, "worked", Map.of("$set", Map.of("is", id)));
    }
    for (String id : ids) {
      for (Instance instance : instances) {
        JsonNode answer = awaitPersonWithIds(instance, id, 1);
        assertThat(answer.at("/record/properties/is").asText()).isEqualTo(id);
        assertThat(answer.at("/record/distinct_ids/0").asText()).isEqualTo(id);
      }
    }
  }

  @Test
  void answersForAnUnknownIdThatThereIsNoPerson() {
    for (Instance instance : instances) {
      Answer answer = ask(instance, "nobody");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.json())
          .isEqualTo(Json.parse("{\"canonical_id\":\"nobody\",\"record\":null}"));
    }
  }

  @Test
  void answersAloneWithoutAnAdvertisedAddress() {
    Topics alone = new Topics("alone.");
    Instance instance =
        Instance.start(
            alone,
            freePort(),
            Map.of(
                "HOGFLARE_TOPIC_PREFIX",
                "alone.",
                "HOGFLARE_STATE_DIR",
                folder.resolve("state-alone").toString()));
    try {
      send(alone, "ada", "worked", Map.of("$set", Map.of("plan", "pro")));
      assertThat(awaitPersonWithIds(instance, "ada", 1).at("/record/properties/plan").asText())
          .isEqualTo("pro");
    } finally {
      instance.stop();
    }
  }

  private static JsonNode awaitPersonWithIds(Instance instance, String id, int ids) {
    Answer answer =
        Await.value(
            () -> ask(instance, id),
            a -> a.status() == 200 && a.json().at("/record/distinct_ids").size() == ids);
    assertThat(answer.status()).as("%s: %s", id, answer.body()).isEqualTo(200);
    assertThat(answer.json().at("/record/distinct_ids")).as("%s: %s", id, answer).hasSize(ids);
    return answer.json();
  }

  private static Answer ask(Instance instance, String id) {
    // Form encoding but for the space, which is + there and %20 in a path.
    String segment = URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
    // A path takes dots as a way up, unless they are escaped.
    String path = segment.replace(".", "%2E");
    try {
      return Answer.of(
          http.send(
              HttpRequest.newBuilder(
                      URI.create(
                          "http://127.0.0.1:" + instance.port() + "/persons/" + TOKEN + "/" + path))
                  .timeout(Await.PATIENCE)
                  .build(),
              HttpResponse.BodyHandlers.ofString()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static void send(Topics topics, String id, String event, Map<String, Object> properties) {
    ActorKey key = new ActorKey(TOKEN, id);
    byte[] json =
        Json.text(Json.object("event", event, "properties", properties))
            .getBytes(StandardCharsets.UTF_8);
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(topics.eventsRaw().name(), key.toBytes(), json);
    new RawEvent(
            key, json, UUID.randomUUID(), Route.CAPTURE, 1_700_000_000_000_000L, null, null, null)
        .writeHeaders(record.headers());
    try {
      producer.send(record).get();
    } catch (ExecutionException e) {
      throw new AssertionError("The broker did not take an event.", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

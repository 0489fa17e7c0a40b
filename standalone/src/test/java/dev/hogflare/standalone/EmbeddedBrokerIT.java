// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hogflare.contract.Topic;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.KafkaSettings;
import dev.hogflare.runtime.TopicProvisioner;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Topics TOPICS = new Topics("t.");

  @TempDir Path folder;

  @Test
  void keepsTopicsAndRecordsOverARestartOnOtherPorts() throws Exception {
    String first;
    try (EmbeddedBroker broker = started()) {
      first = broker.bootstrapServers();
      provision(broker, TOPICS.all());
      send(broker, TOPICS.events().name(), bytes(100));
    }
    try (EmbeddedBroker broker = started()) {
      assertThat(broker.bootstrapServers()).isNotEqualTo(first).startsWith("127.0.0.1:");
      assertThat(read(broker, TOPICS.events().name(), 1)).containsExactly(bytes(100));
    }
  }

  @Test
  void servesEveryTopicOnceItIsProvisionedAndProvisionsTwiceWithoutHarm() throws Exception {
    try (EmbeddedBroker broker = started()) {
      provision(broker, TOPICS.all());
      provision(broker, TOPICS.all());
      try (Admin admin = admin(broker)) {
        Map<String, Integer> partitions = new HashMap<>();
        admin
            .describeTopics(TOPICS.all().stream().map(Topic::name).toList())
            .allTopicNames()
            .get()
            .forEach((name, topic) -> partitions.put(name, topic.partitions().size()));
        assertThat(partitions)
            .hasSize(TOPICS.all().size())
            .allSatisfy(
                (n, p) -> {
                  assertThat(p).as(n).isEqualTo(2);
                });
      }
    }
  }

  @Test
  void takesARecordOfTheLargestSizeOnATopicWithoutALimitOfItsOwn() throws Exception {
    try (EmbeddedBroker broker = started()) {
      try (Admin admin = admin(broker)) {
        admin.createTopics(List.of(new NewTopic("changelog", 2, (short) 1))).all().get();
      }
      provision(broker, List.of(new Topic("changelog", Map.of())));
      // The record's own framing needs a little of the limit.
      byte[] large = bytes(Topics.MAX_RECORD_BYTES - 200);
      send(broker, "changelog", large);
      assertThat(read(broker, "changelog", 1)).containsExactly(large);
    }
  }

  @Test
  void listensOnTheLoopbackAddressAlone() throws Exception {
    try (EmbeddedBroker broker = started()) {
      int port = Integer.parseInt(broker.bootstrapServers().split(":")[1]);
      InetAddress other = InetAddress.getByName("127.0.0.2");
      assertThat(refuses(other, port)).isTrue();
      assertThat(refuses(InetAddress.getLoopbackAddress(), port)).isFalse();
    }
  }

  private EmbeddedBroker started() {
    EmbeddedBroker broker = new EmbeddedBroker(folder.resolve("kafka"));
    broker.start();
    return broker;
  }

  private static boolean refuses(InetAddress address, int port) throws Exception {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, port), 2_000);
      return false;
    } catch (java.net.ConnectException e) {
      return true;
    }
  }

  private static void provision(EmbeddedBroker broker, List<Topic> topics) {
    new TopicProvisioner(KafkaSettings.plain(broker.bootstrapServers()), PATIENCE)
        .ensure(topics, 2, 1);
  }

  private static Admin admin(EmbeddedBroker broker) {
    return Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
  }

  /** Bytes that do not compress. */
  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  private static void send(EmbeddedBroker broker, String topic, byte[] value) throws Exception {
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers",
            broker.bootstrapServers(),
            "max.request.size",
            Topics.MAX_RECORD_BYTES);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(topic, value)).get();
    }
  }

  private static List<byte[]> read(EmbeddedBroker broker, String topic, int count) {
    Map<String, Object> settings =
        Map.of("bootstrap.servers", broker.bootstrapServers(), "auto.offset.reset", "earliest");
    List<byte[]> values = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(IntStream.range(0, 2).mapToObj(p -> new TopicPartition(topic, p)).toList());
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (values.size() < count && System.nanoTime() < deadline) {
        consumer.poll(Duration.ofMillis(200)).forEach(record -> values.add(record.value()));
      }
    }
    return values;
  }
}

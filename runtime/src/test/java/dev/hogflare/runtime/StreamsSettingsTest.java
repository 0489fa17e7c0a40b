// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;

class StreamsSettingsTest {
  private static final StreamsSettings SETTINGS =
      new StreamsSettings(
          "hogflare.person",
          "node-1",
          Path.of("state"),
          2,
          Duration.ofMillis(100),
          3,
          Optional.of(new HostPort("node-1", 8081)));

  @Test
  void propertiesArePinned() {
    Map<String, Object> expected = new HashMap<>();
    expected.put("application.id", "hogflare.person");
    expected.put("application.server", "node-1:8081");
    expected.put("bootstrap.servers", "b:1");
    expected.put("state.dir", "state");
    expected.put("processing.guarantee", "exactly_once_v2");
    expected.put("commit.interval.ms", 100L);
    expected.put("statestore.cache.max.bytes", 0L);
    expected.put("num.stream.threads", 2);
    expected.put("replication.factor", 3);
    expected.put("ensure.explicit.internal.resource.naming", true);
    expected.put("buffered.records.per.partition", 4_000);
    expected.put("rocksdb.config.setter", BoundedRocksDb.class);
    expected.put("consumer.group.instance.id", "node-1");
    expected.put("consumer.max.poll.records", 2_000);
    expected.put("consumer.max.partition.fetch.bytes", 4_194_304);
    expected.put("consumer.auto.offset.reset", "earliest");
    expected.put("producer.compression.type", "lz4");
    expected.put("producer.max.block.ms", 2_147_483_647L);
    expected.put("producer.linger.ms", 20);
    expected.put("producer.batch.size", 131_072);
    expected.put("producer.buffer.memory", 67_108_864L);
    expected.put("producer.max.request.size", 16_777_216);
    expected.put("num.standby.replicas", 0);
    expected.put("acceptable.recovery.lag", 10_000L);
    expected.put("probing.rebalance.interval.ms", 60_000L);
    assertThat(SETTINGS.properties(KafkaSettings.plain("b:1")))
        .containsExactlyInAnyOrderEntriesOf(expected);
  }

  @Test
  void kafkaStreamsTakesTheProperties() {
    StreamsConfig config = new StreamsConfig(SETTINGS.properties(KafkaSettings.plain("b:1")));
    assertThat(config.getString("processing.guarantee")).isEqualTo("exactly_once_v2");
    assertThat(config.getMainConsumerConfigs("g", "c", 0))
        .containsEntry("group.instance.id", "node-1-0")
        .containsEntry("isolation.level", "read_committed")
        .containsEntry("max.poll.records", 2_000);
    assertThat(config.getProducerConfigs("p"))
        .containsEntry("enable.idempotence", true)
        .containsEntry("max.request.size", 16_777_216)
        .containsEntry("linger.ms", 20);
    assertThat(config.getRestoreConsumerConfigs("r")).doesNotContainKey("group.instance.id");
  }

  @Test
  void theOperatorsPropertiesWin() {
    KafkaSettings kafka =
        KafkaSettings.from(
            new Settings(
                Map.of(
                    "KAFKA_SECURITY_PROTOCOL", "SSL",
                    "STREAMS_COMMIT_INTERVAL_MS", "1000",
                    "STREAMS_PRODUCER_LINGER_MS", "0")));
    assertThat(SETTINGS.properties(kafka))
        .containsEntry("security.protocol", "SSL")
        .containsEntry("commit.interval.ms", "1000")
        .containsEntry("producer.linger.ms", "0")
        .containsEntry("processing.guarantee", "exactly_once_v2");
  }

  @Test
  void copiesOfStateAreKeptInOtherRacks() {
    StreamsSettings settings =
        StreamsSettings.from(
            new Settings(
                Map.of(
                    "HOGFLARE_STANDBY_REPLICAS", "1",
                    "HOGFLARE_RACK", "zone-b",
                    "HOGFLARE_ON_STOP", "stay")),
            "person");
    assertThat(settings.onStop()).isEqualTo(StreamsSettings.OnStop.STAY);
    StreamsConfig config = new StreamsConfig(settings.properties(KafkaSettings.plain("b:1")));
    assertThat(config.getInt("num.standby.replicas")).isEqualTo(1);
    assertThat(config.getClientTags()).isEqualTo(Map.of("rack", "zone-b"));
    assertThat(config.getList("rack.aware.assignment.tags")).containsExactly("rack");
    assertThat(config.getMainConsumerConfigs("g", "c", 0)).containsEntry("client.rack", "zone-b");
  }

  @Test
  void aSingleInstanceAdvertisesNothing() {
    StreamsSettings alone =
        new StreamsSettings("a", "1", Path.of("s"), 1, Duration.ofMillis(5), 1, Optional.empty());
    assertThat(alone.properties(KafkaSettings.plain("b:1")))
        .containsEntry("application.server", "127.0.0.1:1");
  }

  @Test
  void areReadFromTheEnvironment() {
    Settings environment =
        new Settings(
            Map.of(
                "HOGFLARE_TOPIC_PREFIX", "blue.",
                "HOGFLARE_INSTANCE_ID", "node-1",
                "HOGFLARE_STATE_DIR", "/var/lib/hogflare",
                "HOGFLARE_STREAM_THREADS", "8",
                "HOGFLARE_COMMIT_INTERVAL_MS", "50",
                "HOGFLARE_REPLICATION_FACTOR", "3",
                "HOGFLARE_ADVERTISED_ADDRESS", "node-1:8081"));
    StreamsSettings settings = StreamsSettings.from(environment, "group");
    environment.check();
    assertThat(settings)
        .isEqualTo(
            new StreamsSettings(
                "blue.group",
                "node-1",
                Path.of("/var/lib/hogflare"),
                8,
                Duration.ofMillis(50),
                3,
                Optional.of(new HostPort("node-1", 8081))));
  }

  @Test
  void refuseWhatIsOutOfBounds() {
    Settings environment =
        new Settings(
            Map.of(
                "HOGFLARE_STREAM_THREADS", "0",
                "HOGFLARE_COMMIT_INTERVAL_MS", "4",
                "HOGFLARE_REPLICATION_FACTOR", "11"));
    StreamsSettings.from(environment, "person");
    assertThatThrownBy(environment::check)
        .hasMessageContaining("HOGFLARE_STREAM_THREADS is \"0\"")
        .hasMessageContaining("HOGFLARE_COMMIT_INTERVAL_MS is \"4\"")
        .hasMessageContaining("HOGFLARE_REPLICATION_FACTOR is \"11\"");
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KafkaSettingsTest {

  @Test
  void expectsABrokerOnThisMachineUnlessTold() {
    assertThat(KafkaSettings.from(new Settings(Map.of())).bootstrapServers())
        .isEqualTo("127.0.0.1:9092");
    assertThat(
            KafkaSettings.from(new Settings(Map.of("KAFKA_BOOTSTRAP_SERVERS", "a:1,b:2")))
                .bootstrapServers())
        .isEqualTo("a:1,b:2");
  }

  @Test
  void theOperatorWinsOverTheProductAndStreamsOverKafka() {
    KafkaSettings kafka =
        KafkaSettings.from(
            new Settings(
                Map.of(
                    "KAFKA_LINGER_MS", "7",
                    "KAFKA_ACKS", "1",
                    "STREAMS_LINGER_MS", "9",
                    "STREAMS_NUM_STANDBY_REPLICAS", "1")));
    Map<String, Object> own = Map.of("linger.ms", 5, "acks", "all", "batch.size", 100);
    assertThat(kafka.client(own))
        .isEqualTo(
            Map.of(
                "linger.ms", "7",
                "acks", "1",
                "batch.size", 100,
                "bootstrap.servers", "127.0.0.1:9092"));
    assertThat(kafka.streams(own))
        .isEqualTo(
            Map.of(
                "linger.ms", "9",
                "acks", "1",
                "batch.size", 100,
                "num.standby.replicas", "1",
                "bootstrap.servers", "127.0.0.1:9092"));
  }

  @Test
  void doesNotChangeWhatItIsGiven() {
    Map<String, Object> own = new HashMap<>(Map.of("acks", "all"));
    Map<String, Object> properties = KafkaSettings.plain("b:1").client(own);
    properties.put("x", "y");
    assertThat(own).isEqualTo(Map.of("acks", "all"));
    assertThat(KafkaSettings.plain("b:1").client(Map.of())).hasSize(1);
  }

  @Test
  void aPlainBrokerNeedsNothingElse() {
    assertThat(KafkaSettings.plain("b:1").streams(Map.of()))
        .isEqualTo(Map.of("bootstrap.servers", "b:1"));
  }

  @Test
  void showsOnlyTheAddress() {
    KafkaSettings kafka =
        KafkaSettings.from(
            new Settings(
                Map.of(
                    "KAFKA_BOOTSTRAP_SERVERS", "b:1",
                    "KAFKA_SASL_JAAS_CONFIG", "password=hunter2",
                    "STREAMS_SASL_JAAS_CONFIG", "password=hunter2")));
    assertThat(kafka).hasToString("Kafka at b:1");
  }
}

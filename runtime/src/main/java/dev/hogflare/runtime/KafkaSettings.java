// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import java.util.HashMap;
import java.util.Map;

/**
 * How to reach Kafka: properties for every client, and further ones for Kafka Streams.
 *
 * <p>They come from the variables {@code KAFKA_<PROPERTY>} and {@code STREAMS_<PROPERTY>}, in which
 * an underscore stands for a dot, and override what the product sets itself.
 */
public final class KafkaSettings {
  private static final String BOOTSTRAP = "bootstrap.servers";

  private final Map<String, String> client;
  private final Map<String, String> streams;

  private KafkaSettings(Map<String, String> client, Map<String, String> streams) {
    this.client = Map.copyOf(client);
    this.streams = Map.copyOf(streams);
  }

  /**
   * Reads the settings; without {@code KAFKA_BOOTSTRAP_SERVERS} the broker is expected at
   * 127.0.0.1:9092.
   */
  public static KafkaSettings from(Settings settings) {
    Map<String, String> client = settings.properties("KAFKA_");
    client.putIfAbsent(BOOTSTRAP, "127.0.0.1:9092");
    return new KafkaSettings(client, settings.properties("STREAMS_"));
  }

  /** Returns settings for a broker that needs no security. */
  public static KafkaSettings plain(String bootstrapServers) {
    return new KafkaSettings(Map.of(BOOTSTRAP, bootstrapServers), Map.of());
  }

  /** Returns the brokers' addresses. */
  public String bootstrapServers() {
    return client.get(BOOTSTRAP);
  }

  /**
   * Returns the properties of an admin client, producer or consumer: the product's own, overridden
   * by the operator's.
   */
  public Map<String, Object> client(Map<String, Object> own) {
    Map<String, Object> properties = new HashMap<>(own);
    properties.putAll(client);
    return properties;
  }

  /**
   * Returns the properties of a Kafka Streams application: the product's own, overridden by the
   * operator's.
   */
  public Map<String, Object> streams(Map<String, Object> own) {
    Map<String, Object> properties = client(own);
    properties.putAll(streams);
    return properties;
  }

  @Override
  public String toString() {
    return "Kafka at " + bootstrapServers();
  }
}

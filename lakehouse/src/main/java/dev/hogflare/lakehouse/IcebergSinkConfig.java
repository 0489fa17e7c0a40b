// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.Variable;
import java.io.IOException;
import java.io.Reader;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The settings of the direct sink.
 *
 * @param topicPrefix the beginning of topic names and consumer groups
 * @param instanceId this instance's name in Kafka's log
 * @param catalog where the tables are
 * @param namespace the tables' namespace in a REST catalog, levels separated by dots
 * @param group the sink's name in the tables
 * @param streams the tables that are written
 * @param columns the columns of the events that are filled from properties
 * @param commitInterval how long a row waits for its commit at most
 */
record IcebergSinkConfig(
    String topicPrefix,
    String instanceId,
    Place catalog,
    String namespace,
    String group,
    Set<SinkStream> streams,
    List<PromotedColumn> columns,
    Duration commitInterval) {
  private static final Pattern GROUP = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  /** Where the tables are. */
  sealed interface Place {}

  /** The local lake's folder. */
  record Local(Path folder) implements Place {}

  /**
   * A REST catalog.
   *
   * @param uri its base
   * @param warehouse what it calls the warehouse
   * @param token a bearer token
   * @param properties further properties of Iceberg's REST catalog and file access; they win
   */
  record Rest(
      URI uri, Optional<String> warehouse, Optional<String> token, Map<String, String> properties)
      implements Place {
    /** Copies the properties. */
    Rest {
      properties = Map.copyOf(properties);
    }

    /** Leaves out what may be a secret. */
    @Override
    public String toString() {
      return uri.getScheme()
          + "://"
          + uri.getHost()
          + (uri.getPort() < 0 ? "" : ":" + uri.getPort())
          + (uri.getRawPath() == null ? "" : uri.getRawPath());
    }
  }

  /** Copies the collections. */
  IcebergSinkConfig {
    streams = Set.copyOf(streams);
    columns = List.copyOf(columns);
  }

  /** Reads the configuration; what is wrong is told by {@link Settings#check}. */
  static IcebergSinkConfig from(Settings settings) {
    Set<SinkStream> streams =
        EnumSet.of(SinkStream.EVENTS, SinkStream.PERSONS, SinkStream.OVERRIDES);
    if (settings.choice(Variable.HOGFLARE_LAKE_RECORDINGS, Recordings.class) == Recordings.APART) {
      streams.add(SinkStream.RECORDINGS);
    }
    String group = settings.required(Variable.HOGFLARE_ICEBERG_GROUP);
    if (!GROUP.matcher(group).matches()) {
      settings.reject(
          Variable.HOGFLARE_ICEBERG_GROUP,
          "has characters other than letters, digits, - and _, or more than 64.");
    }
    return new IcebergSinkConfig(
        settings.required(Variable.HOGFLARE_TOPIC_PREFIX),
        settings.required(Variable.HOGFLARE_INSTANCE_ID),
        place(settings),
        settings.required(Variable.HOGFLARE_ICEBERG_NAMESPACE),
        group,
        streams,
        LakeConfig.columns(settings),
        settings.seconds(Variable.HOGFLARE_LAKE_COMMIT_SECONDS, 1, 3_600));
  }

  private enum Recordings {
    IN_EVENTS,
    APART
  }

  private static Place place(Settings settings) {
    String place = settings.required(Variable.HOGFLARE_ICEBERG_CATALOG);
    if (!place.contains("://")) {
      return new Local(Path.of(place));
    }
    Map<String, String> properties =
        settings
            .parsed(Variable.HOGFLARE_ICEBERG_PROPERTIES, IcebergSinkConfig::properties)
            .orElse(Map.of());
    return new Rest(
        settings.url(Variable.HOGFLARE_ICEBERG_CATALOG),
        settings.optional(Variable.HOGFLARE_ICEBERG_WAREHOUSE),
        settings.optional(Variable.HOGFLARE_ICEBERG_TOKEN),
        properties);
  }

  private static Map<String, String> properties(String file) {
    Properties read = new Properties();
    try (Reader reader = Files.newBufferedReader(Path.of(file))) {
      read.load(reader);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "names the file " + file + ", which cannot be read; name one with lines key=value.", e);
    }
    Map<String, String> properties = new HashMap<>();
    read.stringPropertyNames().forEach(name -> properties.put(name, read.getProperty(name)));
    return properties;
  }

  boolean recordingsApart() {
    return streams.contains(SinkStream.RECORDINGS);
  }

  Topics topics() {
    return new Topics(topicPrefix);
  }

  /** Returns the consumer group under which Kafka is told how far a table is. */
  String consumerGroup(SinkStream stream) {
    return topicPrefix + "iceberg-" + group + "-" + stream.text();
  }
}

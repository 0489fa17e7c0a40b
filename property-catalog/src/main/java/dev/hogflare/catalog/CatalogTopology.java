// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import dev.hogflare.contract.Topic;
import dev.hogflare.contract.Topics;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.Stores;

/**
 * The map of the property-catalog: event rows are counted in memory, the counts go by token over a
 * topic to where they are added up, and what they add up to is written.
 */
final class CatalogTopology implements Supplier<Topology> {
  /** The store of definitions by their key. */
  static final String DEFINITIONS = "definitions";

  /** The store of the keys whose definition is not on the topic as it is in the store. */
  static final String PENDING = "pending";

  /** Where a definition goes. */
  static final String WRITE_DEFINITION = "write-definition";

  /** Where a change goes. */
  static final String WRITE_CHANGE = "write-change";

  private static final String READ_ROWS = "read-event-rows";
  private static final String COUNT = "count-names";
  private static final String READ_COUNTS = "read-counts";
  private static final String MERGE = "add-counts-up";

  private final Topics topics;
  private final String countsTopic;
  private final Duration interval;
  private final Supplier<CountBook> books;
  private final CatalogMetrics metrics;

  CatalogTopology(
      Topics topics,
      String countsTopic,
      Duration interval,
      Supplier<CountBook> books,
      CatalogMetrics metrics) {
    this.topics = topics;
    this.countsTopic = countsTopic;
    this.interval = interval;
    this.books = books;
    this.metrics = metrics;
  }

  /** Returns the topics with the deployment's partition count that have to exist. */
  static List<Topic> topics(Topics topics, String applicationId) {
    return List.of(topics.events(), topics.definitionCounts(applicationId));
  }

  /** Returns the topics of one partition that have to exist. */
  static List<Topic> singleTopics(Topics topics) {
    return List.of(topics.definitions(), topics.schemaChanges());
  }

  @Override
  public Topology get() {
    ByteArrayDeserializer reader = new ByteArrayDeserializer();
    ByteArraySerializer writer = new ByteArraySerializer();
    return new Topology()
        .addSource(READ_ROWS, reader, reader, topics.events().name())
        .addProcessor(COUNT, () -> new CountProcessor(books, metrics), READ_ROWS)
        .addSource(READ_COUNTS, reader, reader, countsTopic)
        .addProcessor(MERGE, () -> new MergeProcessor(interval, metrics), READ_COUNTS)
        .addStateStore(
            Stores.keyValueStoreBuilder(
                    Stores.persistentKeyValueStore(DEFINITIONS),
                    Serdes.ByteArray(),
                    Serdes.ByteArray())
                .withCachingDisabled(),
            MERGE)
        .addStateStore(
            Stores.keyValueStoreBuilder(
                    Stores.persistentKeyValueStore(PENDING), Serdes.ByteArray(), Serdes.ByteArray())
                .withCachingDisabled(),
            MERGE)
        .addSink(WRITE_DEFINITION, topics.definitions().name(), writer, writer, MERGE)
        .addSink(WRITE_CHANGE, topics.schemaChanges().name(), writer, writer, MERGE);
  }
}

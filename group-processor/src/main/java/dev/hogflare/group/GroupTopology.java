// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.LookupStore;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.Stores;

/**
 * The map of the group-processor: which topic leads to which processor, store and topic.
 *
 * <p>The topic of grouped events is read and written: an event returns to it, under another key,
 * until it has visited all its groups.
 */
final class GroupTopology implements Supplier<Topology> {
  /** The store of groups by their key. */
  static final String GROUPS = "groups";

  /** Where an event goes that has groups left to visit. */
  static final String NEXT_GROUP = "send-to-next-group";

  /** Where a final row goes. */
  static final String WRITE_ROW = "write-row";

  /** Where a record goes that cannot be processed. */
  static final String WRITE_DEAD_LETTER = "write-dead-letter";

  private static final String READ = "read-grouped-events";
  private static final String VISIT = "visit-group";

  private final Topics topics;
  private final String nextGroupTopic;
  private final GroupColumns columns;
  private final GroupMetrics metrics;

  /** Creates the map for a deployment. */
  GroupTopology(Topics topics, GroupColumns columns, GroupMetrics metrics) {
    this(topics, topics.groupEvents().name(), columns, metrics);
  }

  /**
   * Creates the map with another topic for events that have groups left to visit, so that a
   * simulation can carry them between partitions itself.
   */
  GroupTopology(Topics topics, String nextGroupTopic, GroupColumns columns, GroupMetrics metrics) {
    this.topics = topics;
    this.nextGroupTopic = nextGroupTopic;
    this.columns = columns;
    this.metrics = metrics;
  }

  @Override
  public Topology get() {
    ByteArrayDeserializer reader = new ByteArrayDeserializer();
    ByteArraySerializer writer = new ByteArraySerializer();
    // A group may be larger than the broker's default of one megabyte for a record.
    Map<String, String> changelog =
        Map.of("max.message.bytes", Integer.toString(Topics.MAX_RECORD_BYTES));
    return new Topology()
        .addSource(READ, reader, reader, topics.groupEvents().name())
        .addProcessor(VISIT, () -> new GroupProcessor(columns, metrics), READ)
        .addStateStore(
            Stores.keyValueStoreBuilder(
                    LookupStore.persistent(GROUPS), Serdes.ByteArray(), Serdes.ByteArray())
                .withLoggingEnabled(changelog)
                .withCachingDisabled(),
            VISIT)
        .addSink(NEXT_GROUP, nextGroupTopic, writer, writer, VISIT)
        .addSink(WRITE_ROW, topics.events().name(), writer, writer, VISIT)
        .addSink(WRITE_DEAD_LETTER, topics.deadLetters().name(), writer, writer, VISIT);
  }
}

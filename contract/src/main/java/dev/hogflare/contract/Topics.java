// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The topics of one deployment and their settings: the only place where a topic's name is spelled.
 */
public final class Topics {
  /** The largest raw event, in bytes: what PostHog's producer takes in one message. */
  public static final int MAX_EVENT_BYTES = 1_000_000;

  /** The largest recording part, in bytes. */
  public static final int MAX_RECORDING_BYTES = 8_000_000;

  /**
   * The largest record on any of our topics, in bytes: an event with its person's and groups'
   * properties, a snapshot, or mail that carries a person.
   */
  public static final int MAX_RECORD_BYTES = 16 * 1024 * 1024;

  private static final String MAX_MESSAGE = "max.message.bytes";
  private static final Duration HOP = Duration.ofDays(14);
  private static final Duration FOREVER = Duration.ofMillis(-1);

  private final String prefix;
  private final String innerSuffix;
  private final String outputSuffix;

  /**
   * Creates the topics of a deployment whose names begin with a prefix such as {@code hogflare.}.
   */
  public Topics(String prefix) {
    this(prefix, "", "");
  }

  private Topics(String prefix, String innerSuffix, String outputSuffix) {
    this.prefix = prefix;
    this.innerSuffix = innerSuffix;
    this.outputSuffix = outputSuffix;
  }

  /**
   * Returns the topics as a generation sees them: what it writes for its own processors alone is
   * its own, what comes in and what goes out is shared.
   */
  public Topics of(Generation generation) {
    return of(generation, generation);
  }

  /**
   * Returns the topics as a generation sees them that leaves the groups to another one.
   *
   * @param groups the generation whose group-processor its events go to
   */
  Topics of(Generation generation, Generation groups) {
    return new Topics(prefix, groups.suffix(), "");
  }

  /**
   * Returns the topics as a generation sees them whose rows are kept apart, so that they can be
   * compared with those of the live one: only what comes in is shared.
   */
  public Topics shadowOf(Generation generation) {
    return new Topics(prefix, generation.suffix(), generation.suffix());
  }

  /**
   * Every event as sent; the database of the product. Stamped by the broker, because its append
   * time is our clock.
   */
  public Topic eventsRaw() {
    return deleting(prefix + "events.raw", FOREVER);
  }

  /** Session recordings as sent; the same partition count as the raw events. */
  public Topic recordingsRaw() {
    return deleting(prefix + "recordings.raw", Duration.ofDays(30));
  }

  /**
   * The lane of historical batches: what waits there for its place among the raw events, each
   * record deleted once it has one. Nothing but the gateway reads it, and a rebuild never.
   */
  public Topic historicalRaw() {
    return deleting(prefix + "historical.raw", FOREVER);
  }

  /** Returns the consumer group of all gateways that moves the lane to the raw events. */
  public String historicalLane() {
    return prefix + "historical-lane";
  }

  /**
   * Identity mail between the partitions of one person-processor; the same partition count as the
   * raw events.
   *
   * <p>Mail that expires unread is lost, so that it outlives any outage after which a raw topic's
   * backlog would be worked off.
   *
   * @param applicationId the person-processor's Kafka Streams application id
   */
  public Topic mail(String applicationId) {
    return deleting(applicationId + "-mail", HOP);
  }

  /** Returns the application id of a generation's person-processor, its consumer group as well. */
  public String personApplication(Generation generation) {
    return prefix + "person-processor" + generation.suffix();
  }

  /** Returns the application id of a generation's group-processor, its consumer group as well. */
  public String groupApplication(Generation generation) {
    return prefix + "group-processor" + generation.suffix();
  }

  /**
   * Returns the consumer group that forwards the rows which a shadow generation keeps apart.
   *
   * @param stream {@code events}, {@code recordings}, {@code persons} or {@code overrides}
   */
  public String shadowForwarder(String stream, Generation generation) {
    return prefix + "forwarder-" + stream + generation.suffix();
  }

  /** Events that still have to visit the partition of a group. */
  public Topic groupEvents() {
    return deleting(prefix + "group.events" + innerSuffix, HOP);
  }

  /** Final event rows, but those of recordings. */
  public Topic events() {
    return deleting(prefix + "events" + outputSuffix, HOP);
  }

  /**
   * Final rows of session recordings: apart from the others, because they are large, and a sink
   * that is slow with them must not hold events up.
   */
  public Topic recordings() {
    return deleting(prefix + "recordings" + outputSuffix, HOP);
  }

  /** Person snapshots. */
  public Topic persons() {
    return deleting(prefix + "persons" + outputSuffix, HOP);
  }

  /** Which person the earlier rows of a distinct id now belong to. */
  public Topic personOverrides() {
    return compacted(prefix + "person.overrides" + outputSuffix);
  }

  /** Which generations there are and what they do; one partition. */
  public Topic control() {
    return compacted(prefix + "control");
  }

  /**
   * What each stage counted, by project and hour; one partition.
   *
   * <p>Its totals are written again with every commit, so that its segments are small: the one that
   * is being written is never compacted.
   */
  public Topic ledger() {
    return rewritten(prefix + "ledger");
  }

  /**
   * What forwarders did with rows, by {@link DeliveryEntry}; one partition.
   *
   * <p>Its totals are written again with every commit, and nobody asks for those of last month.
   */
  public Topic deliveries() {
    return new Topic(
        prefix + "deliveries",
        Map.of(
            "cleanup.policy",
            "compact,delete",
            "retention.ms",
            Long.toString(Duration.ofDays(30).toMillis()),
            "segment.bytes",
            Integer.toString(16 * 1024 * 1024),
            "min.cleanable.dirty.ratio",
            "0.2",
            MAX_MESSAGE,
            Integer.toString(MAX_RECORD_BYTES)));
  }

  /** Definitions of feature flags, by {@link FlagRecordKey}; one partition. */
  public Topic flags() {
    return compacted(prefix + "flags");
  }

  /**
   * By which id a person is hashed in a flag with experience continuity, by {@link StickyIdKey};
   * one partition.
   *
   * <p>Nothing else tells these ids, so that no rebuild may touch them.
   */
  public Topic flagStickyIds() {
    return compacted(prefix + "flags.sticky.ids");
  }

  /**
   * What is known of the names of events and properties, by {@link DefinitionKey}; one partition.
   *
   * <p>A definition is written again when it has been seen again, so that its segments are small.
   */
  public Topic definitions() {
    return rewritten(prefix + "definitions");
  }

  /** What changed in the names and types that come in, by token; one partition. */
  public Topic schemaChanges() {
    return deleting(prefix + "schema.changes", Duration.ofDays(90));
  }

  /** Returns the application id of the property-catalog, its consumer group as well. */
  public String catalogApplication() {
    return prefix + "property-catalog";
  }

  /**
   * What the property-catalog counted between two commits, by token.
   *
   * @param applicationId its Kafka Streams application id
   */
  public Topic definitionCounts(String applicationId) {
    return deleting(applicationId + "-counts", HOP);
  }

  /** What could not go on, with the reason. */
  public Topic deadLetters() {
    return deleting(prefix + "dead.letters" + outputSuffix, Duration.ofDays(90));
  }

  /**
   * Returns every topic with the deployment's partition count but the mail, in the order in which
   * an event meets them.
   */
  public List<Topic> all() {
    return List.of(
        eventsRaw(),
        recordingsRaw(),
        historicalRaw(),
        groupEvents(),
        events(),
        recordings(),
        persons(),
        personOverrides(),
        deadLetters());
  }

  private static Topic compacted(String name) {
    return new Topic(
        name, Map.of("cleanup.policy", "compact", MAX_MESSAGE, Integer.toString(MAX_RECORD_BYTES)));
  }

  /** Returns a compacted topic with small segments: the one being written is never compacted. */
  private static Topic rewritten(String name) {
    return new Topic(
        name,
        Map.of(
            "cleanup.policy",
            "compact",
            "segment.bytes",
            Integer.toString(16 * 1024 * 1024),
            "min.cleanable.dirty.ratio",
            "0.2",
            MAX_MESSAGE,
            Integer.toString(MAX_RECORD_BYTES)));
  }

  /**
   * Returns a topic whose records go after a time that the broker's clock tells, and for no other
   * reason: a broker's own limit in bytes would eat the database.
   *
   * <p>With the producers' clock a replay of an old log would write records that are expired the
   * moment they are written.
   */
  private static Topic deleting(String name, Duration retention) {
    return new Topic(
        name,
        Map.of(
            "cleanup.policy",
            "delete",
            "retention.ms",
            Long.toString(retention.toMillis()),
            "retention.bytes",
            "-1",
            "message.timestamp.type",
            "LogAppendTime",
            MAX_MESSAGE,
            Integer.toString(MAX_RECORD_BYTES)));
  }
}

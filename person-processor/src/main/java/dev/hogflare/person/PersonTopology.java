// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.Topic;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.LookupStore;
import dev.hogflare.runtime.RecentKeyStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.AutoOffsetReset;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.TimestampExtractor;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The data flow of the person-processor: one sub-topology that reads raw events and mail, and
 * writes mail, rows and snapshots.
 *
 * <pre>
 * events.raw ─────┐                  ┌─► mail
 * recordings.raw ─┼─► resolve-person ┼─► events, group.events, recordings
 * mail ───────────┘   actors, parked └─► persons, person.overrides, dead.letters
 *                     claims, seen,
 *                     generation
 * </pre>
 */
public final class PersonTopology implements Supplier<Topology> {
  /** The state of every distinct id. */
  public static final String ACTORS = "actors";

  static final String PARKED = "parked";
  static final String CLAIMS = "claims";
  static final String SEEN = "seen-keys";
  static final String GENERATION = "generation";
  static final String RESOLVE = "resolve-person";
  static final String MAIL_SINK = "mail-sink";
  static final String EVENTS_SINK = "events-sink";
  static final String GROUP_EVENTS_SINK = "group-events-sink";
  static final String RECORDINGS_SINK = "recordings-sink";
  static final String PERSONS_SINK = "persons-sink";
  static final String OVERRIDES_SINK = "overrides-sink";
  static final String DEAD_LETTERS_SINK = "dead-letters-sink";

  private static final ByteArrayDeserializer IN = new ByteArrayDeserializer();
  private static final ByteArraySerializer OUT = new ByteArraySerializer();
  private static final Map<String, String> LARGE_RECORDS =
      Map.of("max.message.bytes", Integer.toString(Topics.MAX_RECORD_BYTES));

  private final PersonConfig config;
  private final GenerationRecord generation;
  private final Topics topics;
  private final PersonMetrics metrics;
  private final IdentityProtocol protocol;
  private final Mail mail;
  private final Function<String, KeyValueBytesStoreSupplier> stores;

  /** Creates the topology of a deployment that has had one generation only. */
  public PersonTopology(PersonConfig config, Topics topics, PersonMetrics metrics) {
    this(config, GenerationRecord.first(), topics, metrics);
  }

  /**
   * Creates the topology of production, in which mail comes in on the topic that it goes out on.
   *
   * @param config the settings of the generation
   * @param topics the topics as the generation sees them
   */
  public PersonTopology(
      PersonConfig config, GenerationRecord generation, Topics topics, PersonMetrics metrics) {
    this(
        config,
        generation,
        topics,
        metrics,
        new IdentityProtocol(),
        new Mail(mail(config, topics).name(), mail(config, topics).name()),
        onDisk(config));
  }

  /** Creates a topology with parts of a test's choice. */
  PersonTopology(
      PersonConfig config,
      GenerationRecord generation,
      Topics topics,
      PersonMetrics metrics,
      IdentityProtocol protocol,
      Mail mail,
      Function<String, KeyValueBytesStoreSupplier> stores) {
    this.config = config;
    this.generation = generation;
    this.topics = topics;
    this.metrics = metrics;
    this.protocol = protocol;
    this.mail = mail;
    this.stores = stores;
  }

  /**
   * The topics of mail.
   *
   * <p>A test driver hands records of a topic that is both read and written straight back to
   * itself; with two topics a test carries the mail between several drivers, one for each
   * partition.
   *
   * @param in where it is read
   * @param out where it is written; the same in production
   */
  record Mail(String in, String out) {}

  /** Returns the mail topic of an application. */
  public static Topic mail(PersonConfig config, Topics topics) {
    return topics.mail(config.streams().applicationId());
  }

  /** Returns the topics that have to exist, all with the same number of partitions. */
  public static List<Topic> topics(PersonConfig config, Topics topics) {
    return List.of(
        topics.eventsRaw(),
        topics.recordingsRaw(),
        mail(config, topics),
        topics.events(),
        topics.groupEvents(),
        topics.recordings(),
        topics.persons(),
        topics.personOverrides(),
        topics.deadLetters());
  }

  @Override
  public Topology get() {
    Topology topology = new Topology();
    topology.addSource(AutoOffsetReset.earliest(), "raw-events", IN, IN, topics.eventsRaw().name());
    topology.addSource(
        AutoOffsetReset.earliest(), "raw-recordings", IN, IN, topics.recordingsRaw().name());
    topology.addSource(AutoOffsetReset.earliest(), "mail", new CausalTime(), IN, IN, mail.in());
    topology.addProcessor(
        RESOLVE,
        () ->
            new PersonProcessor(
                config, generation, metrics, protocol, topics.eventsRaw().name(), mail.in()),
        "raw-events",
        "raw-recordings",
        "mail");
    topology.addStateStore(keyValue(ACTORS), RESOLVE);
    topology.addStateStore(keyValue(PARKED), RESOLVE);
    topology.addStateStore(gate(), RESOLVE);
    topology.addStateStore(keyValue(CLAIMS), RESOLVE);
    if (!config.dedupWindow().isZero()) {
      topology.addStateStore(seen(), RESOLVE);
    }
    topology.addSink(MAIL_SINK, mail.out(), OUT, OUT, RESOLVE);
    topology.addSink(EVENTS_SINK, topics.events().name(), OUT, OUT, RESOLVE);
    topology.addSink(GROUP_EVENTS_SINK, topics.groupEvents().name(), OUT, OUT, RESOLVE);
    topology.addSink(RECORDINGS_SINK, topics.recordings().name(), OUT, OUT, RESOLVE);
    topology.addSink(PERSONS_SINK, topics.persons().name(), OUT, OUT, RESOLVE);
    topology.addSink(OVERRIDES_SINK, topics.personOverrides().name(), OUT, OUT, RESOLVE);
    topology.addSink(DEAD_LETTERS_SINK, topics.deadLetters().name(), OUT, OUT, RESOLVE);
    return topology;
  }

  private StoreBuilder<KeyValueStore<Bytes, byte[]>> keyValue(String name) {
    return Stores.keyValueStoreBuilder(stores.apply(name), Serdes.Bytes(), Serdes.ByteArray())
        .withLoggingEnabled(LARGE_RECORDS)
        .withCachingDisabled();
  }

  /** Two keys a task, which need no folder. */
  private static StoreBuilder<KeyValueStore<Bytes, byte[]>> gate() {
    return Stores.keyValueStoreBuilder(
            Stores.inMemoryKeyValueStore(GENERATION), Serdes.Bytes(), Serdes.ByteArray())
        .withLoggingEnabled(Map.of())
        .withCachingDisabled();
  }

  /** The changelog holds each key once, so that nothing in it can be compacted. */
  private StoreBuilder<KeyValueStore<Bytes, byte[]>> seen() {
    // By the time of writing: a rebuild writes keys of old events, which it still needs after a
    // crash.
    return Stores.keyValueStoreBuilder(stores.apply(SEEN), Serdes.Bytes(), Serdes.ByteArray())
        .withLoggingEnabled(
            Map.of(
                "cleanup.policy",
                "delete",
                "retention.ms",
                Long.toString(kept(config).plus(config.dedupWindow()).plusDays(1).toMillis()),
                "message.timestamp.type",
                "LogAppendTime"))
        .withCachingDisabled();
  }

  private static Function<String, KeyValueBytesStoreSupplier> onDisk(PersonConfig config) {
    return name ->
        name.equals(SEEN)
            ? RecentKeyStore.persistent(name, kept(config))
            : LookupStore.persistent(name);
  }

  /**
   * The window before the current one has to be there as a whole, and the one before that for an
   * event that comes out of turn.
   */
  private static Duration kept(PersonConfig config) {
    return config.dedupWindow().multipliedBy(2);
  }

  /**
   * Gives mail the append time of the event behind it.
   *
   * <p>Kafka Streams takes the record with the lowest time first. The broker stamps mail when it is
   * written, so that in a replay of an old log all raw records would come before any mail, and
   * newcomers would wait for the end of history.
   */
  static final class CausalTime implements TimestampExtractor {
    @Override
    public long extract(ConsumerRecord<Object, Object> record, long partitionTime) {
      long appendedAt =
          record.value() instanceof byte[] value ? MessageCodec.appendedAt(value) : -1;
      if (appendedAt < 0) {
        return Math.max(0, partitionTime);
      }
      // Never later than the mail itself, so that a damaged one cannot hold back those behind it.
      return record.timestamp() < 0 ? appendedAt : Math.min(appendedAt, record.timestamp());
    }
  }
}

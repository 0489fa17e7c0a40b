// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.StreamsSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.test.TestRecord;

/** One partition of the person-processor: the real topology in a test driver of its own. */
final class Partition implements AutoCloseable {
  static final Topics TOPICS = new Topics("hogflare.");
  private static final String MAIL_IN = "mail-in";
  private static final String MAIL_OUT = "mail-out";

  final PersonMetrics metrics;
  private final Topics topics;
  private final Path stateDir;
  private final TopologyTestDriver driver;
  private final TestInputTopic<byte[], byte[]> raw;
  private final TestInputTopic<byte[], byte[]> recordings;
  private final TestInputTopic<byte[], byte[]> mail;

  Partition() {
    this(config(Duration.ofHours(24), PersonConfig.Snapshots.ALL), new IdentityProtocol());
  }

  Partition(PersonConfig config, IdentityProtocol protocol) {
    this(config, GenerationRecord.first(), protocol);
  }

  Partition(PersonConfig config, GenerationRecord generation, IdentityProtocol protocol) {
    metrics = new PersonMetrics(new SimpleMeterRegistry(), generation.generation());
    topics = generation.topics(TOPICS);
    PersonTopology topology =
        new PersonTopology(
            config,
            generation,
            topics,
            metrics,
            protocol,
            new PersonTopology.Mail(MAIL_IN, MAIL_OUT),
            Stores::inMemoryKeyValueStore);
    Properties properties = new Properties();
    properties.put("application.id", "simulation");
    properties.put("bootstrap.servers", "nowhere:1");
    stateDir = config.dedupWindow().isZero() ? null : newFolder();
    if (stateDir != null) {
      properties.put("state.dir", stateDir.toString());
    }
    driver = new TopologyTestDriver(topology.get(), properties, Instant.EPOCH);
    raw = input(topics.eventsRaw().name());
    recordings = input(topics.recordingsRaw().name());
    mail = input(MAIL_IN);
  }

  static PersonConfig config(Duration dedup, PersonConfig.Snapshots snapshots) {
    StreamsSettings streams =
        new StreamsSettings(
            "simulation", "1", Path.of("unused"), 1, Duration.ofMillis(100), 1, Optional.empty());
    return new PersonConfig(streams, Optional.empty(), snapshots, dedup);
  }

  private static Path newFolder() {
    try {
      return Files.createTempDirectory("hogflare-partition");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private TestInputTopic<byte[], byte[]> input(String topic) {
    return driver.createInputTopic(topic, new ByteArraySerializer(), new ByteArraySerializer());
  }

  void takeRaw(RawEvent event, long appendedAt) {
    raw.pipeInput(record(event, appendedAt));
  }

  void takeRecording(RawEvent event, long appendedAt) {
    recordings.pipeInput(record(event, appendedAt));
  }

  void takeRaw(TestRecord<byte[], byte[]> record) {
    raw.pipeInput(record);
  }

  /** Passes a marker in both raw topics. */
  void takeMarkers(RawCommand.Cutover cutover, long appendedAt) {
    TestRecord<byte[], byte[]> marker = marker(cutover, appendedAt);
    raw.pipeInput(marker);
    recordings.pipeInput(marker);
  }

  /** Returns a marker as it stands in a raw topic. */
  static TestRecord<byte[], byte[]> marker(RawCommand.Cutover cutover, long appendedAt) {
    RecordHeaders headers = new RecordHeaders();
    cutover.writeHeader(headers);
    return new TestRecord<>(null, cutover.toJson(), headers, Instant.ofEpochMilli(appendedAt));
  }

  static TestRecord<byte[], byte[]> record(RawEvent event, long appendedAt) {
    RecordHeaders headers = new RecordHeaders();
    event.writeHeaders(headers);
    return new TestRecord<>(
        event.key().toBytes(), event.json(), headers, Instant.ofEpochMilli(appendedAt));
  }

  void takeMail(TestRecord<byte[], byte[]> message) {
    mail.pipeInput(message.key(), message.value());
  }

  List<TestRecord<byte[], byte[]>> sentMail() {
    return output(MAIL_OUT);
  }

  List<TestRecord<byte[], byte[]>> events() {
    return output(topics.events().name());
  }

  List<TestRecord<byte[], byte[]>> recordings() {
    return output(topics.recordings().name());
  }

  List<TestRecord<byte[], byte[]>> groupEvents() {
    return output(topics.groupEvents().name());
  }

  List<TestRecord<byte[], byte[]>> persons() {
    return output(topics.persons().name());
  }

  List<TestRecord<byte[], byte[]>> overrides() {
    return output(topics.personOverrides().name());
  }

  List<TestRecord<byte[], byte[]>> deadLetters() {
    return output(topics.deadLetters().name());
  }

  private List<TestRecord<byte[], byte[]>> output(String topic) {
    TestOutputTopic<byte[], byte[]> out =
        driver.createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    return out.readRecordsToList();
  }

  /** Returns the states of this partition's actors by name. */
  Map<String, ActorState> actors() {
    Map<String, ActorState> actors = new TreeMap<>();
    KeyValueStore<Bytes, byte[]> store = driver.getKeyValueStore(PersonTopology.ACTORS);
    try (var all = store.all()) {
      all.forEachRemaining(
          entry -> {
            ActorState state = StateCodec.decode(entry.value);
            if (state != null) {
              actors.put(name(entry.key.get()), state);
            }
          });
    }
    return actors;
  }

  /** Returns the name of an actor from the key of its state or override. */
  static String name(byte[] key) {
    String text = new String(key, StandardCharsets.UTF_8);
    return text.substring(text.indexOf('\0') + 1);
  }

  /** Returns a deletion as it stands in a raw topic. */
  static TestRecord<byte[], byte[]> deletion(String id, long appendedAt) {
    RawCommand.DeletePerson delete = new RawCommand.DeletePerson(appendedAt * 1_000);
    RecordHeaders headers = new RecordHeaders();
    delete.writeHeader(headers);
    return new TestRecord<>(
        new ActorKey(Events.TOKEN, id).toBytes(),
        delete.toJson(),
        headers,
        Instant.ofEpochMilli(appendedAt));
  }

  /** Overwrites the state of an actor with what no program has written. */
  void damage(String id) {
    KeyValueStore<Bytes, byte[]> store = driver.getKeyValueStore(PersonTopology.ACTORS);
    store.put(Bytes.wrap(new ActorKey(Events.TOKEN, id).toBytes()), new byte[] {99});
  }

  /** Returns how many messages are parked. */
  int parked() {
    return count(PersonTopology.PARKED, key -> true);
  }

  /** Returns how many records of questions that wait for a claim there are. */
  int waiting() {
    return count(PersonTopology.CLAIMS, key -> isQuestion(key));
  }

  /**
   * A key of an actor ends with its name; behind those of its questions a NUL and numbers follow.
   */
  private static boolean isQuestion(byte[] key) {
    String name = name(key);
    int end = name.indexOf('\0');
    return end >= 0 && !name.substring(end + 1).matches("[0-9]+");
  }

  private int count(String name, Predicate<byte[]> counted) {
    KeyValueStore<Bytes, byte[]> store = driver.getKeyValueStore(name);
    int count = 0;
    try (var all = store.all()) {
      while (all.hasNext()) {
        count += counted.test(all.next().key.get()) ? 1 : 0;
      }
    }
    return count;
  }

  @Override
  public void close() {
    driver.close();
    if (stateDir != null) {
      try {
        Utils.delete(stateDir.toFile());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}

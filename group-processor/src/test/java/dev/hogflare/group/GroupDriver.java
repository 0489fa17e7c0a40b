// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.GroupKey;
import dev.hogflare.contract.GroupedEvent;
import dev.hogflare.contract.GroupedEvent.Pending;
import dev.hogflare.contract.Stamp;
import dev.hogflare.contract.Topics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.test.TestRecord;

/** One partition of the real topology, fed and read by a test. */
final class GroupDriver implements AutoCloseable {
  static final Topics TOPICS = new Topics("test.");
  static final List<String> SLOTS = List.of("company", "project", "", "", "");

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Path stateDir;
  private final TopologyTestDriver driver;
  private final TestInputTopic<byte[], byte[]> input;

  /** Creates a partition whose events return to it by themselves. */
  GroupDriver() {
    this(TOPICS.groupEvents().name());
  }

  /** Creates a partition that sends events on to a topic, which the test reads. */
  GroupDriver(String nextGroupTopic) {
    try {
      stateDir = Files.createTempDirectory("group-driver");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Properties properties = new Properties();
    properties.put("application.id", "group-test");
    properties.put("bootstrap.servers", "unused:1");
    properties.put("state.dir", stateDir.toString());
    properties.put("ensure.explicit.internal.resource.naming", true);
    GroupTopology topology =
        new GroupTopology(
            TOPICS, nextGroupTopic, new GroupColumns(SLOTS), new GroupMetrics(registry));
    driver = new TopologyTestDriver(topology.get(), properties);
    input =
        driver.createInputTopic(
            TOPICS.groupEvents().name(), new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** Returns an event of one person, whose row names it. */
  static GroupedEvent event(String name, Stamp stamp, Pending... pending) {
    return new GroupedEvent(
        new ActorKey("phc_a", "user-1"),
        bytes("{\"event\":\"" + name + "\"}"),
        stamp,
        stamp.appendedAt() * 1_000,
        List.of(pending),
        List.of());
  }

  static Pending group(String type, String key) {
    return new Pending(type, key, null);
  }

  static Pending group(String type, String key, String set) {
    return new Pending(type, key, bytes(set));
  }

  static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  void send(GroupedEvent event) {
    Headers headers = new RecordHeaders();
    event.writeHeaders(headers);
    send(event.visitKey().toBytes(), event.row(), headers, event.stamp().appendedAt());
  }

  void send(byte[] key, byte[] value, Headers headers, long timestamp) {
    input.pipeInput(new TestRecord<>(key, value, headers, timestamp));
  }

  /** Returns the records that were written to a topic since the last call. */
  List<TestRecord<byte[], byte[]>> read(String topic) {
    if (!driver.producedTopicNames().contains(topic)) {
      return List.of();
    }
    return driver
        .createOutputTopic(topic, new ByteArrayDeserializer(), new ByteArrayDeserializer())
        .readRecordsToList();
  }

  /** Returns the final rows that were written since the last call. */
  List<String> rows() {
    return read(TOPICS.events().name()).stream()
        .map(record -> new String(record.value(), UTF_8))
        .toList();
  }

  /** Returns the one dead letter that was written since the last call. */
  TestRecord<byte[], byte[]> deadLetter() {
    List<TestRecord<byte[], byte[]>> letters = read(TOPICS.deadLetters().name());
    if (letters.size() != 1) {
      throw new AssertionError("Expected one dead letter, not " + letters.size() + ".");
    }
    return letters.get(0);
  }

  static DeadLetter reason(TestRecord<byte[], byte[]> letter) {
    return DeadLetter.read(letter.headers());
  }

  /** Returns the stored bytes of a group, or null. */
  byte[] stored(String type, String key) {
    return driver
        .<byte[], byte[]>getKeyValueStore(GroupTopology.GROUPS)
        .get(new GroupKey("phc_a", type, key).toBytes());
  }

  /** Returns every stored group by its key. */
  Map<byte[], byte[]> groups() {
    Map<byte[], byte[]> groups = new LinkedHashMap<>();
    try (KeyValueIterator<byte[], byte[]> all =
        driver.<byte[], byte[]>getKeyValueStore(GroupTopology.GROUPS).all()) {
      all.forEachRemaining(group -> groups.put(group.key, group.value));
    }
    return groups;
  }

  void store(String type, String key, byte[] group) {
    driver
        .<byte[], byte[]>getKeyValueStore(GroupTopology.GROUPS)
        .put(new GroupKey("phc_a", type, key).toBytes(), group);
  }

  /** Returns a counter's value over all its tags; 0 only if the counter exists. */
  long count(String name, String... tags) {
    return Math.round(
        registry.get(name).tags(tags).counters().stream().mapToDouble(Counter::count).sum());
  }

  /** Fails unless what came in is what went out. */
  void checkEquation() {
    long received = count("hogflare_group_received_total");
    long out =
        count("hogflare_group_forwarded_total")
            + count("hogflare_group_rows_total")
            + count("hogflare_group_muted_total")
            + count("hogflare_group_dead_letters_total");
    if (received != out) {
      throw new AssertionError("Received " + received + " records and accounted for " + out + ".");
    }
  }

  @Override
  public void close() {
    driver.close();
    try (Stream<Path> files = Files.walk(stateDir)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

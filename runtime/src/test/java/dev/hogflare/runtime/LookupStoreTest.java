// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.query.KeyQuery;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.query.PositionBound;
import org.apache.kafka.streams.query.QueryConfig;
import org.apache.kafka.streams.query.QueryResult;
import org.apache.kafka.streams.query.RangeQuery;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LookupStoreTest {
  private static final QueryConfig CONFIG = new QueryConfig(false);
  private static final int WRITES = 20_000;

  @TempDir Path folder;

  @Test
  void findsWhatWasWritten() {
    try (TopologyTestDriver driver = driver()) {
      input(driver).pipeInput(new byte[] {1}, new byte[] {7});
      KeyValueStore<Bytes, byte[]> store = driver.getKeyValueStore("store");
      assertThat(find(store, 1)).containsExactly(7);
      assertThat(find(store, 2)).isNull();
      QueryResult<KeyValueIterator<Bytes, byte[]>> all =
          store.query(RangeQuery.withNoBounds(), PositionBound.unbounded(), CONFIG);
      try (KeyValueIterator<Bytes, byte[]> entries = all.getResult()) {
        assertThat(entries.next().key).isEqualTo(Bytes.wrap(new byte[] {1}));
      }
      assertThat(
              store
                  .query(
                      KeyQuery.<Bytes, byte[]>withKey(Bytes.wrap(new byte[] {1})),
                      PositionBound.at(Position.emptyPosition().withComponent("in", 0, 99)),
                      CONFIG)
                  .isFailure())
          .as("a bound that the store has not reached")
          .isTrue();
    }
  }

  @Test
  void doesWhatAStoreDoes() {
    try (TopologyTestDriver driver = driver()) {
      KeyValueStore<Bytes, byte[]> store = driver.getKeyValueStore("store");
      Bytes key = Bytes.wrap(new byte[] {1});
      store.putAll(List.of(KeyValue.pair(key, new byte[] {1})));
      assertThat(store.putIfAbsent(key, new byte[] {2})).containsExactly(1);
      try (KeyValueIterator<Bytes, byte[]> range = store.range(key, key)) {
        assertThat(range.next().value).containsExactly(1);
      }
      assertThat(store.delete(key)).containsExactly(1);
      assertThat(store.get(key)).isNull();
      assertThat(store.persistent()).isTrue();
      assertThat(store.isOpen()).isTrue();
    }
  }

  /** With Kafka's own store the two threads stop within the first few thousand writes. */
  @Test
  void aLookupAndAWriteNeverStopEachOther() throws InterruptedException {
    TopologyTestDriver driver = driver();
    KeyValueStore<Bytes, byte[]> store = driver.getKeyValueStore("store");
    TestInputTopic<byte[], byte[]> input = input(driver);
    Thread writer =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  for (int n = 0; n < WRITES; n++) {
                    input.pipeInput(new byte[] {(byte) n}, new byte[] {1});
                  }
                });
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              while (writer.isAlive()) {
                find(store, 1);
              }
            });
    assertThat(writer.join(Duration.ofSeconds(60))).as("the writes came to an end").isTrue();
    // Not closed otherwise: that would wait for the stopped threads as well.
    driver.close();
  }

  private static byte[] find(KeyValueStore<Bytes, byte[]> store, int key) {
    return store
        .query(
            KeyQuery.<Bytes, byte[]>withKey(Bytes.wrap(new byte[] {(byte) key})),
            PositionBound.unbounded(),
            CONFIG)
        .getResult();
  }

  private TopologyTestDriver driver() {
    Topology topology = new Topology();
    topology.addSource("in", new ByteArrayDeserializer(), new ByteArrayDeserializer(), "in");
    topology.addProcessor("write", Write::new, "in");
    topology.addStateStore(
        Stores.keyValueStoreBuilder(
            LookupStore.persistent("store"), Serdes.Bytes(), Serdes.ByteArray()),
        "write");
    Properties properties = new Properties();
    properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
    properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "nowhere:1");
    properties.put(StreamsConfig.STATE_DIR_CONFIG, folder.toString());
    return new TopologyTestDriver(topology, properties);
  }

  private static TestInputTopic<byte[], byte[]> input(TopologyTestDriver driver) {
    return driver.createInputTopic("in", new ByteArraySerializer(), new ByteArraySerializer());
  }

  private static final class Write extends ContextualProcessor<byte[], byte[], Void, Void> {
    @Override
    public void process(Record<byte[], byte[]> record) {
      KeyValueStore<Bytes, byte[]> store = context().getStateStore("store");
      store.put(Bytes.wrap(record.key()), record.value());
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.TaskCorruptedException;
import org.apache.kafka.streams.processor.BatchingStateRestoreCallback;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecentKeyStoreTest {
  private static final Duration KEPT = Duration.ofMillis(200);
  private static final byte[] SOME = {7};
  private static final TopicPartition CHANGELOG = new TopicPartition("app-seen-changelog", 3);

  @TempDir Path stateDir;

  private Path folder;
  private KeyValueStore<Bytes, byte[]> store;

  @BeforeEach
  void createTheFolderOfTheTask() throws IOException {
    folder = Files.createDirectories(stateDir.resolve("app").resolve("0_3"));
  }

  @AfterEach
  void close() {
    if (store != null && store.isOpen()) {
      store.close();
    }
  }

  private void open() {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "app");
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "unused:1");
    MockProcessorContext<Object, Object> context =
        new MockProcessorContext<>(settings, new TaskId(0, 3), folder.toFile());
    store = RecentKeyStore.persistent("seen", KEPT).get();
    store.init(context.getStateStoreContext(), store);
  }

  private static Bytes key(long time, long number) {
    return Bytes.wrap(ByteBuffer.allocate(16).putLong(time).putLong(number).array());
  }

  @Test
  void knowsTheKeysOfEachTime() {
    open();
    store.put(key(100, 1), SOME);
    assertThat(store.get(key(100, 1))).isNotNull();
    assertThat(store.get(key(100, 2))).isNull();
    assertThat(store.get(key(0, 1))).as("of another time").isNull();
    assertThat(store.putIfAbsent(key(100, 1), SOME)).isNotNull();
    assertThat(store.putIfAbsent(key(0, 1), SOME)).isNull();
    assertThat(store.get(key(0, 1))).isNotNull();
    assertThat(store.approximateNumEntries()).isEqualTo(2);
  }

  @Test
  void forgetsWhatIsOlderThanTheNewestByMoreThanItKeeps() {
    open();
    store.put(key(100, 1), SOME);
    store.put(key(200, 1), SOME);
    store.put(key(300, 1), SOME);
    assertThat(store.get(key(100, 1))).as("just as old as is kept").isNotNull();
    store.put(key(400, 1), SOME);
    assertThat(store.get(key(100, 1))).isNull();
    assertThat(store.get(key(200, 1))).isNotNull();
    store.put(key(100, 2), SOME);
    assertThat(store.get(key(100, 2))).as("too old to be kept").isNull();
  }

  @Test
  void holdsExactlyWhatASetWouldHoldOverRestarts() {
    Random random = new Random(20_261_201);
    Map<Long, Set<Long>> expected = new HashMap<>();
    long now = 0;
    for (int run = 0; run < 4; run++) {
      open();
      for (int i = 0; i < 20_000; i++) {
        now += random.nextInt(5_000) == 0 ? 100 : 0;
        long time = Math.max(0, now - 100L * random.nextInt(3));
        long number = random.nextInt(30_000);
        boolean known = expected.computeIfAbsent(time, t -> new HashSet<>()).contains(number);
        assertThat(store.get(key(time, number)) != null).isEqualTo(known);
        store.put(key(time, number), SOME);
        expected.get(time).add(number);
      }
      store.commit(Map.of(CHANGELOG, (long) run));
      store.close();
    }
  }

  @Test
  void keepsTheOffsetsOfItsChangelog() {
    open();
    assertThat(store.committedOffset(CHANGELOG)).isNull();
    store.commit(Map.of(CHANGELOG, 41L));
    store.close();
    open();
    assertThat(store.committedOffset(CHANGELOG)).isEqualTo(41);
    Map<TopicPartition, Long> unknown = new HashMap<>();
    unknown.put(CHANGELOG, null);
    store.commit(unknown);
    assertThat(store.committedOffset(CHANGELOG)).isNull();
  }

  @Test
  void isAsItWasClosedLastAfterAKillBeforeAnythingWasFlushed() throws Exception {
    open();
    store.put(key(100, 1), SOME);
    store.commit(Map.of(CHANGELOG, 1L));
    store.close();
    open();
    store.put(key(100, 2), SOME);
    store.commit(Map.of(CHANGELOG, 2L));
    kill();

    open();
    assertThat(store.committedOffset(CHANGELOG)).isEqualTo(1);
    assertThat(store.get(key(100, 1))).isNotNull();
    assertThat(store.get(key(100, 2))).isNull();
  }

  @Test
  void isCorruptedAfterACloseWithKeysThatWereNotCommitted() {
    open();
    store.put(key(100, 1), SOME);
    store.commit(Map.of(CHANGELOG, 1L));
    store.put(key(100, 2), SOME);
    store.close();
    assertThatThrownBy(this::open).isInstanceOf(TaskCorruptedException.class);
  }

  @Test
  void hasNoOffsetsAnyMoreAfterACommitWithoutAny() {
    open();
    store.commit(Map.of(CHANGELOG, 1L));
    store.commit(Map.of());
    assertThat(store.committedOffset(CHANGELOG)).isNull();
    store.close();
    open();
    assertThat(store.committedOffset(CHANGELOG)).isNull();
  }

  @Test
  void isCorruptedAfterAKillThatLeavesKeysWithoutTheirOffset() throws Exception {
    open();
    byte[] key = new byte[1_000];
    for (int i = 0; i < 40_000; i++) {
      store.put(Bytes.wrap(ByteBuffer.wrap(key).putLong(100).putLong(i).array().clone()), SOME);
    }
    kill();

    assertThatThrownBy(this::open).isInstanceOf(TaskCorruptedException.class);
    assertThat(store.isOpen()).isFalse();
  }

  /** Goes on with the files as they are while the store is open. */
  private void kill() throws IOException {
    Path left = Files.createDirectories(stateDir.resolve("left").resolve("0_3"));
    copy(folder.resolve("rocksdb"), left.resolve("rocksdb"));
    store.close();
    folder = left;
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        if (!file.endsWith("LOCK")) {
          Files.createDirectories(to.resolve(from.relativize(file)).getParent());
          Files.copy(file, to.resolve(from.relativize(file)));
        }
      }
    }
  }

  @Test
  void isRestoredFromItsChangelog() {
    open();
    BatchingStateRestoreCallback callback = ((RecentKeyStore) store).restorer();
    callback.restoreAll(
        List.of(
            KeyValue.pair(key(100, 1).get(), SOME),
            KeyValue.pair(key(400, 1).get(), SOME),
            KeyValue.pair(key(100, 2).get(), SOME)));
    callback.restore(key(400, 2).get(), SOME);
    assertThat(store.get(key(400, 1))).isNotNull();
    assertThat(store.get(key(400, 2))).isNotNull();
    assertThat(store.get(key(100, 1))).isNull();
  }

  @Test
  void refusesWhatItIsNotMadeFor() {
    open();
    assertThatThrownBy(() -> store.put(key(1, 1), null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("seen");
    assertThatThrownBy(() -> store.delete(key(1, 1)))
        .isInstanceOf(UnsupportedOperationException.class);
    assertThatThrownBy(store::all).isInstanceOf(UnsupportedOperationException.class);
  }
}

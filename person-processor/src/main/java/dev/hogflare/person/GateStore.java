// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.Generation;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.RawCommand;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Knows for each raw topic of a task on which side of a cutover the task is.
 *
 * <p>The side changes at a marker that stands in the topic itself and is stored in the transaction
 * that passes the marker, so that every record is on one side for good, whatever is restarted when.
 */
final class GateStore {
  private static final byte[] OPENED = {1};
  private static final byte[] CLOSED = {2};

  private final GenerationRecord generation;
  private final int partition;
  private final KeyValueStore<Bytes, byte[]> store;
  private final Map<String, Side> sides = new HashMap<>();

  /** What a generation does with a raw record. */
  enum Side {
    /** It learns from it, and another generation writes the rows. */
    MUTED,
    /** It writes the rows. */
    OPEN,
    /** It ignores it: another generation does all. */
    CLOSED
  }

  /** Creates the gate of a task. */
  GateStore(GenerationRecord generation, int partition, KeyValueStore<Bytes, byte[]> store) {
    this.generation = generation;
    this.partition = partition;
    this.store = store;
  }

  /** Returns the side of a raw record. */
  Side side(String topic, long offset) {
    Side side = sides.computeIfAbsent(topic, this::stored);
    return side == Side.MUTED && offset >= openFrom(topic) ? Side.OPEN : side;
  }

  private Side stored(String topic) {
    byte[] stored = store.get(key(topic));
    if (stored == null) {
      return generation.startsMuted() ? Side.MUTED : Side.OPEN;
    }
    return stored[0] == CLOSED[0] ? Side.CLOSED : Side.OPEN;
  }

  /** Returns the offset that a generation without a predecessor was told to begin to write at. */
  private long openFrom(String topic) {
    List<Long> offsets = generation.setup().openFrom().get(topic);
    return offsets == null || partition >= offsets.size() ? Long.MAX_VALUE : offsets.get(partition);
  }

  /** Passes a marker: it opens one generation, closes another, and means nothing to the rest. */
  void pass(String topic, RawCommand.Cutover cutover) {
    Generation own = generation.generation();
    if (cutover.to().equals(own)) {
      change(topic, Side.OPEN, OPENED);
    } else if (cutover.from().equals(own)) {
      change(topic, Side.CLOSED, CLOSED);
    }
  }

  private void change(String topic, Side side, byte[] stored) {
    store.put(key(topic), stored);
    sides.put(topic, side);
  }

  private static Bytes key(String topic) {
    return Bytes.wrap(topic.getBytes(StandardCharsets.UTF_8));
  }
}

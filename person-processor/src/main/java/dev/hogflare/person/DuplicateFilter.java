// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Remembers the events of at least the last window by token and uuid.
 *
 * <p>Time is cut into windows by the append time. An event is looked for in its own window and the
 * one before, in a store that forgets a whole window at once. A retry has the same key as its first
 * try, so it meets the same partition and the same store.
 */
final class DuplicateFilter {
  private static final byte[] SEEN = {1};
  private static final int UUID_BYTES = 16;

  private final KeyValueStore<Bytes, byte[]> store;
  private final long windowMillis;

  /**
   * Creates a filter.
   *
   * @param store holds keys that begin with the eight bytes of the time at which their window
   *     begins
   */
  DuplicateFilter(KeyValueStore<Bytes, byte[]> store, Duration window) {
    this.store = store;
    this.windowMillis = window.toMillis();
  }

  /** Whether an event was noted within the window before an append time, or in the same. */
  boolean knows(String token, UUID uuid, long appendedAt) {
    long window = windowOf(appendedAt);
    return store.get(key(window, token, uuid)) != null
        || (window > 0 && store.get(key(window - windowMillis, token, uuid)) != null);
  }

  /** Notes an event. */
  void note(String token, UUID uuid, long appendedAt) {
    store.put(key(windowOf(appendedAt), token, uuid), SEEN);
  }

  private long windowOf(long appendedAt) {
    return appendedAt - Math.floorMod(appendedAt, windowMillis);
  }

  private static Bytes key(long window, String token, UUID uuid) {
    byte[] tokenBytes = token.getBytes(StandardCharsets.UTF_8);
    return Bytes.wrap(
        ByteBuffer.allocate(Long.BYTES + UUID_BYTES + tokenBytes.length)
            .putLong(window)
            .putLong(uuid.getMostSignificantBits())
            .putLong(uuid.getLeastSignificantBits())
            .put(tokenBytes)
            .array());
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.WindowStore;

/**
 * Remembers the events of at least the last window by token and uuid.
 *
 * <p>Time is cut into windows by the append time. An event is looked for in its own window and the
 * one before, which are two point lookups that a bloom filter usually answers; a whole window is
 * forgotten at once, without deleting single keys. A retry has the same key as its first try, so it
 * meets the same partition and the same store.
 */
final class DuplicateFilter {
  private static final byte[] SEEN = {1};

  private final WindowStore<Bytes, byte[]> store;
  private final long windowMillis;

  DuplicateFilter(WindowStore<Bytes, byte[]> store, Duration window) {
    this.store = store;
    this.windowMillis = window.toMillis();
  }

  /** Whether an event was noted within the window before an append time, or in the same. */
  boolean knows(String token, UUID uuid, long appendedAt) {
    Bytes key = key(token, uuid);
    long window = windowOf(appendedAt);
    return store.fetch(key, window) != null
        || (window > 0 && store.fetch(key, window - windowMillis) != null);
  }

  /** Notes an event. */
  void note(String token, UUID uuid, long appendedAt) {
    store.put(key(token, uuid), SEEN, windowOf(appendedAt));
  }

  private long windowOf(long appendedAt) {
    return appendedAt - Math.floorMod(appendedAt, windowMillis);
  }

  private static Bytes key(String token, UUID uuid) {
    byte[] tokenBytes = token.getBytes(StandardCharsets.UTF_8);
    byte[] key = new byte[16 + tokenBytes.length];
    long high = uuid.getMostSignificantBits();
    long low = uuid.getLeastSignificantBits();
    for (int i = 0; i < 8; i++) {
      key[i] = (byte) (high >>> (56 - 8 * i));
      key[8 + i] = (byte) (low >>> (56 - 8 * i));
    }
    System.arraycopy(tokenBytes, 0, key, 16, tokenBytes.length);
    return Bytes.wrap(key);
  }
}

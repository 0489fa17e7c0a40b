// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Answers what was asked a moment ago without asking again.
 *
 * <p>The moment is short, because a flag has to be right within a second of the event that changes
 * its person. A page that asks several times while it loads is what it is for. Failures are kept
 * too, so that a processor that is down costs each person one wait and not one for every request.
 */
final class CachedStateLookup implements StateLookup {
  private static final float LOAD = 0.75f;

  private final StateLookup source;
  private final long lifetimeNanos;
  private final LongSupplier clock;
  private final FlagsMetrics metrics;
  private final Map<List<String>, Kept> kept;

  /**
   * One answer.
   *
   * @param answer what was said
   * @param until until when it may be said again
   */
  private record Kept(Answer answer, long until) {}

  /**
   * Creates a cache.
   *
   * @param capacity the most answers that are kept
   * @param clock nanoseconds that never run backwards
   */
  CachedStateLookup(
      StateLookup source,
      Duration lifetime,
      int capacity,
      LongSupplier clock,
      FlagsMetrics metrics) {
    this.source = source;
    this.lifetimeNanos = lifetime.toNanos();
    this.clock = clock;
    this.metrics = metrics;
    this.kept =
        new LinkedHashMap<>(16, LOAD, false) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<List<String>, Kept> eldest) {
            return size() > capacity;
          }
        };
  }

  @Override
  public Answer person(String token, String distinctId) {
    return find("person", List.of(token, distinctId), () -> source.person(token, distinctId));
  }

  @Override
  public Answer group(String token, String type, String key) {
    return find("group", List.of(token, type, key), () -> source.group(token, type, key));
  }

  private Answer find(String kind, List<String> key, Supplier<Answer> ask) {
    long now = clock.getAsLong();
    synchronized (kept) {
      Kept known = kept.get(key);
      if (known != null && known.until() - now > 0) {
        metrics.lookup(kind, "kept");
        return known.answer();
      }
    }
    // Not within the lock: others must not wait for this answer.
    Answer answer = ask.get();
    synchronized (kept) {
      kept.remove(key);
      kept.put(key, new Kept(answer, now + lifetimeNanos));
    }
    return answer;
  }
}

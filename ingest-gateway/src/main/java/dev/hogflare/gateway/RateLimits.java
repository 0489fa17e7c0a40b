// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * Limits how often something happens for each of any number of keys, in memory of a fixed size.
 *
 * <p>For a key it remembers one number, the time at which all that it took will be paid back (the
 * generic cell rate algorithm, which is a token bucket). A key whose time has passed is as good as
 * unknown, so that its place is given away without loss. Where a place is needed and all are in
 * use, the key that took least is forgotten: a key may be allowed too much then, and never too
 * little.
 */
final class RateLimits {
  private static final int WAYS = 8;
  private static final int LOCKS = 256;

  private final long spacing;
  private final long tolerance;
  private final long seed;
  private final int sets;
  private final long[] keys;
  private final long[] paidAt;
  private final Object[] locks = new Object[LOCKS];

  /**
   * Creates limits of which nothing is used.
   *
   * @param perSecond how often it may happen for a key in the long run
   * @param burst how often it may happen at once
   * @param places how many keys are told apart at least when all of them are busy, a power of two
   * @param seed makes it impossible to foretell which keys share places
   */
  RateLimits(int perSecond, int burst, int places, long seed) {
    this.spacing = TimeUnit.SECONDS.toNanos(1) / perSecond;
    this.tolerance = spacing * (burst - 1L);
    this.seed = seed;
    this.sets = places / WAYS;
    this.keys = new long[places];
    this.paidAt = new long[places];
    for (int i = 0; i < LOCKS; i++) {
      locks[i] = new Object();
    }
  }

  /** Returns a number that tells texts apart. */
  static long key(String one, String two) {
    long hash = 0xCBF2_9CE4_8422_2325L;
    for (byte b : one.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ b) * 0x1_0000_0001_B3L;
    }
    hash = (hash ^ 0xFF) * 0x1_0000_0001_B3L;
    for (byte b : two.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ b) * 0x1_0000_0001_B3L;
    }
    return hash;
  }

  /**
   * Lets something happen, or not.
   *
   * @param key tells it from others
   * @param now the time in nanoseconds since any moment, more than 0
   * @return 0 if it may happen, else in how many nanoseconds it may
   */
  long take(long key, long now) {
    long mixed = mix(key ^ seed);
    int set = (int) Long.remainderUnsigned(mixed, sets);
    synchronized (locks[set % LOCKS]) {
      int place = placeOf(mixed, set * WAYS);
      long paid = Math.max(now, keys[place] == mixed ? paidAt[place] : 0);
      long wait = paid - now - tolerance;
      if (wait > 0) {
        return wait;
      }
      keys[place] = mixed;
      paidAt[place] = paid + spacing;
      return 0;
    }
  }

  /** Returns where a key is, or else the place that is missed least. */
  private int placeOf(long mixed, int first) {
    int least = first;
    for (int i = first; i < first + WAYS; i++) {
      if (keys[i] == mixed) {
        return i;
      }
      if (paidAt[i] < paidAt[least]) {
        least = i;
      }
    }
    return least;
  }

  private static long mix(long value) {
    long mixed = (value ^ (value >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D0_49BB_1331_11EBL;
    return mixed ^ (mixed >>> 31);
  }
}

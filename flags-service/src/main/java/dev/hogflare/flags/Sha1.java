// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Turns ids into numbers, as PostHog and hogflare do.
 *
 * <p>Used by one thread; one object serves a whole request, so that the digest is made once.
 */
final class Sha1 {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** The largest number of 15 hexadecimal digits, as a double: 2 to the power of 60. */
  private static final double SCALE = (double) 0xfffffffffffffffL;

  private final MessageDigest digest;
  private final byte[] bytes = new byte[20];

  Sha1() {
    try {
      digest = MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-1.", e);
    }
  }

  /**
   * Returns where an id falls by PostHog's formula, from 0 to 1: the first 15 hexadecimal digits of
   * the digest of prefix, id and salt.
   */
  double fraction(byte[] prefix, byte[] id, byte[] salt) {
    return (double) (first8Bytes(prefix, id, salt) >>> 4) / SCALE;
  }

  /**
   * Returns the bucket of an id by hogflare's published formula, from 0 to 99: the first eight
   * bytes of the digest of prefix and id, without sign, modulo 100.
   *
   * @param prefix the salt and a colon
   */
  int bucket(byte[] prefix, byte[] id) {
    return (int) Long.remainderUnsigned(first8Bytes(prefix, id, null), 100);
  }

  private long first8Bytes(byte[] prefix, byte[] id, byte[] salt) {
    digest.update(prefix);
    digest.update(id);
    if (salt != null) {
      digest.update(salt);
    }
    try {
      digest.digest(bytes, 0, bytes.length);
    } catch (DigestException e) {
      throw new IllegalStateException("A SHA-1 digest has 20 bytes.", e);
    }
    return (long) LONG.get(bytes, 0);
  }
}

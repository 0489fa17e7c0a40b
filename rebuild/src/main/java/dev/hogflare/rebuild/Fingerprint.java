// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The first 128 bits of the SHA-256 of some bytes, which stand for them in memory.
 *
 * @param high the first 64 bits
 * @param low the next 64 bits
 */
record Fingerprint(long high, long low) {
  private static final ThreadLocal<MessageDigest> SHA_256 =
      ThreadLocal.withInitial(
          () -> {
            try {
              return MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
              throw new IllegalStateException("Every Java has SHA-256.", e);
            }
          });

  /** Returns the fingerprint of several pieces of bytes, one behind the other. */
  static Fingerprint of(byte[]... pieces) {
    MessageDigest digest = SHA_256.get();
    for (byte[] piece : pieces) {
      digest.update(piece);
    }
    ByteBuffer sum = ByteBuffer.wrap(digest.digest());
    return new Fingerprint(sum.getLong(), sum.getLong());
  }
}

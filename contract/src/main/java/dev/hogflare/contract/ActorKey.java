// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The key of everything that belongs to one distinct id of one project: {@code token NUL
 * distinct_id} in UTF-8.
 *
 * <p>Raw events, final rows, overrides and the person state all carry it, so that one distinct id
 * lives on one partition. Neither part ever holds a NUL or half of a surrogate pair, so that the
 * split is unambiguous and the bytes of a key and the key of those bytes are one another's.
 *
 * @param token the project's write key
 * @param distinctId the client's identifier of a user or device, never blank; a NUL or half of a
 *     surrogate pair in it becomes U+FFFD
 */
public record ActorKey(String token, String distinctId) {

  /**
   * Repairs the distinct id.
   *
   * @throws IllegalArgumentException if the token would not survive a round trip
   */
  public ActorKey {
    requireToken(token);
    distinctId = DistinctIds.clean(distinctId);
  }

  static void requireToken(String token) {
    for (int i = 0; i < token.length(); i++) {
      char c = token.charAt(i);
      if (c == '\0' || Character.isSurrogate(c)) {
        throw new IllegalArgumentException(
            "A token cannot contain NUL or characters of surrogate pairs.");
      }
    }
  }

  /**
   * Refuses bytes that a key does not give back, because a record with such a key is not on the
   * partition of the actor.
   */
  static void requireSame(byte[] read, byte[] written) {
    if (!Arrays.equals(read, written)) {
      throw new MalformedRecordException(
          "The record key is not UTF-8, or holds one NUL too many.");
    }
  }

  /** Returns the Kafka key. */
  public byte[] toBytes() {
    return (token + '\0' + distinctId).getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads a Kafka key.
   *
   * @throws MalformedRecordException if there is not exactly one NUL in it, or it is not UTF-8
   */
  public static ActorKey fromBytes(byte[] key) {
    if (key == null) {
      throw new MalformedRecordException("The record has no key; expected token NUL distinct_id.");
    }
    String text = new String(key, StandardCharsets.UTF_8);
    int nul = text.indexOf('\0');
    if (nul < 0) {
      throw new MalformedRecordException(
          "The record key holds no NUL; expected token NUL distinct_id.");
    }
    return new ActorKey(text.substring(0, nul), text.substring(nul + 1));
  }
}

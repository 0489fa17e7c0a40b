// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

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
  private static final String SHAPE = "token NUL distinct_id";

  /**
   * Repairs the distinct id.
   *
   * @throws IllegalArgumentException if the token would not survive a round trip
   */
  public ActorKey {
    RecordKeys.requireToken(token);
    distinctId = DistinctIds.clean(distinctId);
  }

  /** Returns the Kafka key. */
  public byte[] toBytes() {
    return RecordKeys.bytes(token, distinctId);
  }

  /** Returns the token at the beginning of any key of ours, or nothing where there is none. */
  public static String tokenOf(byte[] key) {
    return key == null ? "" : RecordKeys.beforeNul(key);
  }

  /**
   * Reads a Kafka key.
   *
   * @throws MalformedRecordException if the bytes are not UTF-8 with exactly one NUL
   */
  public static ActorKey fromBytes(byte[] key) {
    String[] parts = RecordKeys.parts(key, 2, SHAPE);
    return new ActorKey(parts[0], parts[1]);
  }
}

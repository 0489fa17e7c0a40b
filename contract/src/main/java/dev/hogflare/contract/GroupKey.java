// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

/**
 * The key of one group: {@code token NUL group type NUL group key} in UTF-8.
 *
 * @param token the project's write key
 * @param type the kind of group, such as {@code company}; a NUL or half of a surrogate pair in it
 *     becomes U+FFFD
 * @param key the group's own id within its type; repaired like the type
 */
public record GroupKey(String token, String type, String key) {
  private static final String SHAPE = "token NUL group type NUL group key";

  /**
   * Repairs type and key.
   *
   * @throws IllegalArgumentException if the token would not survive a round trip
   */
  public GroupKey {
    RecordKeys.requireToken(token);
    type = DistinctIds.clean(type);
    key = DistinctIds.clean(key);
  }

  /** Returns the Kafka key. */
  public byte[] toBytes() {
    return RecordKeys.bytes(token, type, key);
  }

  /**
   * Reads a Kafka key.
   *
   * @throws MalformedRecordException if the bytes are not UTF-8 with exactly two NULs
   */
  public static GroupKey fromBytes(byte[] bytes) {
    String[] parts = RecordKeys.parts(bytes, 3, SHAPE);
    return new GroupKey(parts[0], parts[1], parts[2]);
  }
}

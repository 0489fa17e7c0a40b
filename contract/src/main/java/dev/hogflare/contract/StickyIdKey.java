// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

/**
 * The key of one record of the topic of sticky ids: {@code token NUL distinct_id NUL flag key} in
 * UTF-8; the value is the id by which that flag hashes that person, in UTF-8.
 *
 * @param token the project's write key
 * @param distinctId the distinct id that asked; repaired as in {@link ActorKey}
 * @param flag the flag key
 */
public record StickyIdKey(String token, String distinctId, String flag) {
  private static final String SHAPE = "token NUL distinct_id NUL flag key";

  /**
   * Repairs the distinct id.
   *
   * @throws IllegalArgumentException if another part would not survive a round trip
   */
  public StickyIdKey {
    RecordKeys.requireToken(token);
    distinctId = DistinctIds.clean(distinctId);
    if (!DistinctIds.clean(flag).equals(flag)) {
      throw new IllegalArgumentException(
          "A flag key cannot contain NUL or half of a surrogate pair.");
    }
  }

  /** Returns the Kafka key. */
  public byte[] toBytes() {
    return RecordKeys.bytes(token, distinctId, flag);
  }

  /**
   * Reads a Kafka key.
   *
   * @throws MalformedRecordException if the bytes are not UTF-8 with exactly two NULs
   */
  public static StickyIdKey fromBytes(byte[] key) {
    String[] parts = RecordKeys.parts(key, 3, SHAPE);
    return new StickyIdKey(parts[0], parts[1], parts[2]);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

/**
 * The key of one record of the topic of flags: {@code token NUL flag key} in UTF-8.
 *
 * <p>Its value is the definition of the flag as a JSON object, or for {@link #settings} an object
 * with the members that stand beside {@code flags} in a document of flags.
 *
 * @param token the project's write key, or an empty text for all projects
 * @param flag the flag key, or an empty text for what a project's flags have in common
 */
public record FlagRecordKey(String token, String flag) {
  private static final String SHAPE = "token NUL flag key";

  /**
   * Checks both parts.
   *
   * @throws IllegalArgumentException if one of them would not survive a round trip
   */
  public FlagRecordKey {
    RecordKeys.requireToken(token);
    if (!DistinctIds.clean(flag).equals(flag)) {
      throw new IllegalArgumentException(
          "A flag key cannot contain NUL or half of a surrogate pair.");
    }
  }

  /** Returns the key of what a project's flags have in common. */
  public static FlagRecordKey settings(String token) {
    return new FlagRecordKey(token, "");
  }

  /** Whether this is the key of what a project's flags have in common. */
  public boolean isSettings() {
    return flag.isEmpty();
  }

  /** Returns the Kafka key. */
  public byte[] toBytes() {
    return RecordKeys.bytes(token, flag);
  }

  /**
   * Reads a Kafka key.
   *
   * @throws MalformedRecordException if the bytes are not UTF-8 with exactly one NUL
   */
  public static FlagRecordKey fromBytes(byte[] key) {
    String[] parts = RecordKeys.parts(key, 2, SHAPE);
    return new FlagRecordKey(parts[0], parts[1]);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import java.nio.charset.StandardCharsets;

/**
 * The key of one group: {@code token NUL group type NUL group key} in UTF-8.
 *
 * @param token the project's write key
 * @param type the kind of group, such as {@code company}; holds no NUL
 * @param key the group's own id within its type
 */
public record GroupKey(String token, String type, String key) {

  /** Returns the Kafka key. */
  public byte[] toBytes() {
    return (token + '\0' + type + '\0' + key).getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads a Kafka key.
   *
   * @throws MalformedRecordException if it does not hold two NULs
   */
  public static GroupKey fromBytes(byte[] bytes) {
    if (bytes == null) {
      throw new MalformedRecordException(
          "The record has no key; expected token NUL group type NUL group key.");
    }
    String text = new String(bytes, StandardCharsets.UTF_8);
    int first = text.indexOf('\0');
    int second = first < 0 ? -1 : text.indexOf('\0', first + 1);
    if (second < 0) {
      throw new MalformedRecordException(
          "The record key holds no two NULs; expected token NUL group type NUL group key.");
    }
    return new GroupKey(
        text.substring(0, first), text.substring(first + 1, second), text.substring(second + 1));
  }
}

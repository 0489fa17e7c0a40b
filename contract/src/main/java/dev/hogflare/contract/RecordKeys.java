// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Keeps the keys of our records and their bytes one another's image. */
final class RecordKeys {
  private RecordKeys() {}

  /** Refuses a token that would not survive a round trip. */
  static void requireToken(String token) {
    if (!DistinctIds.clean(token).equals(token)) {
      throw new IllegalArgumentException("A token cannot contain NUL or half of a surrogate pair.");
    }
  }

  /** Returns the text before the first NUL, or nothing if there is none. */
  static String beforeNul(byte[] key) {
    for (int i = 0; i < key.length; i++) {
      if (key[i] == 0) {
        return new String(key, 0, i, StandardCharsets.UTF_8);
      }
    }
    return "";
  }

  /** Joins the parts of a key. */
  static byte[] bytes(String... parts) {
    return String.join("\0", parts).getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Splits a key.
   *
   * <p>Bytes that the parts would not give back are refused, because a record with such a key is
   * not on the partition that the parts belong to.
   *
   * @param shape what is expected, for the sentence of the exception
   * @throws MalformedRecordException if the key is not so many parts with a NUL between them
   */
  static String[] parts(byte[] key, int count, String shape) {
    if (key == null) {
      throw new MalformedRecordException("The record has no key; expected " + shape + ".");
    }
    String text = new String(key, StandardCharsets.UTF_8);
    String[] parts = new String[count];
    int from = 0;
    for (int i = 0; i < count - 1; i++) {
      int nul = text.indexOf('\0', from);
      if (nul < 0) {
        throw new MalformedRecordException(
            "The record key has too few NULs; expected " + shape + ".");
      }
      parts[i] = text.substring(from, nul);
      from = nul + 1;
    }
    parts[count - 1] = text.substring(from);
    if (text.indexOf('\0', from) >= 0) {
      throw new MalformedRecordException(
          "The record key has too many NULs; expected " + shape + ".");
    }
    // Only where the decoder may have replaced something, since encoding again costs time.
    if (text.indexOf('\uFFFD') >= 0 && !Arrays.equals(key, bytes(parts))) {
      throw new MalformedRecordException("The record key is not UTF-8; expected " + shape + ".");
    }
    return parts;
  }
}

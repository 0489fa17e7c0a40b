// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import org.apache.kafka.common.header.Headers;

/**
 * The stamp of a raw record that was copied from another raw topic: the place in history that it
 * had there, in the header {@code stamp}.
 *
 * <p>A copy is appended at another time and place than the original, and history must not change
 * with it.
 */
public final class CopiedStamp {
  private static final String HEADER = "stamp";

  private CopiedStamp() {}

  /**
   * Returns the place of a raw record in history.
   *
   * @param own when and where the record itself was appended, which counts unless it is a copy
   * @throws MalformedRecordException if the header holds no stamp
   */
  public static Stamp orOwn(Headers headers, Stamp own) {
    String text = RecordHeaders.textOrNull(headers, HEADER);
    return text == null ? own : Stamp.fromText(text);
  }

  /** Notes the place in history of the original on a copy. */
  public static void write(Headers headers, Stamp original) {
    headers.remove(HEADER);
    RecordHeaders.put(headers, HEADER, original.toText());
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.apache.kafka.common.header.Headers;

/**
 * That a dead letter was sent back to where it belongs, so that nobody sends it again.
 *
 * <p>A record of the ledger's topic, written in the same transaction as what was sent. Its key is
 * {@code redriven NUL partition NUL offset} of the letter, its value {@code time NUL topic}. What
 * was sent carries {@code redriven_at} and {@code redriven_from} as headers.
 *
 * @param partition the letter's partition
 * @param offset the letter's offset
 * @param at when it was sent, in milliseconds since the epoch
 * @param topic where it was sent
 */
public record RedriveMark(int partition, long offset, long at, String topic) {
  private static final String KIND = "redriven";
  private static final String AT = "redriven_at";
  private static final String FROM = "redriven_from";

  /** Returns the key of the mark. */
  public byte[] key() {
    return RecordKeys.bytes(KIND, Integer.toString(partition), Long.toString(offset));
  }

  /** Returns the value of the mark. */
  public byte[] value() {
    return RecordKeys.bytes(Long.toString(at), topic);
  }

  /**
   * Reads a record of the ledger's topic.
   *
   * @return the mark, or nothing if the record is no mark
   * @throws MalformedRecordException if it is a damaged one
   */
  public static Optional<RedriveMark> read(byte[] key, byte[] value) {
    byte[] prefix = (KIND + '\0').getBytes(StandardCharsets.US_ASCII);
    if (key == null
        || value == null
        || key.length < prefix.length
        || !Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length)) {
      return Optional.empty();
    }
    String[] place = RecordKeys.parts(key, 3, "redriven NUL partition NUL offset");
    String[] sent = RecordKeys.parts(value, 2, "time NUL topic");
    return Optional.of(
        new RedriveMark(
            RecordHeaders.smallNumber("partition", place[1]),
            RecordHeaders.number("offset", place[2]),
            RecordHeaders.number("time", sent[0]),
            sent[1]));
  }

  /** Says on what is sent where it comes from, in the place of an earlier redrive. */
  public void writeHeaders(Headers headers) {
    RecordHeaders.replace(headers, AT, Long.toString(at));
    RecordHeaders.replace(headers, FROM, partition + ":" + offset);
  }

  /** Whether a record was sent again from the dead letters. */
  public static boolean isRedriven(Headers headers) {
    return headers.lastHeader(FROM) != null;
  }
}

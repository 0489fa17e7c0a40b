// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.operations;

import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.RedriveMark;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.apache.kafka.common.header.Headers;

/**
 * A record of the topic of dead letters.
 *
 * @param id where it stands
 * @param time when it was written, in milliseconds since the epoch
 * @param key the key of the record that failed, or null
 * @param value its value, or null if it was too large to be copied
 * @param headers its headers and those of the reason
 * @param reason why it failed, or nothing if its headers do not say
 * @param redriven the mark of its redrive, if it was sent back
 */
public record Letter(
    Id id,
    long time,
    byte[] key,
    byte[] value,
    Headers headers,
    Optional<DeadLetter> reason,
    Optional<RedriveMark> redriven) {

  /**
   * The place of a letter.
   *
   * @param partition the partition, from 0
   * @param offset the offset in it, from 0
   */
  public record Id(int partition, long offset) implements Comparable<Id> {
    /**
     * Reads {@code partition:offset}.
     *
     * @throws IllegalArgumentException if the text is anything else
     */
    public static Id parse(String text) {
      int colon = text.indexOf(':');
      try {
        if (colon > 0) {
          Id id =
              new Id(
                  Integer.parseInt(text.substring(0, colon)),
                  Long.parseLong(text.substring(colon + 1)));
          if (id.partition >= 0 && id.offset >= 0) {
            return id;
          }
        }
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(shape(text), e);
      }
      throw new IllegalArgumentException(shape(text));
    }

    private static String shape(String text) {
      return "'" + text + "' is no letter's id; give its partition and offset, such as 2:17.";
    }

    @Override
    public int compareTo(Id other) {
      int byPartition = Integer.compare(partition, other.partition);
      return byPartition != 0 ? byPartition : Long.compare(offset, other.offset);
    }

    /** Returns {@code partition:offset}. */
    @Override
    public String toString() {
      return partition + ":" + offset;
    }
  }

  /** Returns the stage that gave up, or a question mark if the headers do not say. */
  public String stage() {
    return reason.map(known -> known.stage().text()).orElse("?");
  }

  /** Returns the kind of failure, or a question mark if the headers do not say. */
  public String code() {
    return reason.map(known -> known.code().text()).orElse("?");
  }

  /** Returns the project, which every key begins with; empty if it is not known. */
  public String token() {
    return part(0);
  }

  /** Returns what stands behind the project in the key: mostly a distinct id. */
  public String subject() {
    return part(1);
  }

  private String part(int index) {
    if (key == null) {
      return "";
    }
    String text = new String(key, StandardCharsets.UTF_8);
    int nul = text.indexOf('\0');
    if (nul < 0) {
      return index == 0 ? text : "";
    }
    return index == 0 ? text.substring(0, nul) : text.substring(nul + 1).replace('\0', ' ');
  }
}

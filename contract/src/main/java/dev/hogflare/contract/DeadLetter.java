// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import java.util.List;
import java.util.function.Function;
import org.apache.kafka.common.header.Headers;

/**
 * Why a record could not go on, written as headers beside the original key, value and headers.
 *
 * <p>Headers: {@code dlq_stage}, {@code dlq_code}, {@code dlq_message}, {@code dlq_at}, and where
 * the record came from a topic {@code dlq_topic}, {@code dlq_partition}, {@code dlq_offset}.
 *
 * @param stage where it failed
 * @param code the kind of failure
 * @param message one sentence that names the field and the fix
 * @param at when it failed, in milliseconds since the epoch; in processors the record's append
 *     time, so that a replay writes the same
 * @param source the topic, partition and offset of the failed record, or null if it never was on a
 *     topic
 */
public record DeadLetter(Stage stage, ErrorCode code, String message, long at, Source source) {
  /** The longest message that is kept, in characters. */
  private static final int MAX_MESSAGE = 1_000;

  private static final String STAGE = "dlq_stage";
  private static final String CODE = "dlq_code";
  private static final String MESSAGE = "dlq_message";
  private static final String AT = "dlq_at";
  private static final String TOPIC = "dlq_topic";
  private static final String PARTITION = "dlq_partition";
  private static final String OFFSET = "dlq_offset";

  /** Shortens an overlong message. */
  public DeadLetter {
    if (message.length() > MAX_MESSAGE) {
      boolean splits = Character.isHighSurrogate(message.charAt(MAX_MESSAGE - 1));
      message = message.substring(0, splits ? MAX_MESSAGE - 1 : MAX_MESSAGE);
    }
  }

  /** The place of a record in Kafka. */
  public record Source(String topic, int partition, long offset) {}

  /**
   * Adds the reason to the headers of the original record, in the place of the reason of an earlier
   * death.
   */
  public void writeHeaders(Headers headers) {
    RecordHeaders.replace(headers, STAGE, stage.text());
    RecordHeaders.replace(headers, CODE, code.text());
    RecordHeaders.replace(headers, MESSAGE, message);
    RecordHeaders.replace(headers, AT, Long.toString(at));
    headers.remove(TOPIC).remove(PARTITION).remove(OFFSET);
    if (source != null) {
      RecordHeaders.put(headers, TOPIC, source.topic());
      RecordHeaders.put(headers, PARTITION, Integer.toString(source.partition()));
      RecordHeaders.put(headers, OFFSET, Long.toString(source.offset()));
    }
  }

  /** Takes the reason off a record that goes back to where it belongs. */
  public static void removeHeaders(Headers headers) {
    for (String name : List.of(STAGE, CODE, MESSAGE, AT, TOPIC, PARTITION, OFFSET)) {
      headers.remove(name);
    }
  }

  /**
   * Reads the reason back.
   *
   * @throws MalformedRecordException if the headers are not those of a dead letter
   */
  public static DeadLetter read(Headers headers) {
    String topic = RecordHeaders.textOrNull(headers, TOPIC);
    Source source =
        topic == null
            ? null
            : new Source(
                topic,
                RecordHeaders.smallNumber(PARTITION, RecordHeaders.text(headers, PARTITION)),
                RecordHeaders.number(OFFSET, RecordHeaders.text(headers, OFFSET)));
    return new DeadLetter(
        constant(Stage.values(), Stage::text, RecordHeaders.text(headers, STAGE), STAGE),
        constant(ErrorCode.values(), ErrorCode::text, RecordHeaders.text(headers, CODE), CODE),
        RecordHeaders.text(headers, MESSAGE),
        RecordHeaders.number(AT, RecordHeaders.text(headers, AT)),
        source);
  }

  private static <E> E constant(
      E[] constants, Function<E, String> name, String text, String header) {
    for (E constant : constants) {
      if (name.apply(constant).equals(text)) {
        return constant;
      }
    }
    throw new MalformedRecordException(
        "The header " + header + " holds \"" + text + "\", which is unknown.");
  }
}

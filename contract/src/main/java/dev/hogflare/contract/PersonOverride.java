// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.UUID;

/**
 * The fact that all earlier rows of a distinct id now belong to a person, whatever person id they
 * carry.
 *
 * <p>The record's key is the actor's key, so that the latest one stands in the compacted topic. Of
 * a distinct id that was deleted before, NUL and the number of deletions follow in the key. A
 * record without a value says that what it was about is deleted.
 *
 * @param key whose rows
 * @param person the person they belong to
 * @param mergedAt the gateway's arrival time of the event that caused it, in microseconds since the
 *     epoch
 */
public record PersonOverride(ActorKey key, UUID person, long mergedAt) {
  private static final String SHAPE = "token NUL distinct_id, or that, NUL and a number";

  /** The namespace of the rows' uuids. */
  private static final UUID ROWS = UUID.fromString("5c0f0f0b-6a53-5e0f-9d4e-0c6c9f6c2d11");

  /**
   * Returns the record's value: a JSON object with {@code api_key, distinct_id, person_id,
   * merged_at}.
   */
  public byte[] toJson() {
    return new JsonBuffer(160)
        .openObject()
        .name("api_key")
        .string(key.token())
        .name("distinct_id")
        .string(key.distinctId())
        .name("person_id")
        .string(person.toString())
        .name("merged_at")
        .time(mergedAt)
        .closeObject()
        .toBytes();
  }

  /**
   * Returns the row of {@link RowSchema#PERSON_OVERRIDES} that a record of the topic stands for.
   *
   * @param key the record's key: the token, the distinct id and, if it was deleted before, how
   *     often
   * @param valueOrNull the record's value; without one, or without a person in it, the row says
   *     that this life of the distinct id was deleted
   * @param recordedAt the record's time in milliseconds since the epoch
   * @throws MalformedRecordException if the record is none of this topic
   */
  public static byte[] toRow(byte[] key, byte[] valueOrNull, long recordedAt) {
    String[] parts = RecordKeys.parts(key, hasLife(key) ? 3 : 2, SHAPE);
    String person = null;
    String mergedAt = null;
    if (valueOrNull != null) {
      try (JsonParser parser =
          JsonSlices.open(RecordJson.FACTORY, valueOrNull, 0, valueOrNull.length)) {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
          throw new MalformedRecordException("The override is not a JSON object.");
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String name = parser.currentName();
          boolean text = parser.nextToken() == JsonToken.VALUE_STRING;
          if (text && name.equals("person_id")) {
            person = parser.getText();
          } else if (text && name.equals("merged_at")) {
            mergedAt = parser.getText();
          }
          parser.skipChildren();
        }
      } catch (IOException e) {
        throw new MalformedRecordException("The override is not JSON.", e);
      }
    }
    byte[] name =
        RecordKeys.bytes(
            parts[0],
            parts[1],
            parts.length == 3 ? parts[2] : "0",
            String.valueOf(person),
            String.valueOf(mergedAt),
            Long.toString(recordedAt));
    JsonBuffer row =
        new JsonBuffer(320)
            .openObject()
            .name("uuid")
            .string(Uuids.v5(ROWS, name).toString())
            .name("api_key")
            .string(parts[0])
            .name("distinct_id")
            .string(parts[1])
            .name("life")
            .number(parts.length == 3 ? life(parts[2]) : 0);
    if (person != null) {
      row.name("person_id").string(person);
    }
    if (mergedAt != null) {
      row.name("merged_at").string(mergedAt);
    }
    return row.name("created_at").time(recordedAt * 1_000).closeObject().toBytes();
  }

  private static boolean hasLife(byte[] key) {
    int nuls = 0;
    for (int i = 0; key != null && i < key.length; i++) {
      nuls += key[i] == 0 ? 1 : 0;
    }
    return nuls > 1;
  }

  private static long life(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new MalformedRecordException(
          "The record key ends with no number; expected " + SHAPE + ".", e);
    }
  }
}

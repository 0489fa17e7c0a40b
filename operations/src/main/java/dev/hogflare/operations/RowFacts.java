// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.operations;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.hogflare.contract.JsonSlices;
import dev.hogflare.contract.LedgerEntry;
import dev.hogflare.contract.Rfc3339;
import dev.hogflare.contract.Uuids;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;

/**
 * What tells which event a row is.
 *
 * @param uuid the event, or the part of a recording
 * @param bucket its project and hour
 * @param parts how many rows there are of a recording of which this is the first; 1 for all else
 */
record RowFacts(UUID uuid, Bucket bucket, int parts) {
  /** No recording has more, so that a damaged row cannot name millions. */
  private static final int MAX_PARTS = 1_000;

  /** Reads a row, or returns nothing if it lacks any of it. */
  static Optional<RowFacts> of(byte[] row) {
    return of(row, false);
  }

  /** Reads a row of the topic of recordings, or returns nothing if it lacks any of it. */
  static Optional<RowFacts> ofRecording(byte[] row) {
    return of(row, true);
  }

  private static Optional<RowFacts> of(byte[] row, boolean recording) {
    if (row == null) {
      return Optional.empty();
    }
    int parts = 1;
    String uuid = null;
    String token = null;
    String createdAt = null;
    try (JsonParser parser = JsonSlices.open(row, 0, row.length)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return Optional.empty();
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (value == JsonToken.VALUE_STRING) {
          switch (name) {
            case "uuid" -> uuid = parser.getText();
            case "api_key" -> token = parser.getText();
            case "created_at" -> createdAt = parser.getText();
            default -> {}
          }
        } else if (recording && name.equals("properties") && value == JsonToken.START_OBJECT) {
          parts = parts(parser);
        } else {
          parser.skipChildren();
        }
      }
    } catch (IOException e) {
      // A row that nobody can read is no row of any event.
      return Optional.empty();
    }
    UUID id = uuid == null ? null : Uuids.parseOrNull(uuid);
    Long micros = createdAt == null ? null : Rfc3339.parseOrNull(createdAt);
    return id == null || micros == null || token == null
        ? Optional.empty()
        : Optional.of(new RowFacts(id, new Bucket(token, LedgerEntry.hourOf(micros)), parts));
  }

  private static int parts(JsonParser parser) throws IOException {
    int part = 0;
    int parts = 1;
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      if (parser.nextToken() == JsonToken.VALUE_NUMBER_INT) {
        switch (name) {
          case "$snapshot_part" -> part = parser.getIntValue();
          case "$snapshot_parts" -> parts = parser.getIntValue();
          default -> {}
        }
      } else {
        parser.skipChildren();
      }
    }
    return part == 0 ? Math.clamp(parts, 1, MAX_PARTS) : 1;
  }
}

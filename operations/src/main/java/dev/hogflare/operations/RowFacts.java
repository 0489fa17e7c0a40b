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
 * @param uuid the event
 * @param bucket its project and hour
 */
record RowFacts(UUID uuid, Bucket bucket) {

  /** Reads a row, or returns nothing if it lacks any of it. */
  static Optional<RowFacts> of(byte[] row) {
    if (row == null) {
      return Optional.empty();
    }
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
        : Optional.of(new RowFacts(id, new Bucket(token, LedgerEntry.hourOf(micros))));
  }
}

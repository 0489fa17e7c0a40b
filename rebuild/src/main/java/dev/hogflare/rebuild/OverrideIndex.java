// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.Uuids;
import java.io.IOException;
import java.util.UUID;

/**
 * The latest override of every distinct id that has one, by the fingerprint of the id's key.
 *
 * <p>Fed with the records of the topic of overrides. Takes some 80 bytes an id.
 */
final class OverrideIndex {
  private static final JsonFactory JSON = new JsonFactory();

  private final FingerprintTable persons = new FingerprintTable(3);

  /**
   * Takes one record.
   *
   * @param value the override, or null if it was deleted
   */
  void apply(byte[] key, byte[] value, Place place) {
    Fingerprint id = Fingerprint.of(key);
    long[] now = new long[3];
    if (value != null) {
      UUID person = person(value);
      now[0] = person.getMostSignificantBits();
      now[1] = person.getLeastSignificantBits();
    }
    now[2] = place.packed();
    persons.put(id.high(), id.low(), now, new long[3]);
  }

  /**
   * Returns the person that an override names.
   *
   * @throws MalformedRecordException if it names none
   */
  static UUID person(byte[] override) {
    try (JsonParser parser = JSON.createParser(override)) {
      if (parser.nextToken() == JsonToken.START_OBJECT) {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          boolean person = parser.currentName().equals("person_id");
          parser.nextToken();
          UUID uuid = person ? Uuids.parseOrNull(parser.getText()) : null;
          if (uuid != null) {
            return uuid;
          }
          parser.skipChildren();
        }
      }
    } catch (IOException e) {
      throw new MalformedRecordException("An override is no JSON object.", e);
    }
    throw new MalformedRecordException("An override has no person_id.");
  }

  /** Shows every override: the person's UUID in the first two numbers. */
  void forEach(FingerprintTable.Visitor visitor) {
    persons.forEach(
        (high, low, values) -> {
          if (values[0] != 0 || values[1] != 0) {
            visitor.visit(high, low, values);
          }
        });
  }

  /** Reads the UUID that an id's override names into the first two numbers, zeros if none. */
  void get(long high, long low, long[] person) {
    persons.get(high, low, person);
  }

  /** Returns where the latest override of an id stands. */
  Place place(long high, long low) {
    long[] values = new long[3];
    persons.get(high, low, values);
    return Place.unpacked(values[2]);
  }
}

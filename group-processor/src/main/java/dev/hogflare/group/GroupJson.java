// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.hogflare.contract.JsonSlices;
import dev.hogflare.contract.MalformedRecordException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;

/** Reads a JSON object of properties member by member without looking into the values. */
final class GroupJson {
  /**
   * Takes whatever the gateway lets through: its limits on size and depth have been applied, and
   * property names are chosen by strangers, so that they are not interned.
   */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(10_000)
                  .maxNameLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private GroupJson() {}

  /** Takes one member after another. */
  interface Members {
    /**
     * Takes a member.
     *
     * @param name the name; it can be written as UTF-8, because a half of a surrogate pair in a
     *     name is refused by the parser
     * @param value the bytes of the value
     */
    void member(String name, byte[] value);
  }

  /**
   * Reads an object, from its first to its last member.
   *
   * @throws MalformedRecordException if the bytes are not one JSON object
   */
  static void read(byte[] object, Members members) {
    try (JsonParser parser = JsonSlices.open(JSON, object, 0, object.length)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new MalformedRecordException("The properties of a group are not a JSON object.");
      }
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        parser.nextToken();
        int from = JsonSlices.start(parser);
        members.member(name, Arrays.copyOfRange(object, from, JsonSlices.skip(parser)));
      }
      if (parser.nextToken() != null) {
        throw new MalformedRecordException(
            "There is something behind the JSON object of a group's properties.");
      }
    } catch (JsonProcessingException e) {
      throw new MalformedRecordException(
          "The properties of a group are not JSON: " + e.getOriginalMessage() + ".", e);
    } catch (IOException e) {
      throw new UncheckedIOException("Reading from an array failed.", e);
    }
  }
}

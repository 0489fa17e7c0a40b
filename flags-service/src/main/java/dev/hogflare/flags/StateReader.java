// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.hogflare.contract.Rfc3339;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads what the processors' lookups answer. */
final class StateReader {
  /** Takes whatever a processor stored: its limits have been applied when it was taken. */
  private static final ObjectMapper JSON =
      JsonMapper.builder(
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
                  .build())
          .build();

  private StateReader() {}

  /**
   * A person as it is stored.
   *
   * @param state what flags see of it
   * @param distinctIds all its distinct ids; empty if nobody is known
   */
  record StoredPerson(PersonState state, List<String> distinctIds) {
    /** A distinct id that nobody has. */
    static final StoredPerson NOBODY = new StoredPerson(new PersonState.Unknown(), List.of());
  }

  /** Reads a lookup's answer about a person. */
  static StoredPerson person(StateLookup.Answer answer) {
    return switch (answer) {
      case StateLookup.Answer.Found found -> person(found.json());
      case StateLookup.Answer.Unknown unknown -> StoredPerson.NOBODY;
      case StateLookup.Answer.Unavailable unavailable ->
          new StoredPerson(new PersonState.Unreachable(unavailable.reason()), List.of());
    };
  }

  /** Reads a lookup's answer about a group. */
  static GroupState group(StateLookup.Answer answer) {
    return switch (answer) {
      case StateLookup.Answer.Found found -> group(found.json());
      case StateLookup.Answer.Unknown unknown -> new GroupState.Unknown();
      case StateLookup.Answer.Unavailable unavailable ->
          new GroupState.Unreachable(unavailable.reason());
    };
  }

  private static StoredPerson person(byte[] json) {
    try (JsonParser in = JSON.createParser(json)) {
      requireObject(in);
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        boolean record = in.currentName().equals("record");
        JsonToken value = in.nextToken();
        if (record && value == JsonToken.START_OBJECT) {
          return record(in);
        }
        in.skipChildren();
      }
      return StoredPerson.NOBODY;
    } catch (IOException e) {
      return new StoredPerson(new PersonState.Unreachable(unreadable("person")), List.of());
    }
  }

  private static StoredPerson record(JsonParser in) throws IOException {
    Map<String, JsonNode> properties = Map.of();
    Optional<Instant> createdAt = Optional.empty();
    List<String> ids = new ArrayList<>();
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String name = in.currentName();
      JsonToken value = in.nextToken();
      switch (name) {
        case "merged_properties" -> properties = members(in);
        case "created_at" -> createdAt = time(in.getText());
        case "distinct_ids" -> {
          if (value == JsonToken.START_ARRAY) {
            while (in.nextToken() != JsonToken.END_ARRAY) {
              ids.add(in.getText());
            }
          }
        }
        default -> in.skipChildren();
      }
    }
    return new StoredPerson(new PersonState.Known(properties, createdAt), List.copyOf(ids));
  }

  private static GroupState group(byte[] json) {
    try (JsonParser in = JSON.createParser(json)) {
      requireObject(in);
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        boolean properties = in.currentName().equals("properties");
        in.nextToken();
        if (properties) {
          return new GroupState.Known(members(in));
        }
        in.skipChildren();
      }
      return new GroupState.Known(Map.of());
    } catch (IOException e) {
      return new GroupState.Unreachable(unreadable("group"));
    }
  }

  private static Map<String, JsonNode> members(JsonParser in) throws IOException {
    if (in.currentToken() != JsonToken.START_OBJECT) {
      in.skipChildren();
      return Map.of();
    }
    Map<String, JsonNode> members = new HashMap<>();
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      String name = in.currentName();
      in.nextToken();
      members.put(name, JSON.readTree(in));
    }
    return members;
  }

  private static void requireObject(JsonParser in) throws IOException {
    if (in.nextToken() != JsonToken.START_OBJECT) {
      throw new IOException("no object");
    }
  }

  private static Optional<Instant> time(String text) {
    Long micros = Rfc3339.parseOrNull(text);
    return micros == null
        ? Optional.empty()
        : Optional.of(Instant.EPOCH.plus(micros, ChronoUnit.MICROS));
  }

  private static String unreadable(String what) {
    return "The answer of the lookup of this " + what + " cannot be read.";
  }
}

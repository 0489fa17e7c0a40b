// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.hogflare.contract.JsonBuffer;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whose rows are to be erased from a lake.
 *
 * @param token the project
 * @param distinctIds distinct ids of the person, as far as they are known
 * @param personIds ids of the person, as far as they are known
 */
public record Erasure(String token, Set<String> distinctIds, Set<String> personIds) {
  private static final JsonFactory JSON = new JsonFactory();

  /**
   * Copies the sets.
   *
   * @throws IllegalArgumentException if nobody is named
   */
  public Erasure {
    distinctIds = Set.copyOf(distinctIds);
    personIds = Set.copyOf(personIds);
    if (token.isEmpty()) {
      throw new IllegalArgumentException("The field token is missing; send the project's key.");
    }
    if (distinctIds.isEmpty() && personIds.isEmpty()) {
      throw new IllegalArgumentException(
          "Nobody is named; send a distinct id in distinct_ids or a person's id in person_ids.");
    }
  }

  /**
   * What was erased.
   *
   * @param events event rows, repeated deliveries included
   * @param snapshots person snapshots
   * @param files data files that were written again or removed
   * @param distinctIds the distinct ids of the person that the lake knew
   */
  public record Outcome(long events, long snapshots, int files, Set<String> distinctIds) {
    /** Returns what was erased here and from another lake. */
    public Outcome and(Outcome other) {
      Set<String> ids = new TreeSet<>(distinctIds);
      ids.addAll(other.distinctIds);
      return new Outcome(
          events + other.events, snapshots + other.snapshots, files + other.files, ids);
    }

    byte[] toJson() {
      return new JsonBuffer(256)
          .openObject()
          .name("events")
          .number(events)
          .name("snapshots")
          .number(snapshots)
          .name("files")
          .number(files)
          .name("distinct_ids")
          .number(distinctIds.size())
          .closeObject()
          .toBytes();
    }
  }

  /** Returns the erasure of the same person after more of its distinct ids were found. */
  public Erasure with(Set<String> moreDistinctIds) {
    Set<String> ids = new TreeSet<>(distinctIds);
    ids.addAll(moreDistinctIds);
    return new Erasure(token, ids, personIds);
  }

  /** Returns the body of a request. */
  public byte[] toJson() {
    JsonBuffer json = new JsonBuffer(256).openObject().name("token").string(token);
    array(json.name("distinct_ids"), distinctIds);
    array(json.name("person_ids"), personIds);
    return json.closeObject().toBytes();
  }

  private static void array(JsonBuffer json, Set<String> texts) {
    json.openArray();
    new TreeSet<>(texts).forEach(text -> json.separate().string(text));
    json.closeArray();
  }

  /**
   * Reads the body of a request.
   *
   * @throws IllegalArgumentException if it is anything else; the message says what to send
   */
  static Erasure read(byte[] body) {
    String token = "";
    Set<String> distinctIds = new TreeSet<>();
    Set<String> personIds = new TreeSet<>();
    try (JsonParser parser = JSON.createParser(body)) {
      require(parser.nextToken() == JsonToken.START_OBJECT);
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        switch (name) {
          case "token" -> {
            require(value == JsonToken.VALUE_STRING);
            token = parser.getText();
          }
          case "distinct_ids" -> texts(parser, distinctIds);
          case "person_ids" -> texts(parser, personIds);
          default -> require(false);
        }
      }
    } catch (IOException e) {
      throw new IllegalArgumentException("The body is no JSON.", e);
    }
    return new Erasure(token, distinctIds, personIds);
  }

  private static void texts(JsonParser parser, Set<String> texts) throws IOException {
    require(parser.currentToken() == JsonToken.START_ARRAY);
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      require(parser.currentToken() == JsonToken.VALUE_STRING);
      texts.add(parser.getText());
    }
  }

  private static void require(boolean holds) {
    if (!holds) {
      throw new IllegalArgumentException(
          "The body is not {\"token\": \"…\", \"distinct_ids\": [\"…\"], \"person_ids\": [\"…\"]}.");
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.header.Headers;

/**
 * A record of a raw topic that is no event: it says something to the processors at one place of
 * history, so that every replay obeys it at the same place.
 *
 * <p>The header {@code command} names the kind and the value is a JSON object with its fields.
 * Whoever reads a raw topic asks {@link #isCommand} before it takes a record for an event.
 */
public sealed interface RawCommand {
  /** The header that tells a command from an event. */
  String HEADER = "command";

  /**
   * An event that is about to be written wants to unite the claimant with the distinct id that the
   * record is keyed by.
   *
   * <p>The claims on a distinct id stand in its own partition, so that which of several comes first
   * is written in the log and does not depend on how fast mail travels.
   *
   * @param claimant the distinct id of the merging event
   */
  record Claim(String claimant) implements RawCommand {}

  /**
   * From here on this partition's events belong to another generation.
   *
   * @param from the generation that ignores what follows
   * @param to the generation that writes the rows of what follows
   */
  record Cutover(Generation from, Generation to) implements RawCommand {}

  /**
   * The life of the distinct id that the record is keyed by ends here: everything up to here is
   * deleted, and whatever comes behind belongs to a new person.
   *
   * <p>To delete a person is to write one to the log of each of its distinct ids.
   *
   * @param requestedAt when the deletion was asked for, in microseconds since the epoch
   */
  record DeletePerson(long requestedAt) implements RawCommand {}

  /** Whether a record of a raw topic is a command. */
  static boolean isCommand(Headers headers) {
    return headers.lastHeader(HEADER) != null;
  }

  /** Adds the header of this command to a record that is about to be sent. */
  default void writeHeader(Headers headers) {
    RecordHeaders.put(
        headers,
        HEADER,
        switch (this) {
          case Claim claim -> "claim";
          case Cutover cutover -> "cutover";
          case DeletePerson delete -> "delete_person";
        });
  }

  /** Returns the value of the record. */
  default byte[] toJson() {
    JsonBuffer json = new JsonBuffer(64).openObject();
    switch (this) {
      case Claim claim -> json.name("claimant").string(claim.claimant());
      case Cutover cutover ->
          json.name("from")
              .number(cutover.from().number())
              .name("to")
              .number(cutover.to().number());
      case DeletePerson delete -> json.name("requested_at").number(delete.requestedAt());
    }
    return json.closeObject().toBytes();
  }

  /**
   * Reads a record that {@link #isCommand is a command}.
   *
   * @throws MalformedRecordException if the kind is unknown or a field is missing or of another
   *     type
   */
  static RawCommand read(byte[] value, Headers headers) {
    String kind = RecordHeaders.text(headers, HEADER);
    Map<String, String> fields = fields(kind, value);
    return switch (kind) {
      case "claim" -> new Claim(required(kind, fields, "claimant"));
      case "cutover" ->
          new Cutover(generation(kind, fields, "from"), generation(kind, fields, "to"));
      case "delete_person" ->
          new DeletePerson(
              RecordHeaders.number("requested_at", required(kind, fields, "requested_at")));
      default ->
          throw new MalformedRecordException(
              "The header " + HEADER + " holds \"" + kind + "\", which is no command.");
    };
  }

  private static Generation generation(String kind, Map<String, String> fields, String name) {
    int number = RecordHeaders.smallNumber(name, required(kind, fields, name));
    if (number < 1) {
      throw new MalformedRecordException(
          "The field " + name + " of the command " + kind + " is " + number + ", not 1 or more.");
    }
    return new Generation(number);
  }

  private static String required(String kind, Map<String, String> fields, String name) {
    String text = fields.get(name);
    if (text == null) {
      throw new MalformedRecordException("The command " + kind + " has no field " + name + ".");
    }
    return text;
  }

  private static Map<String, String> fields(String kind, byte[] value) {
    Map<String, String> fields = new HashMap<>();
    try (JsonParser parser = RecordJson.FACTORY.createParser(value == null ? new byte[0] : value)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new MalformedRecordException("The command " + kind + " is no JSON object.");
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        if (parser.nextToken().isScalarValue()) {
          fields.put(name, parser.getText());
        } else {
          parser.skipChildren();
        }
      }
    } catch (IOException e) {
      throw new MalformedRecordException("The command " + kind + " is no JSON object.", e);
    }
    return fields;
  }
}

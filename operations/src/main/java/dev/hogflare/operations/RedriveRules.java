// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.operations;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DeadLetter;
import dev.hogflare.contract.JsonSlices;
import dev.hogflare.contract.MalformedRecordException;
import dev.hogflare.contract.RawCommand;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.contract.Route;
import dev.hogflare.contract.Topics;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * Decides where a dead letter belongs.
 *
 * <p>What stood on a topic goes back there. What the gateway put aside never stood on one: it goes
 * to the raw topic if all it lacked was a project key or a distinct id that is given now.
 */
final class RedriveRules {
  private static final String TRUNCATED_FROM = "dlq_truncated_from";

  private final Topics topics;
  private final Set<String> existing;
  private final Optional<String> token;
  private final Optional<String> distinctId;

  /**
   * Creates rules.
   *
   * @param existing the names of all topics
   * @param token the project of letters that have none
   * @param distinctId the distinct id of letters that have none
   */
  RedriveRules(
      Topics topics, Set<String> existing, Optional<String> token, Optional<String> distinctId) {
    this.topics = topics;
    this.existing = existing;
    this.token = token;
    this.distinctId = distinctId;
  }

  /** What is to be done with a letter. */
  sealed interface Decision {
    /** It goes to a topic, with the headers that it had before it died. */
    record Send(String topic, byte[] key, byte[] value, Headers headers) implements Decision {}

    /** It stays; the sentence says why and what to do. */
    record Refuse(String reason) implements Decision {}
  }

  /** Decides about a letter that was not sent back yet. */
  Decision decide(Letter letter) {
    if (letter.reason().isEmpty()) {
      return new Decision.Refuse("Its headers do not say why it is here.");
    }
    DeadLetter reason = letter.reason().get();
    if (letter.value() == null) {
      return new Decision.Refuse("It holds the reason alone" + stillAt(reason) + ".");
    }
    if (RawCommand.isCommand(letter.headers())) {
      return new Decision.Refuse("It is a command and no event; give the command again.");
    }
    Headers headers = new RecordHeaders(letter.headers());
    DeadLetter.removeHeaders(headers);
    return switch (reason.stage()) {
      case GATEWAY -> fromGateway(letter, reason, headers);
      case PERSON, GROUP, FORWARDER -> fromTopic(letter, reason, headers);
    };
  }

  private static String stillAt(DeadLetter reason) {
    DeadLetter.Source source = reason.source();
    return source == null
        ? ""
        : "; the record is at "
            + source.topic()
            + "-"
            + source.partition()
            + " offset "
            + source.offset();
  }

  private Decision fromTopic(Letter letter, DeadLetter reason, Headers headers) {
    if (reason.source() == null) {
      return new Decision.Refuse("Its headers do not say which topic it comes from.");
    }
    String topic = reason.source().topic();
    if (!existing.contains(topic)) {
      return new Decision.Refuse("Its topic " + topic + " is gone.");
    }
    if (letter.key() == null) {
      return new Decision.Refuse("It has no key, so that no partition is its own.");
    }
    return new Decision.Send(topic, letter.key(), letter.value(), headers);
  }

  private Decision fromGateway(Letter letter, DeadLetter reason, Headers headers) {
    switch (reason.code()) {
      case MISSING_TOKEN, INVALID_TOKEN, UNKNOWN_TOKEN, MISSING_DISTINCT_ID, INTERNAL -> {}
      default -> {
        return new Decision.Refuse(
            "The event itself is wrong, and its client has to send it anew: " + reason.message());
      }
    }
    if (headers.lastHeader(TRUNCATED_FROM) != null) {
      return new Decision.Refuse("It is larger than a letter, and its end is cut off.");
    }
    try {
      ActorKey known = ActorKey.fromBytes(letter.key());
      String project = known.token().isEmpty() ? token.orElse("") : known.token();
      String id = known.distinctId().isEmpty() ? distinctId.orElse("") : known.distinctId();
      if (project.isEmpty()) {
        return new Decision.Refuse("It has no usable project key; give one with --with-token.");
      }
      if (id.isBlank()) {
        return new Decision.Refuse("It has no distinct id; give one with --with-distinct-id.");
      }
      byte[] key = new ActorKey(project, id).toBytes();
      RawEvent event = RawEvent.read(key, letter.value(), headers);
      boolean recording = event.route() == Route.S;
      int most = recording ? Topics.MAX_RECORDING_BYTES : Topics.MAX_EVENT_BYTES;
      if (letter.value().length > most || !isObject(letter.value())) {
        return new Decision.Refuse("It is no JSON object that the raw topic takes.");
      }
      return new Decision.Send(
          (recording ? topics.recordingsRaw() : topics.eventsRaw()).name(),
          key,
          letter.value(),
          headers);
    } catch (MalformedRecordException e) {
      return new Decision.Refuse("It cannot be read: " + e.getMessage());
    }
  }

  private static boolean isObject(byte[] json) {
    try (JsonParser parser = JsonSlices.open(json, 0, json.length)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return false;
      }
      parser.skipChildren();
      return parser.nextToken() == null;
    } catch (IOException e) {
      // Whatever is wrong with it, the raw topic does not take it.
      return false;
    }
  }
}

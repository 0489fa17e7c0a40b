// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.flags.RenderedFlags.Outcome;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

/** Writes the answers of {@code /flags} and {@code /decide} in each of their versions. */
final class AnswerWriter {
  private static final byte[] FLAGS = ascii("\"flags\"");
  private static final byte[] VALUES = ascii("\"featureFlags\"");
  private static final byte[] PAYLOADS = ascii("\"featureFlagPayloads\"");
  private static final byte[] ERRORS = ascii("\"errorsWhileComputingFlags\"");
  private static final byte[] REQUEST = ascii("\"requestId\"");
  private static final byte[] TIME = ascii("\"evaluatedAt\"");
  private static final byte[] LIMITED = ascii("[\"feature_flags\"]");
  private static final byte[] STATUS = ascii("\"status\":200");

  /** What an answer holds beside its flags. */
  private static final int FRAME = 256;

  /** What a flag takes in the older maps, about. */
  private static final int SHORT_FORM = 96;

  private AnswerWriter() {}

  /**
   * What is answered.
   *
   * @param outcomes the flags
   * @param errors whether any of them failed
   * @param limited whether the project's quota is used up
   * @param requestId the id of the request
   * @param evaluatedAt the time, in milliseconds since the epoch
   * @param config the members of the remote configuration, without braces, or null for none
   */
  record Content(
      List<Outcome> outcomes,
      boolean errors,
      boolean limited,
      UUID requestId,
      long evaluatedAt,
      byte[] config) {}

  /** Returns the JSON of an answer. */
  static byte[] write(AnswerShape shape, Content content) {
    JsonBuffer json = new JsonBuffer(capacity(content)).openObject();
    switch (shape.flags()) {
      case ENABLED_LIST -> enabledList(json, content);
      case ENABLED_MAP -> enabledMap(json, content);
      case MAPS -> {
        values(json, content, shape.inactiveHidden());
        errors(json, content);
      }
      case DETAILS -> {
        errors(json, content);
        details(json, content);
        values(json, content, shape.inactiveHidden());
      }
    }
    if (shape.flags() != AnswerShape.Flags.ENABLED_LIST
        && shape.flags() != AnswerShape.Flags.ENABLED_MAP) {
      json.rawName(REQUEST);
      json.uuid(content.requestId());
      json.rawName(TIME).number(content.evaluatedAt());
    }
    if (content.limited()) {
      // The Go SDK reads the second name.
      json.name("quotaLimited").raw(LIMITED).name("quota_limited").raw(LIMITED);
    }
    if (content.config() != null) {
      json.separate().raw(content.config());
    }
    if (shape.decide()) {
      json.separate().raw(STATUS);
    }
    return json.closeObject().toBytes();
  }

  private static int capacity(Content content) {
    int size = FRAME + (content.config() == null ? 0 : content.config().length);
    for (Outcome outcome : content.outcomes()) {
      size += outcome.detail().length + 2 * outcome.name().length + SHORT_FORM;
      size += outcome.payload() == null ? 0 : outcome.payload().length;
    }
    return size;
  }

  private static void errors(JsonBuffer json, Content content) {
    json.rawName(ERRORS).bool(content.errors());
  }

  private static void details(JsonBuffer json, Content content) {
    json.rawName(FLAGS).openObject();
    for (Outcome outcome : content.outcomes()) {
      json.rawName(outcome.name()).raw(outcome.detail());
    }
    json.closeObject();
  }

  private static void values(JsonBuffer json, Content content, boolean inactiveHidden) {
    json.rawName(VALUES).openObject();
    for (Outcome outcome : content.outcomes()) {
      if (!outcome.failed() && !(inactiveHidden && outcome.disabled())) {
        json.rawName(outcome.name()).raw(outcome.value());
      }
    }
    json.closeObject().rawName(PAYLOADS).openObject();
    for (Outcome outcome : content.outcomes()) {
      if (outcome.payload() != null && !outcome.failed()) {
        json.rawName(outcome.name()).raw(outcome.payload());
      }
    }
    json.closeObject();
  }

  private static void enabledMap(JsonBuffer json, Content content) {
    json.rawName(VALUES).openObject();
    for (Outcome outcome : content.outcomes()) {
      if (outcome.on()) {
        json.rawName(outcome.name()).raw(outcome.value());
      }
    }
    json.closeObject();
  }

  private static void enabledList(JsonBuffer json, Content content) {
    json.rawName(VALUES).openArray();
    for (Outcome outcome : content.outcomes()) {
      if (outcome.on()) {
        json.separate().raw(outcome.name());
      }
    }
    json.closeArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import dev.hogflare.contract.JsonBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Writes explanations as JSON. */
final class ExplanationJson {
  private ExplanationJson() {}

  /** Writes one explanation. */
  static void write(JsonBuffer json, FlagExplanation explanation) {
    FlagResult result = explanation.result();
    json.openObject()
        .name("key")
        .string(result.key())
        .name("value")
        .string(value(result))
        .name("failed")
        .bool(result.failed())
        .name("reason")
        .string(result.reason().code())
        .name("description")
        .string(result.reason().description())
        .name("hashed_id")
        .string(explanation.hashedId());
    result.payload().ifPresent(payload -> json.name("payload").string(payload.text()));
    json.name("steps").openArray();
    for (FlagExplanation.Step step : explanation.steps()) {
      json.separate();
      step(json, step);
    }
    json.closeArray().closeObject();
  }

  /** Returns a flag's value in words. */
  static String value(FlagResult result) {
    if (result.failed()) {
      return "failed";
    }
    return result.variant().orElse(Boolean.toString(result.enabled()));
  }

  private static void step(JsonBuffer json, FlagExplanation.Step step) {
    json.openObject()
        .name("name")
        .string(step.name())
        .name("matched")
        .bool(step.matched())
        .name("sentence")
        .string(step.sentence());
    step.bucket().ifPresent(bucket -> json.name("bucket").raw(decimal(bucket)));
    step.rollout().ifPresent(rollout -> json.name("rollout").raw(decimal(rollout)));
    json.name("filters").openArray();
    for (FlagExplanation.FilterStep filter : step.filters()) {
      json.separate()
          .openObject()
          .name("filter")
          .string(filter.filter())
          .name("actual")
          .string(filter.actual())
          .name("matched")
          .bool(filter.matched())
          .closeObject();
    }
    json.closeArray().closeObject();
  }

  private static byte[] decimal(double number) {
    return String.format(Locale.ROOT, "%.4f", number).getBytes(StandardCharsets.US_ASCII);
  }
}

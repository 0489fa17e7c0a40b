// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/** Writes down what one flag's evaluation looks at; there is none while nobody asks for it. */
final class FlagTrace {
  private final List<FlagExplanation.Step> steps = new ArrayList<>();
  private List<FlagExplanation.FilterStep> filters = new ArrayList<>();
  private OptionalDouble bucket = OptionalDouble.empty();
  private OptionalDouble rollout = OptionalDouble.empty();
  private String hashedId = "";

  void filter(String filter, JsonNode actual, boolean matched) {
    filter(filter, actual == null ? "missing" : actual.toString(), matched);
  }

  void filter(String filter, String actual, boolean matched) {
    filters.add(new FlagExplanation.FilterStep(filter, actual, matched));
  }

  void bucket(byte[] id, double percent, double limit) {
    hashedId = new String(id, StandardCharsets.UTF_8);
    bucket = OptionalDouble.of(percent);
    rollout = OptionalDouble.of(limit);
  }

  /** Ends a step that belongs to no condition. */
  void step(String name, boolean matched, String sentence) {
    end(name, OptionalInt.empty(), matched, sentence);
  }

  /** Ends the step of a condition. */
  void condition(int index, boolean matched, String sentence) {
    end("condition " + (index + 1), OptionalInt.of(index), matched, sentence);
  }

  private void end(String name, OptionalInt condition, boolean matched, String sentence) {
    steps.add(
        new FlagExplanation.Step(
            name, condition, matched, bucket, rollout, sentence, List.copyOf(filters)));
    filters = new ArrayList<>();
    bucket = OptionalDouble.empty();
    rollout = OptionalDouble.empty();
  }

  FlagExplanation explanation(FlagResult result) {
    return new FlagExplanation(result, hashedId, List.copyOf(steps));
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;

/** Runs steps over events that are written with single quotes. */
final class Trial {
  static final Instant NOW = Instant.parse("2026-11-21T04:43:25.123Z");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Transformations transformations;
  private String enrichment;
  private String distinctId = "user";

  private Trial(Transformations transformations) {
    this.transformations = transformations;
  }

  /** Builds the steps of a file, given without its first line. */
  static Trial of(String steps) {
    try {
      return new Trial(
          TransformationsFile.parse("test.yaml", ("transformations:\n" + steps).getBytes(UTF_8)));
    } catch (TransformationsException e) {
      throw new AssertionError(e.getMessage(), e);
    }
  }

  Trial by(String id) {
    distinctId = id;
    return this;
  }

  Trial enrichedWith(String object) {
    enrichment = object;
    return this;
  }

  Outcome outcome(String event) {
    return transformations.applyOrNull(
        new EventInput(
            event.replace('\'', '"').getBytes(UTF_8),
            null,
            enrichment == null ? null : enrichment.replace('\'', '"').getBytes(UTF_8),
            "phc_test",
            distinctId,
            clues -> clues.timestamp() == null ? NOW : Instant.parse(clues.timestamp())));
  }

  /** Returns the event that came out. */
  JsonNode event(String event) {
    return tree(((Outcome.Kept) outcome(event)).json());
  }

  /** Returns the properties that came out of an event with these, without the record of steps. */
  JsonNode properties(String properties) {
    JsonNode found = event("{'event':'e','properties':" + properties + "}").get("properties");
    ((ObjectNode) found).remove(List.of("$transformations_succeeded", "$transformations_skipped"));
    return found;
  }

  boolean drops(String event) {
    return outcome(event) instanceof Outcome.Dropped;
  }

  static JsonNode json(String text) {
    return tree(text.replace('\'', '"').getBytes(UTF_8));
  }

  private static JsonNode tree(byte[] json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

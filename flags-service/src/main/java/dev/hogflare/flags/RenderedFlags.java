// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import dev.hogflare.contract.JsonBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The JSON of each outcome of each flag of one document, written once and shared by all answers.
 *
 * <p>A flag has as many outcomes as conditions and variants, so that an answer is mostly copied.
 */
final class RenderedFlags {
  private static final byte[] TRUE = ascii("true");
  private static final byte[] FALSE = ascii("false");
  private static final byte[] NULL = ascii("null");

  private final ConcurrentMap<FlagResult, Outcome> outcomes = new ConcurrentHashMap<>();
  private final FlagsMetrics metrics;

  /** Creates an empty store; outcomes are counted in these metrics. */
  RenderedFlags(FlagsMetrics metrics) {
    this.metrics = metrics;
  }

  /**
   * One outcome of one flag.
   *
   * @param name the quoted key
   * @param value {@code true}, {@code false} or the quoted variant
   * @param on whether the flag is on
   * @param disabled whether the flag is switched off by its definition
   * @param failed whether the flag could not be computed
   * @param payload the payload as the older map holds it, or null if there is none
   * @param detail the object of the map of details
   * @param seen counts how often this was the outcome
   */
  record Outcome(
      byte[] name,
      byte[] value,
      boolean on,
      boolean disabled,
      boolean failed,
      byte[] payload,
      byte[] detail,
      FlagsMetrics.OutcomeCount seen) {}

  /** Returns an outcome in JSON. */
  Outcome of(FlagResult result) {
    Outcome known = outcomes.get(result);
    return known == null ? outcomes.computeIfAbsent(result, this::render) : known;
  }

  private Outcome render(FlagResult result) {
    byte[] name = quoted(result.key());
    byte[] value =
        result.variant().map(RenderedFlags::quoted).orElse(result.enabled() ? TRUE : FALSE);
    return new Outcome(
        name,
        value,
        result.enabled(),
        result.disabled(),
        result.failed(),
        payload(result),
        detail(result),
        metrics.outcome(result));
  }

  /** hogflare's older map holds JSON, PostHog's holds JSON text. */
  private static byte[] payload(FlagResult result) {
    return result
        .payload()
        .map(
            payload ->
                result.definition().format() == FlagDefinition.Format.HOGFLARE
                    ? payload.value().toString().getBytes(StandardCharsets.UTF_8)
                    : quoted(payload.text()))
        .orElse(null);
  }

  private static byte[] detail(FlagResult result) {
    FlagDefinition definition = result.definition();
    JsonBuffer json =
        new JsonBuffer(512)
            .openObject()
            .name("key")
            .string(result.key())
            .name("enabled")
            .bool(result.enabled())
            .name("variant");
    result.variant().ifPresentOrElse(json::string, () -> json.raw(NULL));
    json.name("reason")
        .openObject()
        .name("code")
        .string(result.reason().code())
        .name("condition_index");
    if (result.reason().conditionIndex().isPresent()) {
      json.number(result.reason().conditionIndex().getAsInt());
    } else {
      json.raw(NULL);
    }
    json.name("description")
        .string(result.reason().description())
        .closeObject()
        .name("metadata")
        .openObject()
        .name("id")
        .number(definition.id())
        .name("version")
        .number(definition.version())
        .name("description");
    definition.description().ifPresentOrElse(json::string, () -> json.raw(NULL));
    // A string, never an object: the parsers of mobile SDKs break otherwise.
    json.name("payload");
    result.payload().ifPresentOrElse(payload -> json.string(payload.text()), () -> json.raw(NULL));
    json.name("has_experiment").bool(definition.hasExperiment()).closeObject();
    if (result.failed()) {
      json.name("failed").bool(true);
    }
    return json.closeObject().toBytes();
  }

  private static byte[] quoted(String text) {
    return new JsonBuffer(2 + 6 * text.length()).string(text).toBytes();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;

/**
 * What a flag carries beside its value.
 *
 * @param text the JSON text that {@code metadata.payload} and PostHog's old map hold as a string
 * @param value the same as JSON, as hogflare's {@code featureFlagPayloads} holds it; shared, not to
 *     be changed
 */
public record FlagPayload(String text, JsonNode value) {
  private static final ObjectReader JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build()
          .readerFor(JsonNode.class);

  /** Returns a payload of an official flag: text goes out as it was written. */
  static FlagPayload official(JsonNode written) {
    JsonNode value = parsed(written);
    return new FlagPayload(written.isTextual() ? written.textValue() : written.toString(), value);
  }

  /** Returns a payload of a hogflare flag: text that is JSON stands for that JSON. */
  static FlagPayload hogflare(JsonNode written) {
    JsonNode value = parsed(written);
    return new FlagPayload(value.toString(), value);
  }

  private static JsonNode parsed(JsonNode written) {
    if (!written.isTextual()) {
      return written;
    }
    try {
      JsonNode value = JSON.readTree(written.textValue());
      return value.isMissingNode() ? written : value;
    } catch (JsonProcessingException e) {
      // Text that is no JSON stands for itself.
      return written;
    }
  }
}

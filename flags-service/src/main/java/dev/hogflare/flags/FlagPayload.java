// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What a flag carries beside its value.
 *
 * @param text the JSON text that {@code metadata.payload} and PostHog's old map hold as a string
 * @param value the same as JSON, as hogflare's {@code featureFlagPayloads} holds it; shared, not to
 *     be changed
 */
public record FlagPayload(String text, JsonNode value) {}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a client asks, together with everything that the answer depends on beside stored state.
 *
 * @param token the project's token
 * @param distinctId the id as sent; may be empty
 * @param deviceId the device, for flags that bucket by device
 * @param anonDistinctId the id before login, for flags with experience continuity
 * @param personProperties properties that win over the stored ones
 * @param storedPersonIgnored whether only {@code personProperties} count
 * @param groups group type to group key; keys that are no text or number were left out
 * @param groupProperties group type to properties that win over the stored ones
 * @param flagKeys the only flags that are asked for; an empty set means none for hogflare flags and
 *     all for official ones
 * @param surveyFlagsOnly whether only flags of surveys are asked for
 * @param evaluationContexts the contexts or environments that the request names
 * @param runtime the kind of program that asks
 * @param now the time of the request, from which relative dates count
 */
public record EvaluationRequest(
    String token,
    String distinctId,
    Optional<String> deviceId,
    Optional<String> anonDistinctId,
    Map<String, JsonNode> personProperties,
    boolean storedPersonIgnored,
    Map<String, String> groups,
    Map<String, Map<String, JsonNode>> groupProperties,
    Optional<Set<String>> flagKeys,
    boolean surveyFlagsOnly,
    Optional<Set<String>> evaluationContexts,
    RequestRuntime runtime,
    Instant now) {
  /** Returns the plainest request: an id, no groups, every flag. */
  public static EvaluationRequest of(String token, String distinctId, Instant now) {
    return new EvaluationRequest(
        token,
        distinctId,
        Optional.empty(),
        Optional.empty(),
        Map.of(),
        false,
        Map.of(),
        Map.of(),
        Optional.empty(),
        false,
        Optional.empty(),
        RequestRuntime.ALL,
        now);
  }

  /**
   * Returns a distinct id or group key as text: text as it is, a number as it was written, nothing
   * for everything else.
   */
  public static Optional<String> idText(JsonNode id) {
    if (id == null) {
      return Optional.empty();
    }
    return id.isTextual() || id.isNumber() ? Optional.of(id.asText()) : Optional.empty();
  }

  /** Returns the same request of another person. */
  public EvaluationRequest withDistinctId(String id) {
    return new EvaluationRequest(
        token,
        id,
        deviceId,
        anonDistinctId,
        personProperties,
        storedPersonIgnored,
        groups,
        groupProperties,
        flagKeys,
        surveyFlagsOnly,
        evaluationContexts,
        runtime,
        now);
  }

  /** Returns the same request for some flags only. */
  public EvaluationRequest withFlagKeys(Set<String> keys) {
    return new EvaluationRequest(
        token,
        distinctId,
        deviceId,
        anonDistinctId,
        personProperties,
        storedPersonIgnored,
        groups,
        groupProperties,
        Optional.of(keys),
        surveyFlagsOnly,
        evaluationContexts,
        runtime,
        now);
  }
}

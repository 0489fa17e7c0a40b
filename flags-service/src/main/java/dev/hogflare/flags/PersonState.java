// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/** What is stored about the person of a request. */
public sealed interface PersonState {
  /**
   * The person exists.
   *
   * @param properties the merged properties; not changed after this
   * @param createdAt when the person came into being, for filters of the type {@code
   *     person_metadata}
   */
  record Known(Map<String, JsonNode> properties, Optional<Instant> createdAt)
      implements PersonState {}

  /** Nobody has this distinct id: evaluated as a person without properties. */
  record Unknown() implements PersonState {}

  /**
   * The store cannot be asked at the moment: flags that need it fail.
   *
   * @param reason one sentence
   */
  record Unreachable(String reason) implements PersonState {}
}

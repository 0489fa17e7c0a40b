// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;

/** Decides on one property; made when the definition is read and shared by all requests. */
@FunctionalInterface
interface PropertyTest {
  /** Matches nothing: what a filter is that cannot be understood. */
  PropertyTest NEVER = (value, now) -> false;

  /**
   * Whether the property matches.
   *
   * @param value the property, null if there is none; JSON's null is a value
   * @param now the time of the request
   */
  boolean matches(JsonNode value, Instant now);
}

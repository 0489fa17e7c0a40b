// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

/** Finds the person that a distinct id belongs to now. */
@FunctionalInterface
public interface PersonLookup {

  /**
   * Returns {@code {"canonical_id": …, "record": {…} | null}} in UTF-8, as the debug endpoint
   * answers it; an unknown distinct id gives its own id and a null record.
   *
   * @param token the project key
   * @param distinctId the distinct id, as it stands in the event
   * @return the JSON, or null if the person cannot be looked up now
   */
  byte[] find(String token, String distinctId);
}

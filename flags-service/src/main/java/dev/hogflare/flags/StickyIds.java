// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Remembers by which id a person is hashed, for flags with experience continuity. */
@FunctionalInterface
interface StickyIds {
  /** Remembers nothing. */
  StickyIds NONE = (token, ids, anonymous, flags) -> new ContinuityKeys.Known(Map.of());

  /**
   * Returns the stored ids of a person, after storing the anonymous one for the flags that have
   * none yet.
   *
   * @param ids the distinct ids of the person, the one that asks first
   * @param anonymous the id before login, if the request names it
   * @param flags the flags whose ids are stored
   */
  ContinuityKeys keys(
      String token, List<String> ids, Optional<String> anonymous, Set<String> flags);
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.util.Map;

/**
 * The ids that keep a person in its bucket from anonymous to identified, for flags with {@code
 * ensure_experience_continuity}.
 */
public sealed interface ContinuityKeys {
  /**
   * The stored ids of this person.
   *
   * @param byFlag flag key to the id that is hashed; a flag without an entry hashes the request's
   *     anonymous id, else its distinct id
   */
  record Known(Map<String, String> byFlag) implements ContinuityKeys {}

  /**
   * The store cannot be asked at the moment: the flags that need it fail.
   *
   * @param reason one sentence
   */
  record Unreachable(String reason) implements ContinuityKeys {}
}

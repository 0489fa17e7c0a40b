// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

/** What a lookup of a group comes to. */
public sealed interface GroupAnswer {

  /**
   * The group is known.
   *
   * @param json a JSON object with {@code group_type}, {@code group_key}, {@code created_at} (RFC
   *     3339), {@code version} (updates applied, from 1) and {@code properties}
   */
  record Found(byte[] json) implements GroupAnswer {}

  /** Nothing is known of the group: no event has set a property of it or created it. */
  record Unknown() implements GroupAnswer {}

  /**
   * Nobody can say at the moment; asking again after a second is right.
   *
   * @param reason one sentence for the operator
   */
  record Unavailable(String reason) implements GroupAnswer {}
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import java.util.UUID;

/**
 * The fact that all earlier rows of a distinct id now belong to a person, whatever person id they
 * carry.
 *
 * <p>The record's key is the actor's key, so that the latest one stands in the compacted topic. Of
 * a distinct id that was deleted before, NUL and the number of deletions follow in the key. A
 * record without a value says that what it was about is deleted.
 *
 * @param key whose rows
 * @param person the person they belong to
 * @param mergedAt the gateway's arrival time of the event that caused it, in microseconds since the
 *     epoch
 */
public record PersonOverride(ActorKey key, UUID person, long mergedAt) {

  /**
   * Returns the record's value: a JSON object with {@code api_key, distinct_id, person_id,
   * merged_at}.
   */
  public byte[] toJson() {
    return new JsonBuffer(160)
        .openObject()
        .name("api_key")
        .string(key.token())
        .name("distinct_id")
        .string(key.distinctId())
        .name("person_id")
        .string(person.toString())
        .name("merged_at")
        .time(mergedAt)
        .closeObject()
        .toBytes();
  }
}

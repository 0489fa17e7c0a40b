// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

/**
 * Gives the evaluator what is stored about the person and the groups of one request.
 *
 * <p>Each question is asked at most once in an evaluation, on the thread that evaluates, and only
 * if a flag of the request needs the answer. So a source may look things up when it is asked, or
 * have looked up before what {@link StateNeeds} names. It never throws for a store that is down;
 * that is an answer.
 */
public interface StateSource {
  /** Returns the person of the request's distinct id. */
  PersonState person();

  /**
   * Returns one of the request's groups.
   *
   * @param type the group type, by name
   * @param key the key that the request gives for it
   */
  GroupState group(String type, String key);

  /** Returns the stored ids of flags with experience continuity. */
  ContinuityKeys continuityKeys();

  /** Returns a source without any person, group or stored id. */
  static StateSource empty() {
    return EmptyState.INSTANCE;
  }
}

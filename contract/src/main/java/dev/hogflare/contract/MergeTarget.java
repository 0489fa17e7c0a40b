// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

/**
 * The distinct id that an event asks to be united with its own.
 *
 * <p>The gateway claims it before it writes the event, and the person-processor unites; both have
 * to mean the same id.
 */
public sealed interface MergeTarget {

  /**
   * Another id.
   *
   * @param id in the form of a key
   */
  record Other(String id) implements MergeTarget {}

  /** Its own id, which it is united with already. */
  record Itself() implements MergeTarget {}

  /** One of the two stands for nobody and never merges. */
  record Nobody() implements MergeTarget {}

  /**
   * Returns whom an event means.
   *
   * @param asked the id as it was sent
   * @param own the event's distinct id in the form of a key
   */
  static MergeTarget of(String asked, String own) {
    String id = DistinctIds.normalize(asked);
    if (id.equals(own)) {
      return new Itself();
    }
    // It stands for every visitor without cookies, and would unite them all.
    if (id.equals(DistinctIds.COOKIELESS) || own.equals(DistinctIds.COOKIELESS)) {
      return new Nobody();
    }
    // As it was sent, because an overlong id is no longer one when it is cut.
    if (IllegalIds.contains(DistinctIds.clean(asked)) || IllegalIds.contains(own)) {
      return new Nobody();
    }
    return new Other(id);
  }
}

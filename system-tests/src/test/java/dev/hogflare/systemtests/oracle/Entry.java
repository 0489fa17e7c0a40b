// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.systemtests.oracle;

import dev.hogflare.contract.Stamp;

/** What the raw log says of identity: claims, and events that write persons. */
sealed interface Entry permits Entry.Claim, Event {

  /** Returns its place in history. */
  Stamp stamp();

  /**
   * An event that is about to be written wants to be united with an id.
   *
   * @param id the life of the id in whose log the claim stands
   * @param claimant the id of the event
   */
  record Claim(String id, String claimant, Stamp stamp) implements Entry {}
}

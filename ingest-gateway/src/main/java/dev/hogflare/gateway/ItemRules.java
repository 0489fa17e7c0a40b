// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

/** Decides what becomes of the items of a route. */
interface ItemRules {

  /** Gives the item its identity, or filters or refuses it. */
  void judge(Item item, EventFields fields);
}

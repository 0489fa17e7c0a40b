// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import java.util.List;

/**
 * What one request brings.
 *
 * @param json the bytes in which the items stand
 * @param items the items in the order in which they were sent, at least one
 * @param defaults a JSON object of fields that the request's envelope gives for all its items, or
 *     null
 * @param historical whether the client says that all of it is from another time, so that it can
 *     wait
 */
record Intake(byte[] json, List<Item> items, byte[] defaults, boolean historical) {

  /** Returns how many items have this fate. */
  int count(Item.Fate fate) {
    int count = 0;
    for (Item item : items) {
      if (item.fate() == fate) {
        count++;
      }
    }
    return count;
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.Stamp;
import java.util.List;

/** Counts merges that an entry or event is older than. */
final class Stamps {
  private Stamps() {}

  /** Returns how many of the stamps come after the given one. */
  static int countAfter(List<Stamp> sinces, Stamp stamp) {
    int count = 0;
    for (Stamp since : sinces) {
      if (stamp.isBefore(since)) {
        count++;
      }
    }
    return count;
  }
}

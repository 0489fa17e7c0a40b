// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.Stamp;
import java.util.UUID;

/**
 * Which of two persons survives a merge: identified before anonymous, older before younger, then
 * the greater UUID.
 *
 * <p>A total order in which a person only rises while it lives, so that links between persons can
 * form no ring.
 */
record Rank(boolean identified, Stamp created, UUID uuid) implements Comparable<Rank> {

  @Override
  public int compareTo(Rank other) {
    int byIdentified = Boolean.compare(identified, other.identified);
    if (byIdentified != 0) {
      return byIdentified;
    }
    int byAge = other.created.compareTo(created);
    return byAge != 0 ? byAge : uuid.compareTo(other.uuid);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

/**
 * What the log of one distinct id says so far about who may have it: all of it read from its own
 * raw partition, so that every replay finds the same.
 *
 * @param taken whether there was a claim on it, or an own event that united it with another id
 * @param claimantOrNull whose claim came first; null if its own event did, or nothing yet
 * @param last the offset of the last claim read, or -1
 */
record Claims(boolean taken, String claimantOrNull, long last) {
  /** Of an id that nobody has claimed. */
  static final Claims NONE = new Claims(false, null, -1);

  /** Whether any claim was read. */
  boolean any() {
    return last >= 0;
  }

  /** Whether the first claim is this one's, so that its questions are granted. */
  boolean isFirst(String claimant) {
    return claimant.equals(claimantOrNull);
  }

  /** Returns the claims after an own event that unites the id with another one. */
  Claims takenByItself() {
    return taken ? this : new Claims(true, null, last);
  }

  /** Returns the claims after one more. */
  Claims claimedBy(String claimant, long offset) {
    return taken ? new Claims(true, claimantOrNull, offset) : new Claims(true, claimant, offset);
  }
}

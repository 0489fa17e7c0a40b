// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

/**
 * What a question to another distinct id says of the claim that was written for its event before
 * it, on the partition of the id that is asked.
 *
 * <p>A question is answered when its claim has been read, so that the answer follows from the order
 * of one partition's log and not from how long the question was under way.
 */
sealed interface Claim {
  /** The event was written by a program that makes no claims; decided when the question arrives. */
  Claim NONE = Settled.NONE;

  /** The id that was asked has read the claim and let the question pass. */
  Claim READ = Settled.READ;

  /** A claim that nobody has to wait for. */
  enum Settled implements Claim {
    /** See {@link Claim#NONE}. */
    NONE,
    /** See {@link Claim#READ}. */
    READ
  }

  /**
   * A claim that the id that is asked may not have read yet.
   *
   * @param claimant the distinct id of the event
   * @param offset its place in the raw partition of the id that is asked
   */
  record Open(String claimant, long offset) implements Claim {}
}

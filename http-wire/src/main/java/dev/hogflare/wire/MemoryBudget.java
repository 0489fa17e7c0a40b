// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.wire;

/** Is asked before memory is taken for a request's body. */
@FunctionalInterface
public interface MemoryBudget {
  /** Allows everything. */
  MemoryBudget UNBOUNDED = bytes -> {};

  /**
   * Takes memory that is given back when the request is answered.
   *
   * @throws RequestRefusedException if there is not so much left
   */
  void reserve(long bytes) throws RequestRefusedException;
}

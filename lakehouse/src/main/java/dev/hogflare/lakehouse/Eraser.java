// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import java.io.IOException;

/** Removes a person's rows from a lake. */
@FunctionalInterface
public interface Eraser {
  /**
   * Removes them for good.
   *
   * @throws IOException if a file cannot be read or written; the next call removes what is left
   */
  Erasure.Outcome erase(Erasure erasure) throws IOException;
}

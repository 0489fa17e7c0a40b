// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

/** A table is not as its writer left it, so that nothing more can be added to it as things are. */
final class FencedWriterException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean takenOver;

  /**
   * Creates the exception.
   *
   * @param takenOver whether another writer has the table now; else it may be taken over anew
   */
  FencedWriterException(String message, boolean takenOver) {
    super(message);
    this.takenOver = takenOver;
  }

  /** Whether another writer has the table, so that to begin anew would push that one out. */
  boolean takenOver() {
    return takenOver;
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.rebuild;

/** Ends a piece of work on generations with a sentence for the operator, which says what to do. */
public final class RebuildException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception that nothing else caused. */
  public RebuildException(String message) {
    super(message);
  }

  /** Creates an exception with its cause. */
  public RebuildException(String message, Throwable cause) {
    super(message, cause);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.operations;

/** Ends an operation with one sentence for the operator, which says what to do next. */
public final class OperationFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  OperationFailedException(String message) {
    super(message);
  }

  OperationFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}

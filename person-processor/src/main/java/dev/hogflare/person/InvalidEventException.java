// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.ErrorCode;

/** Says that an event cannot become a row; the raw record belongs into the dead letters. */
final class InvalidEventException extends Exception {
  private static final long serialVersionUID = 1L;

  private final ErrorCode code;

  InvalidEventException(ErrorCode code, String message) {
    super(message);
    this.code = code;
  }

  ErrorCode code() {
    return code;
  }
}

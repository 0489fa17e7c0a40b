// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

/** Ends a command with one sentence for the person at the keyboard, which says what to do next. */
final class CommandException extends RuntimeException {
  /** Status of a command that failed. */
  static final int FAILED = 1;

  /** Status of a command line that cannot be understood, or an environment with mistakes. */
  static final int USAGE = 2;

  /** Status of a command that asks a running {@code up}, when there is none. */
  static final int NOT_RUNNING = 3;

  private static final long serialVersionUID = 1L;

  private final int status;

  CommandException(int status, String message) {
    super(message);
    this.status = status;
  }

  CommandException(int status, String message, Throwable cause) {
    super(message, cause);
    this.status = status;
  }

  /** Returns the exit status of the process. */
  int status() {
    return status;
  }
}

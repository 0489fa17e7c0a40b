// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

/** Refuses a change of the generations because somebody else changed them at the same time. */
public final class ConcurrentChangeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception, with what Kafka said about it or null. */
  ConcurrentChangeException(Throwable cause) {
    super(
        "Another command changed the generations at the same time; nothing was written. See"
            + " 'hogflare rebuild status', then repeat the command.",
        cause);
  }
}

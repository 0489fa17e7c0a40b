// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

/** Says that not everything of a request is known to be on Kafka. */
final class PublicationFailedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean tooLarge;

  private PublicationFailedException(String message, Throwable cause, boolean tooLarge) {
    super(message, cause, false, false);
    this.tooLarge = tooLarge;
  }

  /** Sending it again later may help. */
  static PublicationFailedException unavailable(String message, Throwable cause) {
    return new PublicationFailedException(message, cause, false);
  }

  /** The brokers are configured to take smaller records than we send; sending it again is vain. */
  static PublicationFailedException tooLarge(String message, Throwable cause) {
    return new PublicationFailedException(message, cause, true);
  }

  boolean tooLarge() {
    return tooLarge;
  }
}

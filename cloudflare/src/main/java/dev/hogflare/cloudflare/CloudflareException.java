// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.cloudflare;

/**
 * Says in sentences for the operator what Cloudflare did not do, and what to change; a message may
 * have several lines.
 */
public final class CloudflareException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean passing;

  CloudflareException(String message) {
    this(message, null, false);
  }

  CloudflareException(String message, Throwable cause) {
    this(message, cause, false);
  }

  CloudflareException(String message, Throwable cause, boolean passing) {
    super(message, cause);
    this.passing = passing;
  }

  /** Returns whether the same question may be answered later, as when a table is not there yet. */
  public boolean passing() {
    return passing;
  }
}

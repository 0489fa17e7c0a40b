// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

/** Says why a query has no answer; the message is one sentence for the person who asked. */
public final class LakeQueryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  LakeQueryException(String message) {
    super(message);
  }

  LakeQueryException(String message, Throwable cause) {
    super(message, cause);
  }
}

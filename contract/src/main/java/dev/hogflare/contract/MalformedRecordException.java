// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

/**
 * Says that bytes on a topic are not what this topic carries; the record belongs into the dead
 * letters.
 */
public final class MalformedRecordException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception with a sentence that names the field and what was expected. */
  public MalformedRecordException(String message) {
    super(message);
  }

  /** Creates the exception with a sentence that names the field, and the reader's own error. */
  public MalformedRecordException(String message, Throwable cause) {
    super(message, cause);
  }
}

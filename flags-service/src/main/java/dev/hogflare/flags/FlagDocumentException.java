// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

/** Says that a document of flags cannot be read at all, in a sentence with line and column. */
public final class FlagDocumentException extends Exception {
  private static final long serialVersionUID = 1L;

  /** Creates the exception with a sentence that says where and what is wrong. */
  public FlagDocumentException(String message) {
    super(message);
  }

  /** Creates the exception with the sentence and the JSON reader's own error. */
  public FlagDocumentException(String message, Throwable cause) {
    super(message, cause);
  }
}

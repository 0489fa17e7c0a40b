// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

/** A file of transformations that cannot be used; the message names the file, step and field. */
public final class TransformationsException extends Exception {
  private static final long serialVersionUID = 1;

  TransformationsException(String message) {
    super(message);
  }

  TransformationsException(String message, Throwable cause) {
    super(message, cause);
  }
}

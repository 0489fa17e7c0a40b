// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

/** A step that cannot do with an event what it is for; costs no stack trace. */
final class StepFailedException extends Exception {
  private static final long serialVersionUID = 1;

  StepFailedException(String message) {
    super(message, null, false, false);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

/** Says why no row of a request body can be taken; the message is one sentence for its sender. */
final class RefusedBodyException extends Exception {
  private static final long serialVersionUID = 1L;

  RefusedBodyException(String message) {
    super(message);
  }
}

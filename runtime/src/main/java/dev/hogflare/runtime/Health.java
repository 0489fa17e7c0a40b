// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

/**
 * How a service is.
 *
 * @param up whether it does its work
 * @param message one sentence for the operator; when it is down, with what to do
 */
public record Health(boolean up, String message) {

  /** Returns the health of a service that works. */
  public static Health up(String message) {
    return new Health(true, message);
  }

  /** Returns the health of a service that does not work. */
  public static Health down(String message) {
    return new Health(false, message);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import java.util.Locale;

/**
 * How a service is.
 *
 * @param state whether it does its work
 * @param message one sentence for the operator; unless all is well, with what to do
 */
public record Health(State state, String message) {

  /** Whether a service does its work. */
  public enum State {
    /** All of it. */
    OK,
    /** All but a part that can be done without. */
    DEGRADED,
    /** No. */
    DOWN;

    /** Returns the word for it in reports. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Whether the service does its work, if perhaps not all of it. */
  public boolean up() {
    return state != State.DOWN;
  }

  /** Returns the health of a service that works. */
  public static Health up(String message) {
    return new Health(State.OK, message);
  }

  /** Returns the health of a service that works without a part that can be done without. */
  public static Health degraded(String message) {
    return new Health(State.DEGRADED, message);
  }

  /** Returns the health of a service that does not work. */
  public static Health down(String message) {
    return new Health(State.DOWN, message);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

/** Says where bytes stop being JSON. */
final class MalformedJsonException extends Exception {
  private static final long serialVersionUID = 1L;

  private final boolean tooDeep;

  private MalformedJsonException(String message, boolean tooDeep) {
    // Hostile bodies throw these by the thousand; where in our code it happened says nothing.
    super(message, null, false, false);
    this.tooDeep = tooDeep;
  }

  static MalformedJsonException at(int index, String problem) {
    return new MalformedJsonException(problem + " at byte " + index, false);
  }

  static MalformedJsonException deeperThan(int levels) {
    return new MalformedJsonException(
        "nested more deeply than " + levels + " levels; flatten it", true);
  }

  static MalformedJsonException moreThan(int members) {
    return new MalformedJsonException(
        "an object of more than " + members + " members; send fewer", true);
  }

  /** Whether it might be JSON, only nested more deeply, or with more members, than is read. */
  boolean tooDeep() {
    return tooDeep;
  }
}

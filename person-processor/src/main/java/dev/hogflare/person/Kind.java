// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

/** What an event means to its person. */
enum Kind {
  /** An ordinary event. */
  CAPTURE("capture"),
  /** A person becomes known, perhaps as the one that an anonymous id stood for. */
  IDENTIFY("identify"),
  /** Two ids are one person. */
  ALIAS("alias"),
  /** A people update without an event name. */
  ENGAGE("engage"),
  /** Properties of a group; the person is only read. */
  GROUP_IDENTIFY("group_identify"),
  /**
   * A part of a session recording; the person is only read, because recordings are not kept for a
   * rebuild.
   */
  RECORDING("session_recording");

  private final String operation;

  Kind(String operation) {
    this.operation = operation;
  }

  /** Returns the operation of the snapshot that such an event causes. */
  String operation() {
    return operation;
  }

  /** Whether such an event may unite two ids. */
  boolean merges() {
    return this == IDENTIFY || this == ALIAS;
  }

  /** Whether such an event may change the person. */
  boolean writesPerson() {
    return this != GROUP_IDENTIFY && this != RECORDING;
  }
}

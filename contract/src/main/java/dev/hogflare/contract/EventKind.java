// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import java.util.Locale;

/** What an event means to its person. */
public enum EventKind {
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

  EventKind(String operation) {
    this.operation = operation;
  }

  /** Returns the operation of the snapshot that such an event causes. */
  public String operation() {
    return operation;
  }

  /** Whether such an event may unite two ids. */
  public boolean merges() {
    return this == IDENTIFY || this == ALIAS;
  }

  /** Whether such an event may change the person. */
  public boolean writesPerson() {
    return this != GROUP_IDENTIFY && this != RECORDING;
  }

  /**
   * Returns what an event is by its name, its route and its shape, in this order; null if none of
   * them says it.
   *
   * @param event its name, or null
   * @param type hogflare's field {@code type}, or null
   * @param hasAlias whether it has a field {@code alias}
   */
  public static EventKind ofOrNull(Route route, String event, String type, boolean hasAlias) {
    switch (event == null ? "" : event) {
      case "$identify" -> {
        return IDENTIFY;
      }
      case "$create_alias", "$merge_dangerously" -> {
        return ALIAS;
      }
      case "$groupidentify" -> {
        return GROUP_IDENTIFY;
      }
      default -> {
        // The route decides.
      }
    }
    switch (route) {
      case IDENTIFY -> {
        return IDENTIFY;
      }
      case ALIAS -> {
        return ALIAS;
      }
      case GROUPS -> {
        return GROUP_IDENTIFY;
      }
      case CAPTURE, E, BATCH, ENGAGE, S -> {
        // The event's own fields decide.
      }
    }
    if (event != null) {
      return CAPTURE;
    }
    switch (type == null ? "" : type.toLowerCase(Locale.ROOT)) {
      case "identify" -> {
        return IDENTIFY;
      }
      case "groupidentify", "group_identify" -> {
        return GROUP_IDENTIFY;
      }
      case "alias" -> {
        return ALIAS;
      }
      case "engage" -> {
        return ENGAGE;
      }
      default -> {
        // Without a type only the shape is left.
      }
    }
    if (hasAlias) {
      return ALIAS;
    }
    return route == Route.ENGAGE ? ENGAGE : null;
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

/**
 * The columns of an event row that come from the event itself, as JSON ready to be copied.
 *
 * @param event the event's name
 * @param timestamp when it happened, in microseconds since the epoch
 * @param properties a JSON object, or null
 * @param context a JSON object, or null
 * @param extra a JSON object, or null
 * @param items where the items of a recording stand among the properties, or null if it is none
 */
record EventColumns(
    String event, long timestamp, byte[] properties, byte[] context, byte[] extra, Items items) {

  /** Creates the columns of what is no recording, or one without items. */
  EventColumns(String event, long timestamp, byte[] properties, byte[] context, byte[] extra) {
    this(event, timestamp, properties, context, extra, null);
  }

  /**
   * A list in the properties.
   *
   * @param from the index of its first byte
   * @param to the index behind its last
   */
  record Items(int from, int to) {}
}

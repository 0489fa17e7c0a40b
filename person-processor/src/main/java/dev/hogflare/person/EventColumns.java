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
 */
record EventColumns(
    String event, long timestamp, byte[] properties, byte[] context, byte[] extra) {}

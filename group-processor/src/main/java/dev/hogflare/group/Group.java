// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import dev.hogflare.contract.Stamp;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is known of one group.
 *
 * @param createdBy the stamp of the earliest update
 * @param createdAt the gateway's arrival time of that update, in microseconds since the epoch
 * @param version the number of updates that were applied, from 1
 * @param properties the properties by name, in the order of the names' UTF-16 units, so that equal
 *     groups have equal bytes
 */
record Group(
    Stamp createdBy, long createdAt, long version, SortedMap<String, Property> properties) {

  /**
   * One property.
   *
   * @param stamp the place in history of the event that set it
   * @param value the JSON value as the client sent it; {@code null} is a value like any other
   */
  record Property(Stamp stamp, byte[] value) {}

  /** Copies the properties. */
  Group {
    properties = Collections.unmodifiableSortedMap(new TreeMap<>(properties));
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import java.util.List;

/**
 * One row on its way from a topic to a sink.
 *
 * @param tracker the partition that the row came from
 * @param offset its offset there
 * @param key the record's key, which a dead letter keeps
 * @param value the row's JSON, which is sent as it is; null if there is none
 * @param headers the record's headers, which a dead letter keeps
 */
record Row(OffsetTracker tracker, long offset, byte[] key, byte[] value, List<Header> headers) {

  /** One header of a record. */
  record Header(String name, byte[] value) {}

  /** Returns the same record with another JSON to be sent. */
  Row with(byte[] json) {
    return new Row(tracker, offset, key, json, headers);
  }

  /** Returns the length of the JSON in bytes. */
  int bytes() {
    return value == null ? 0 : value.length;
  }
}

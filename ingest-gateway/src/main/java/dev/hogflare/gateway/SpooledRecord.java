// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import org.apache.kafka.common.header.Headers;

/**
 * A record that waits for Kafka.
 *
 * @param claim the place within its request of the record whose offset this one has to name as its
 *     claim, or {@link #NO_CLAIM}
 */
record SpooledRecord(String topic, byte[] key, byte[] value, Headers headers, int claim) {
  /** The record names no claim. */
  static final int NO_CLAIM = -1;
}

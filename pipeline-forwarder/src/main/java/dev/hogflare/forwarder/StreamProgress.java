// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import java.util.OptionalLong;

/**
 * How far one stream has come since the forwarder was started.
 *
 * @param received rows read from the topic
 * @param delivered rows that the sink accepted
 * @param deadLettered rows written to the dead letters
 * @param returned rows given up at a rebalance or stop, to be read again
 * @param inFlight rows read and not finished
 * @param lag rows on this instance's partitions that are not finished; empty until it was measured
 */
public record StreamProgress(
    long received,
    long delivered,
    long deadLettered,
    long returned,
    long inFlight,
    OptionalLong lag) {}

// SPDX-License-Identifier: Apache-2.0
/** Takes final rows from Kafka to the sinks that store them, at least once and without a gap. */
package dev.hogflare.forwarder;

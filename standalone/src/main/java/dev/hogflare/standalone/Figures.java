// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

/**
 * How far the pipeline has come, over its whole life.
 *
 * @param eventsIn events and parts of recordings that the gateway stored
 * @param persons persons that came into being, those included that were merged into another later
 * @param lakeRows rows in the lake's tables; 0 if the rows go elsewhere
 * @param lag records that wait for a processor or the forwarder
 */
record Figures(long eventsIn, long persons, long lakeRows, long lag) {}

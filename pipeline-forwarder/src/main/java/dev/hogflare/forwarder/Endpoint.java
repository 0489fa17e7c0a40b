// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

/**
 * One stream of a sink.
 *
 * @param client sends rows to it
 * @param pacer bounds the bytes that it gets, of all who send to it
 */
record Endpoint(PipelineClient client, BytePacer pacer) {}

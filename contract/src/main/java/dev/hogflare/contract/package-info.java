// SPDX-License-Identifier: Apache-2.0
/**
 * Everything that crosses a topic or a sink: records with their codecs, topics, row schemas and
 * error codes.
 */
package dev.hogflare.contract;

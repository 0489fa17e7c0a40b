// SPDX-License-Identifier: Apache-2.0
/** Cloudflare's side: streams, sinks, pipelines, SQL over HTTP, and what the sinks counted. */
package dev.hogflare.cloudflare;

// SPDX-License-Identifier: Apache-2.0
/** Turns HTTP requests of PostHog's SDKs into raw events on Kafka. */
package dev.hogflare.gateway;

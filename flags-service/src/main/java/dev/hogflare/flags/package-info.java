// SPDX-License-Identifier: Apache-2.0

/** Answers feature flags and the configuration of SDKs. */
package dev.hogflare.flags;

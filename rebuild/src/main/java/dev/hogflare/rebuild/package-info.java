// SPDX-License-Identifier: Apache-2.0

/** Builds all state again from the raw topics, and proves it equal. */
package dev.hogflare.rebuild;

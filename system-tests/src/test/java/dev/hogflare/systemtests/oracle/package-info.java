// SPDX-License-Identifier: Apache-2.0
/**
 * What must come of a raw topic, worked out anew: one thread, no partitions, no mail, and of the
 * product's classes only those of the contract.
 */
package dev.hogflare.systemtests.oracle;

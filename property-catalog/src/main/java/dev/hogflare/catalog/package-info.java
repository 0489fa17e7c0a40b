// SPDX-License-Identifier: Apache-2.0
/** Which events and properties come in, how often, since when, and of which types. */
package dev.hogflare.catalog;

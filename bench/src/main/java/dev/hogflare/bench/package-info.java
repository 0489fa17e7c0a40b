// SPDX-License-Identifier: Apache-2.0
/** Measures the product against bare engines in the same run. */
package dev.hogflare.bench;

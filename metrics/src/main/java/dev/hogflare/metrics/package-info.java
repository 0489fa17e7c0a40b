// SPDX-License-Identifier: Apache-2.0
/** Semantic models and the compiler that makes SQL of questions about them. */
package dev.hogflare.metrics;

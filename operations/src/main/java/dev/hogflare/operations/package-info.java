// SPDX-License-Identifier: Apache-2.0

/** Answers an operator's questions: dead letters, and whether the books balance. */
package dev.hogflare.operations;

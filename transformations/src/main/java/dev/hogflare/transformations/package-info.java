// SPDX-License-Identifier: Apache-2.0
/** Steps from a file that change or drop events before anything else is made of them. */
package dev.hogflare.transformations;

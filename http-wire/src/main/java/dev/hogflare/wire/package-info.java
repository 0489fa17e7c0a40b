// SPDX-License-Identifier: Apache-2.0
/** What all of our public HTTP endpoints read and answer alike. */
package dev.hogflare.wire;

// SPDX-License-Identifier: Apache-2.0
/** Gives each event the properties of its groups, and keeps those properties. */
package dev.hogflare.group;

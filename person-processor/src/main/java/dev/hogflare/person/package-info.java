// SPDX-License-Identifier: Apache-2.0
/** Raw events become events with their person: identity, properties, snapshots and lookups. */
package dev.hogflare.person;

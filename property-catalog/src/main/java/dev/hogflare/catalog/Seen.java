// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.catalog;

import dev.hogflare.contract.DefinitionKey;
import dev.hogflare.contract.ValueCounts;

/**
 * What one thread saw of one name between two commits.
 *
 * @param kind what it is the name of
 * @param parent the event or the group type that it belongs to, else empty
 * @param name the name
 * @param values how many values were of which type
 * @param first the arrival of the earliest event, in microseconds since the epoch
 * @param last that of the latest one
 */
record Seen(
    DefinitionKey.Kind kind,
    String parent,
    String name,
    ValueCounts values,
    long first,
    long last) {}

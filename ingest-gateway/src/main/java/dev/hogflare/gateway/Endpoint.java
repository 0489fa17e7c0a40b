// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.Route;

/**
 * What stands behind a path.
 *
 * @param route what is told to the processors
 * @param protocol how its requests are read and answered
 */
record Endpoint(Route route, Protocol protocol) {}

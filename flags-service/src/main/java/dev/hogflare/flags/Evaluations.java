// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.util.List;

/**
 * The flags of one request.
 *
 * @param results the flags that were asked for and that the request may see, in the order of the
 *     document; official flags that are not active are not among them
 * @param errors whether any of them failed
 */
public record Evaluations(List<FlagResult> results, boolean errors) {}

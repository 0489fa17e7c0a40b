// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.util.OptionalInt;

/**
 * Why a flag has its value.
 *
 * @param code {@code condition_match} and its like for official flags, {@code match} and its like
 *     for hogflare flags, or the kind of failure
 * @param conditionIndex the condition that decided, from 0
 * @param description the code in words, as PostHog words it
 */
public record FlagReason(String code, OptionalInt conditionIndex, String description) {}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.flags;

import java.util.Optional;

/**
 * One decoded request for flags.
 *
 * @param token the project key, if the request names one
 * @param distinctId the id, if the request names one; may be empty
 * @param disabled whether the answer is to hold no flags
 * @param evaluation what is evaluated; without token or distinct id they are empty in it
 */
record FlagsRequest(
    Optional<String> token,
    Optional<String> distinctId,
    boolean disabled,
    EvaluationRequest evaluation) {}

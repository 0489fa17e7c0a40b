// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import java.time.Duration;

/**
 * The spans of time of a stream's loop that no operator sets.
 *
 * @param retry when a failed request is repeated
 * @param probe how often a stopped stream tries whether its sink wants it again
 * @param drain how long a close waits for requests in flight
 * @param handover how long a rebalance waits for requests with rows of a partition that goes
 * @param commit the time between commits
 * @param restart the time until a failed loop begins anew
 */
record Pace(
    RetryPolicy retry,
    Duration probe,
    Duration drain,
    Duration handover,
    Duration commit,
    Duration restart) {
  /** What the product uses. */
  static final Pace STANDARD =
      new Pace(
          RetryPolicy.STANDARD,
          Duration.ofSeconds(60),
          Duration.ofSeconds(10),
          Duration.ofSeconds(5),
          // Each commit writes the account before; a crash sends a second's rows again.
          Duration.ofSeconds(1),
          Duration.ofSeconds(5));
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import dev.hogflare.contract.ErrorCode;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Decides from the outcome of a request what is done with its batch.
 *
 * <table>
 *   <caption>The rules</caption>
 *   <tr><th>outcome</th><th>several rows</th><th>one row</th></tr>
 *   <tr><td>2xx</td><td>deliver</td><td>deliver</td></tr>
 *   <tr><td>408, 409, 425, 429, 5xx, no answer</td><td>again, for ever</td><td>again, for ever</td></tr>
 *   <tr><td>413</td><td>halves</td><td>dead letter</td></tr>
 *   <tr><td>400, 422</td><td>halves</td><td>dead letter</td></tr>
 *   <tr><td>any other</td><td>halt</td><td>halt</td></tr>
 * </table>
 *
 * <p>The delay before attempt n is drawn evenly from zero to the lesser of {@code cap} and {@code
 * base} × 2ⁿ, so that forwarders which failed together do not come back together. A wish of the
 * sink's (Retry-After) is a lower bound, up to {@code longestWish}.
 *
 * @param base the upper bound of the first delay
 * @param cap the upper bound of every delay
 * @param longestWish the longest Retry-After that is obeyed
 */
record RetryPolicy(Duration base, Duration cap, Duration longestWish) {
  /** What the product uses. */
  static final RetryPolicy STANDARD =
      new RetryPolicy(Duration.ofMillis(200), Duration.ofSeconds(30), Duration.ofMinutes(5));

  /**
   * Decides.
   *
   * @param outcome what became of the request
   * @param batch the rows of the request
   * @param attempt how many requests with this batch failed before this one
   * @param random the source of the jitter
   */
  Decision decide(Outcome outcome, Batch batch, int attempt, RandomGenerator random) {
    boolean single = batch.rows().size() == 1;
    return switch (outcome) {
      case Outcome.Accepted accepted -> new Decision.Deliver();
      case Outcome.Busy busy ->
          new Decision.RetryAfter(
              backoff(attempt, random)
                  .plus(busy.retryAfter().map(this::obeyed).orElse(Duration.ZERO)));
      case Outcome.Unanswered unanswered -> new Decision.RetryAfter(backoff(attempt, random));
      case Outcome.TooLarge tooLarge ->
          single
              ? new Decision.DeadLetter(
                  ErrorCode.ROW_TOO_LARGE,
                  "The sink "
                      + outcome.describe()
                      + " to this row alone, which has "
                      + batch.rows().getFirst().bytes()
                      + " bytes; send less in the event, or raise the sink's limit.")
              : new Decision.Split();
      case Outcome.Malformed malformed ->
          single
              ? new Decision.DeadLetter(
                  ErrorCode.REFUSED_BY_SINK,
                  "The sink "
                      + outcome.describe()
                      + " to this row alone; compare the row with the stream's schema.")
              : new Decision.Split();
      case Outcome.Denied denied -> new Decision.Halt(denied.status(), denied.detail());
    };
  }

  private Duration obeyed(Duration wish) {
    return wish.compareTo(longestWish) > 0 ? longestWish : wish;
  }

  private Duration backoff(int attempt, RandomGenerator random) {
    long bound = cap.toNanos();
    // Asked from the side of the cap, because the doubled base overflows after some attempts.
    if (base.toNanos() <= bound >> Math.min(attempt, 62)) {
      bound = base.toNanos() << attempt;
    }
    return Duration.ofNanos(random.nextLong(bound + 1));
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** What became of one request to a sink. */
sealed interface Outcome {

  /** The sink has the rows: any 2xx. */
  record Accepted(int status) implements Outcome {}

  /**
   * The sink cannot take anything now: 408, 409, 425, 429 or 5xx.
   *
   * @param retryAfter how long it wants to be left alone, if it said so
   */
  record Busy(int status, Optional<Duration> retryAfter, String detail) implements Outcome {}

  /** There was no answer, so that nobody knows whether the rows were stored. */
  record Unanswered(Failure failure, String detail) implements Outcome {}

  /** The request is too long: 413. */
  record TooLarge(String detail) implements Outcome {}

  /** The sink does not like a row: 400 or 422. */
  record Malformed(int status, String detail) implements Outcome {}

  /** The sink does not want us: every other status. */
  record Denied(int status, String detail) implements Outcome {}

  /** How a request failed without an answer. */
  enum Failure {
    /** No answer within the time limit. */
    TIMEOUT,
    /** No connection. */
    UNREACHABLE,
    /** The connection broke. */
    BROKEN
  }

  /**
   * Classifies an answer.
   *
   * @param status the HTTP status
   * @param retryAfter the header {@code Retry-After}: seconds or an HTTP date; anything else counts
   *     as absent
   * @param detail the beginning of the answer's body
   * @param now the time that a date is compared with
   */
  static Outcome of(int status, Optional<String> retryAfter, String detail, Instant now) {
    return switch (status) {
      case 400, 422 -> new Malformed(status, detail);
      case 413 -> new TooLarge(detail);
      case 408, 409, 425, 429 -> new Busy(status, retryAfter.flatMap(t -> delay(t, now)), detail);
      default -> {
        if (status >= 200 && status < 300) {
          yield new Accepted(status);
        }
        yield status >= 500 && status < 600
            ? new Busy(status, retryAfter.flatMap(t -> delay(t, now)), detail)
            : new Denied(status, detail);
      }
    };
  }

  private static Optional<Duration> delay(String retryAfter, Instant now) {
    String text = retryAfter.trim();
    if (text.matches("[0-9]{1,9}")) {
      return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
    }
    try {
      Instant until = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration delay = Duration.between(now, until);
      return Optional.of(delay.isNegative() ? Duration.ZERO : delay);
    } catch (DateTimeException e) {
      // An unreadable wish is no wish; the backoff applies.
      return Optional.empty();
    }
  }

  /** Returns the kind of outcome as it stands in metrics. */
  default String text() {
    return switch (this) {
      case Accepted accepted -> "accepted";
      case Busy busy -> "busy";
      case Unanswered unanswered ->
          switch (unanswered.failure()) {
            case TIMEOUT -> "timeout";
            case UNREACHABLE -> "unreachable";
            case BROKEN -> "broken";
          };
      case TooLarge tooLarge -> "too_large";
      case Malformed malformed -> "malformed";
      case Denied denied -> "denied";
    };
  }

  /** Returns what happened, for a log line. */
  default String describe() {
    return switch (this) {
      case Accepted accepted -> "answered " + accepted.status();
      case Busy busy -> answered(busy.status(), busy.detail());
      case Unanswered unanswered ->
          switch (unanswered.failure()) {
                case TIMEOUT -> "did not answer in time";
                case UNREACHABLE -> "could not be reached";
                case BROKEN -> "broke the connection";
              }
              + suffix(unanswered.detail());
      case TooLarge tooLarge -> answered(413, tooLarge.detail());
      case Malformed malformed -> answered(malformed.status(), malformed.detail());
      case Denied denied -> answered(denied.status(), denied.detail());
    };
  }

  private static String answered(int status, String detail) {
    return "answered " + status + suffix(detail);
  }

  private static String suffix(String detail) {
    return detail.isEmpty() ? "" : " (" + detail + ")";
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import dev.hogflare.contract.ErrorCode;

/**
 * Where a batch is in its life.
 *
 * <pre>
 * Ready ──► Sending ──┬─► Delivered
 *   ▲                 ├─► Halved
 *   ├──── Waiting ◄───┤
 *   │                 ├─► Refused
 *   └─────────────────┘  (the sink does not want us: ready for the next probe)
 * </pre>
 */
sealed interface BatchState {

  /** It may be sent as soon as there is room. */
  record Ready(int attempt) implements BatchState {
    Sending send() {
      return new Sending(attempt);
    }
  }

  /** A request with it is under way. */
  record Sending(int attempt) implements BatchState {
    /** Returns the state after the request, at a time in nanoseconds of any steady clock. */
    BatchState after(Decision decision, long now) {
      return switch (decision) {
        case Decision.Deliver deliver -> new Delivered();
        case Decision.RetryAfter retry -> new Waiting(attempt + 1, now + retry.delay().toNanos());
        case Decision.Split split -> new Halved();
        case Decision.DeadLetter dead -> new Refused(dead.code(), dead.message());
        case Decision.Halt halt -> new Ready(attempt + 1);
      };
    }
  }

  /** It is to be sent again at a time. */
  record Waiting(int attempt, long due) implements BatchState {
    Ready ready() {
      return new Ready(attempt);
    }
  }

  /** The sink has it. */
  record Delivered() implements BatchState {}

  /** Its halves live on in its place. */
  record Halved() implements BatchState {}

  /** Its only row is a dead letter. */
  record Refused(ErrorCode code, String message) implements BatchState {}
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import dev.hogflare.contract.ErrorCode;
import java.time.Duration;

/** What is to be done with a batch after a request. */
sealed interface Decision {

  /** Its rows are stored. */
  record Deliver() implements Decision {}

  /** It is sent again, unchanged. */
  record RetryAfter(Duration delay) implements Decision {}

  /** Its halves are sent one by one. */
  record Split() implements Decision {}

  /** Its only row goes to the dead letters. */
  record DeadLetter(ErrorCode code, String message) implements Decision {}

  /** Nothing more is sent until an operator has changed something. */
  record Halt(int status, String detail) implements Decision {}
}

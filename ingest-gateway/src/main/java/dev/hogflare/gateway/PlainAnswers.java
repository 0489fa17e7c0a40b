// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.wire.Refusal;

/** A protocol that has no words of its own for what cannot be taken. */
interface PlainAnswers extends Protocol {
  /** Returns what words the usual answers. */
  Answers answers();

  @Override
  default void unusable(Exchange exchange, Item first) {
    answers().unusable(exchange.request(), exchange.response(), first.problem(), first.message());
  }

  @Override
  default void refusal(Exchange exchange, Refusal refusal, String tag, String sentence) {
    answers().refusal(exchange.request(), exchange.response(), refusal, sentence);
  }

  @Override
  default void limited(Exchange exchange, long seconds) {
    answers().limited(exchange.request(), exchange.response(), seconds);
  }
}

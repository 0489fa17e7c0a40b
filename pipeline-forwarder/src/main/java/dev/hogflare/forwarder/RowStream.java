// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import dev.hogflare.contract.RowSchema;
import dev.hogflare.contract.Topic;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.Variable;
import java.util.Locale;

/** The two kinds of rows, each with a topic, a schema and a stream of its own. */
enum RowStream {
  /** The event rows. */
  EVENTS(
      RowSchema.EVENTS,
      Variable.CLOUDFLARE_PIPELINE_ENDPOINT,
      Variable.CLOUDFLARE_PIPELINE_AUTH_TOKEN),
  /** The person snapshots. */
  PERSONS(
      RowSchema.PERSONS,
      Variable.CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT,
      Variable.CLOUDFLARE_PERSONS_PIPELINE_AUTH_TOKEN);

  private final String text = name().toLowerCase(Locale.ROOT);
  private final RowSchema schema;
  private final Variable endpointVariable;
  private final Variable tokenVariable;

  RowStream(RowSchema schema, Variable endpointVariable, Variable tokenVariable) {
    this.schema = schema;
    this.endpointVariable = endpointVariable;
    this.tokenVariable = tokenVariable;
  }

  /** Returns the stream's name in metrics, logs, health and consumer groups. */
  String text() {
    return text;
  }

  RowSchema schema() {
    return schema;
  }

  Topic topic(Topics topics) {
    return switch (this) {
      case EVENTS -> topics.events();
      case PERSONS -> topics.persons();
    };
  }

  String consumerGroup(String prefix) {
    return prefix + "forwarder-" + text;
  }

  /** Returns what an operator does about an answer that stops the stream. */
  String fix(Decision.Halt halt) {
    return switch (halt.status()) {
      case 401, 403 -> "put a token that may send to the stream into " + tokenVariable;
      default -> "set " + endpointVariable + " to the URL of a stream that exists";
    };
  }

  Variable endpointVariable() {
    return endpointVariable;
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.forwarder;

import dev.hogflare.contract.PersonOverride;
import dev.hogflare.contract.RowSchema;
import dev.hogflare.contract.Topic;
import dev.hogflare.contract.Topics;
import dev.hogflare.runtime.Variable;
import java.util.Locale;

/**
 * The kinds of rows, each with a topic and a consumer group of its own.
 *
 * <p>Recordings without a stream of their own go to that of the events.
 */
enum RowStream {
  /** The event rows. */
  EVENTS(
      RowSchema.EVENTS,
      Variable.CLOUDFLARE_PIPELINE_ENDPOINT,
      Variable.CLOUDFLARE_PIPELINE_AUTH_TOKEN),
  /** The rows of session recordings. */
  RECORDINGS(
      RowSchema.RECORDINGS,
      Variable.CLOUDFLARE_RECORDINGS_PIPELINE_ENDPOINT,
      Variable.CLOUDFLARE_RECORDINGS_PIPELINE_AUTH_TOKEN),
  /** The person snapshots. */
  PERSONS(
      RowSchema.PERSONS,
      Variable.CLOUDFLARE_PERSONS_PIPELINE_ENDPOINT,
      Variable.CLOUDFLARE_PERSONS_PIPELINE_AUTH_TOKEN),
  /** What became of the earlier rows of distinct ids. */
  OVERRIDES(
      RowSchema.PERSON_OVERRIDES,
      Variable.CLOUDFLARE_OVERRIDES_PIPELINE_ENDPOINT,
      Variable.CLOUDFLARE_OVERRIDES_PIPELINE_AUTH_TOKEN);

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
      case RECORDINGS -> topics.recordings();
      case PERSONS -> topics.persons();
      case OVERRIDES -> topics.personOverrides();
    };
  }

  /**
   * Returns the row that a record stands for: mostly its value as it is, null if it has none.
   *
   * @param record the record as it was read
   * @param recordedAt its time in milliseconds since the epoch
   * @throws dev.hogflare.contract.MalformedRecordException if the record is none of the topic
   */
  Row row(Row record, long recordedAt) {
    return this == OVERRIDES
        ? record.with(PersonOverride.toRow(record.key(), record.value(), recordedAt))
        : record;
  }

  /**
   * Returns how many requests may be in flight: of two overrides of one distinct id the one that
   * comes last holds, so that they must not pass each other.
   */
  int inFlight(ForwarderConfig config) {
    return this == OVERRIDES ? 1 : config.inFlight();
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

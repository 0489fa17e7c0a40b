// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import java.util.Locale;

/**
 * The closed list of reasons for which an event is not stored as a row, used alike in dead letters,
 * metrics and logs.
 *
 * <p>The code's text is the constant's name in lower case.
 */
public enum ErrorCode {
  /** The item of a batch is not a JSON object. */
  NOT_AN_OBJECT,
  /** The JSON cannot be read. */
  MALFORMED_JSON,
  /** No project key in any of its places. */
  MISSING_TOKEN,
  /** The project key is empty, too long, not ASCII, a personal key, or holds NUL. */
  INVALID_TOKEN,
  /** The project key is none of those that the operator lists. */
  UNKNOWN_TOKEN,
  /** No event name, or an empty one. */
  MISSING_EVENT,
  /** No distinct id, or a blank one. */
  MISSING_DISTINCT_ID,
  /** A field has a JSON type that it cannot have; the message names it. */
  INVALID_FIELD,
  /**
   * {@code $anon_distinct_id} or {@code alias} of a merging event is not a string (PostHog drops
   * such events).
   */
  INVALID_ALIAS,
  /** A merging event that asks for no person processing; PostHog drops such events. */
  MERGE_WITHOUT_PERSON,
  /** A group event without a type or key. */
  INVALID_GROUP,
  /** The event is nested more deeply than the limit. */
  TOO_DEEP,
  /** The event is larger than one raw record may be. */
  EVENT_TOO_LARGE,
  /** The final row is larger than the sink takes. */
  ROW_TOO_LARGE,
  /** The final row does not obey the stream's schema; the message names the column. */
  SCHEMA_VIOLATION,
  /** The sink refused this row and accepts its neighbours. */
  REFUSED_BY_SINK,
  /** A record on a topic is not what the topic carries. */
  MALFORMED_RECORD,
  /** A recording without a valid session id or without snapshots. */
  INVALID_RECORDING,
  /** A defect of ours: the message holds the exception. */
  INTERNAL;

  private final String text = name().toLowerCase(Locale.ROOT);

  /** Returns the code as it stands in headers, metrics and logs. */
  public String text() {
    return text;
  }
}

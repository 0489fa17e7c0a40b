// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.lakehouse;

import dev.hogflare.contract.PersonOverride;
import dev.hogflare.contract.Topic;
import dev.hogflare.contract.Topics;
import java.util.List;
import java.util.Locale;

/** One table of the direct sink, and the topics whose rows it takes. */
enum SinkStream {
  /** The event rows. */
  EVENTS(LakeTable.EVENTS),
  /** The rows of session recordings, where they are kept apart from the events. */
  RECORDINGS(LakeTable.RECORDINGS),
  /** The person snapshots. */
  PERSONS(LakeTable.PERSONS),
  /** What became of the earlier rows of distinct ids. */
  OVERRIDES(LakeTable.PERSON_OVERRIDES);

  private final String text = name().toLowerCase(Locale.ROOT);
  private final LakeTable table;

  SinkStream(LakeTable table) {
    this.table = table;
  }

  /** Returns the stream's name in metrics, logs, health and consumer groups. */
  String text() {
    return text;
  }

  LakeTable table() {
    return table;
  }

  /**
   * Returns the topics that are read.
   *
   * @param recordingsApart whether recordings have a table of their own
   */
  List<Topic> topics(Topics topics, boolean recordingsApart) {
    return switch (this) {
      case EVENTS ->
          recordingsApart
              ? List.of(topics.events())
              : List.of(topics.events(), topics.recordings());
      case RECORDINGS -> List.of(topics.recordings());
      case PERSONS -> List.of(topics.persons());
      case OVERRIDES -> List.of(topics.personOverrides());
    };
  }

  /**
   * Returns the row that a record stands for, or null if it stands for none.
   *
   * @param recordedAt the record's time in milliseconds since the epoch
   * @throws dev.hogflare.contract.MalformedRecordException if the record is none of the topic
   */
  byte[] rowOrNull(byte[] key, byte[] value, long recordedAt) {
    return this == OVERRIDES ? PersonOverride.toRow(key, value, recordedAt) : value;
  }
}

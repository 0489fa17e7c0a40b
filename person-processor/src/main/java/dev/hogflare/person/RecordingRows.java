// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.RowSchema;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The rows of one recording: one, or as many as its items need so that none is longer than a sink
 * takes.
 *
 * <p>How the items are divided depends on the event alone, not on what is known of its person, so
 * that a rebuild divides them alike.
 *
 * @param rows one row or more, in the order of the items
 * @param outcomes how many items came to each outcome
 */
record RecordingRows(List<byte[]> rows, Map<SnapshotItems.Outcome, Integer> outcomes) {
  /** Which part of its event a row is, from 0; only on rows of an event that gave several. */
  static final String PART = "$snapshot_part";

  /** How many rows the event gave. */
  static final String PARTS = "$snapshot_parts";

  /** How many of the row's items are compressed still; only if there is one. */
  static final String UNDECODED = "$snapshot_undecoded";

  /** What a row says of itself, and a client cannot say. */
  static final List<String> MARKS = List.of(PART, PARTS, UNDECODED);

  /** Names of columns, UUIDs, times, the team and the marks take less, in bytes. */
  private static final int FRAME = 1_024;

  /** An escape of JSON is six bytes for one. */
  private static final int LONGEST_ESCAPE = 6;

  /**
   * What a row may hold beside the items, in bytes, to be divided at all: it stands in each part,
   * so that with more a small recording could become a hundred times as long.
   */
  private static final int MAX_BESIDE = RowSchema.MAX_ROW_BYTES / 8;

  /** Makes the rows of a recording. */
  static RecordingRows of(RowWriter writer, PersonEvent event, Person person, UUID personId) {
    EventColumns row = event.row();
    if (row.items() == null) {
      return new RecordingRows(List.of(writer.event(event, person, personId)), Map.of());
    }
    SnapshotItems.Divided divided = divided(event);
    List<SnapshotItems.Part> parts = divided.parts();
    List<byte[]> rows = new ArrayList<>(parts.size());
    for (SnapshotItems.Part part : parts) {
      rows.add(writer.recording(event, person, personId, rows.size(), parts.size(), part));
    }
    return new RecordingRows(rows, divided.outcomes());
  }

  private static SnapshotItems.Divided divided(PersonEvent event) {
    EventColumns row = event.row();
    EventColumns.Items items = row.items();
    byte[] extra = row.extra();
    long beside =
        FRAME
            + (row.properties().length - (items.to() - items.from()))
            + (extra == null ? 0 : extra.length)
            + escaped(event.id())
            + escaped(event.key().token());
    return beside > MAX_BESIDE
        ? SnapshotItems.asSent(row.properties(), items.from(), items.to())
        : SnapshotItems.divided(
            row.properties(), items.from(), items.to(), RowSchema.MAX_ROW_BYTES - (int) beside);
  }

  private static long escaped(String text) {
    return (long) LONGEST_ESCAPE * text.getBytes(StandardCharsets.UTF_8).length;
  }
}

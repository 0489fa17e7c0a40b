// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.LedgerCount;
import dev.hogflare.contract.LedgerEntry;
import dev.hogflare.contract.Stage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What one thread counted since it began, by project and hour.
 *
 * <p>Used by one thread. Counting is an addition in memory; {@link #changed} gives what has to be
 * written since it was last asked.
 */
final class LedgerPage {
  /** Entries in memory, past which a new page begins. */
  static final int MOST_ENTRIES = 4_096;

  private static final LedgerCount[] COUNTS = LedgerCount.values();
  private static final ErrorCode[] CODES = ErrorCode.values();

  private final Stage stage;
  private final String application;
  private final Map<Bucket, Entry> entries = new HashMap<>();
  private final List<Entry> changed = new ArrayList<>();
  private String writer;
  private Entry last;

  LedgerPage(Stage stage, String application) {
    this.stage = stage;
    this.application = application;
    reset();
  }

  private record Bucket(String token, long hour) {}

  private static final class Entry {
    private final String token;
    private final long hour;
    private final long[] counts = new long[COUNTS.length + CODES.length];
    private final List<Stretch> raw = new ArrayList<>(4);
    private boolean changed;

    private Entry(String token, long hour) {
      this.token = token;
      this.hour = hour;
    }

    /** A thread has few partitions, so that looking through them is cheaper than a map. */
    private void note(String topic, int partition, long offset) {
      for (int i = 0; i < raw.size(); i++) {
        Stretch stretch = raw.get(i);
        if (stretch.partition == partition && stretch.topic.equals(topic)) {
          stretch.last = Math.max(stretch.last, offset);
          return;
        }
      }
      raw.add(new Stretch(topic, partition, offset));
    }

    private Map<LedgerEntry.Place, LedgerEntry.Offsets> offsets() {
      Map<LedgerEntry.Place, LedgerEntry.Offsets> offsets = new HashMap<>();
      for (Stretch stretch : raw) {
        offsets.put(
            new LedgerEntry.Place(stretch.topic, stretch.partition),
            new LedgerEntry.Offsets(stretch.first, stretch.last));
      }
      return offsets;
    }
  }

  /** What was read of one partition; offsets rise. */
  private static final class Stretch {
    private final String topic;
    private final int partition;
    private final long first;
    private long last;

    private Stretch(String topic, int partition, long first) {
      this.topic = topic;
      this.partition = partition;
      this.first = first;
      last = first;
    }
  }

  /** Forgets everything: what was counted and not written did not happen. */
  void reset() {
    entries.clear();
    changed.clear();
    last = null;
    writer = Long.toHexString(UUID.randomUUID().getMostSignificantBits());
  }

  void count(String token, long arrivedAt, LedgerCount count) {
    add(entry(token, arrivedAt), count.ordinal());
  }

  void deadLetter(String token, long arrivedAt, ErrorCode code) {
    add(entry(token, arrivedAt), COUNTS.length + code.ordinal());
  }

  void received(
      String token, long arrivedAt, boolean redriven, String topic, int partition, long offset) {
    Entry entry = entry(token, arrivedAt);
    add(entry, LedgerCount.RECEIVED.ordinal());
    if (redriven) {
      add(entry, LedgerCount.REDRIVEN.ordinal());
    }
    entry.note(topic, partition, offset);
  }

  private void add(Entry entry, int index) {
    entry.counts[index]++;
    if (!entry.changed) {
      entry.changed = true;
      changed.add(entry);
    }
  }

  private Entry entry(String token, long arrivedAt) {
    long hour = LedgerEntry.hourOf(arrivedAt);
    if (last == null || last.hour != hour || !last.token.equals(token)) {
      last = entries.computeIfAbsent(new Bucket(token, hour), b -> new Entry(token, hour));
    }
    return last;
  }

  /** Returns the totals that changed since the last call. */
  List<LedgerEntry> changed() {
    List<LedgerEntry> all = new ArrayList<>(changed.size());
    for (Entry entry : changed) {
      entry.changed = false;
      Map<String, Long> counts = new HashMap<>();
      for (int i = 0; i < entry.counts.length; i++) {
        if (entry.counts[i] > 0) {
          counts.put(
              i < COUNTS.length
                  ? COUNTS[i].text()
                  : LedgerCount.deadLetters(CODES[i - COUNTS.length]),
              entry.counts[i]);
        }
      }
      all.add(
          new LedgerEntry(
              stage, application, writer, entry.token, entry.hour, counts, entry.offsets()));
    }
    changed.clear();
    return all;
  }

  /** Begins a new page if this one holds too much; all of it has to be written already. */
  void turnIfFull() {
    if (entries.size() > MOST_ENTRIES) {
      reset();
    }
  }
}

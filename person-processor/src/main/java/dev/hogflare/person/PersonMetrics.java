// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.Generation;
import dev.hogflare.runtime.Ledger;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.EnumMap;
import java.util.Map;

/**
 * The counters of the person-processor.
 *
 * <p>For each generation, once nothing is under way between partitions, {@code received + split =
 * rows + duplicates + filtered + dead-lettered + muted + left + commands}: every record of the raw
 * topics gave a row, or as many more as are split from it because it is a long recording, repeated
 * one that gave a row before, was dropped by a transformation, stands in the dead letters, or is
 * one whose row or dead letter another generation writes: {@code muted} if this one learned from
 * it, {@code left} if it came behind the marker at which another generation took over. Records that
 * say something to the processors are commands. While mail is under way the left side is ahead. A
 * lasting difference is lost events: alert on it. Mail that cannot be read is dead-lettered as well
 * and counted apart, because no raw record stands behind it. Snapshots, overrides and births are
 * counted where they are written, so that a muted generation counts none.
 */
public final class PersonMetrics {
  private final Counter received;
  private final Counter rows;
  private final Counter split;
  private final Counter duplicates;
  private final Counter filtered;
  private final Counter muted;
  private final Counter left;
  private final Counter commands;
  private final Counter snapshots;
  private final Counter overrides;
  private final Counter mail;
  private final Counter malformedMail;
  private final Counter born;
  private final Map<ErrorCode, Counter> deadLetters = new EnumMap<>(ErrorCode.class);
  private final Map<SnapshotItems.Outcome, Counter> items =
      new EnumMap<>(SnapshotItems.Outcome.class);
  private final Map<Warning, Counter> warnings = new EnumMap<>(Warning.class);

  private final Ledger ledger;

  /** Registers the counters of the first generation, whose events are counted in no ledger. */
  public PersonMetrics(MeterRegistry registry) {
    this(registry, Generation.FIRST);
  }

  /** Registers the counters of a generation whose events are counted in no ledger. */
  public PersonMetrics(MeterRegistry registry, Generation generation) {
    this(registry, generation, Ledger.none());
  }

  /**
   * Registers the counters of a generation.
   *
   * @param ledger where the events that it writes are counted by project and hour
   */
  public PersonMetrics(MeterRegistry registry, Generation generation, Ledger ledger) {
    this.ledger = ledger;
    Tags tags = Tags.of("generation", Integer.toString(generation.number()));
    received = registry.counter("hogflare_person_received_total", tags);
    rows = registry.counter("hogflare_person_rows_total", tags);
    split = registry.counter("hogflare_person_split_total", tags);
    duplicates = registry.counter("hogflare_person_duplicates_total", tags);
    filtered = registry.counter("hogflare_person_filtered_total", tags);
    muted = registry.counter("hogflare_person_muted_total", tags);
    left = registry.counter("hogflare_person_left_total", tags);
    commands = registry.counter("hogflare_person_commands_total", tags);
    snapshots = registry.counter("hogflare_person_snapshots_total", tags);
    overrides = registry.counter("hogflare_person_overrides_total", tags);
    mail = registry.counter("hogflare_person_mail_total", tags);
    malformedMail = registry.counter("hogflare_person_malformed_mail_total", tags);
    born = registry.counter("hogflare_person_born_total", tags);
    for (ErrorCode code : ErrorCode.values()) {
      deadLetters.put(
          code,
          registry.counter("hogflare_person_dead_letters_total", tags.and("code", code.text())));
    }
    for (SnapshotItems.Outcome outcome : SnapshotItems.Outcome.values()) {
      items.put(
          outcome,
          registry.counter(
              "hogflare_person_recording_items_total", tags.and("outcome", outcome.text())));
    }
    for (Warning warning : Warning.values()) {
      warnings.put(
          warning,
          registry.counter("hogflare_person_warnings_total", tags.and("warning", warning.text())));
    }
  }

  void countReceived() {
    received.increment();
  }

  void countRow() {
    rows.increment();
  }

  /** Counts the rows that a recording gave beside its first. */
  void countSplit(int more) {
    rows.increment(more);
    split.increment(more);
  }

  /** Counts the items of a recording. */
  void countItems(Map<SnapshotItems.Outcome, Integer> outcomes) {
    outcomes.forEach((outcome, count) -> items.get(outcome).increment(count));
  }

  void countDuplicate() {
    duplicates.increment();
  }

  void countFiltered() {
    filtered.increment();
  }

  void countMuted() {
    muted.increment();
  }

  void countLeft() {
    left.increment();
  }

  void countCommand() {
    commands.increment();
  }

  void countSnapshot() {
    snapshots.increment();
  }

  void countOverride() {
    overrides.increment();
  }

  void countMail() {
    mail.increment();
  }

  void countMalformedMail() {
    malformedMail.increment();
  }

  void countBorn() {
    born.increment();
  }

  void countDeadLetter(ErrorCode code) {
    deadLetters.get(code).increment();
  }

  /** Returns where the events that this generation writes are counted by project and hour. */
  Ledger ledger() {
    return ledger;
  }

  void count(Warning warning) {
    warnings.get(warning).increment();
  }

  /** Returns the records read from the raw topics. */
  public long received() {
    return (long) received.count();
  }

  /** Returns the event rows written, those that go on to their groups included. */
  public long rows() {
    return (long) rows.count();
  }

  /** Returns the rows that long recordings gave beside their first. */
  public long split() {
    return (long) split.count();
  }

  /** Returns the items of recordings that came to an outcome. */
  long items(SnapshotItems.Outcome outcome) {
    return (long) items.get(outcome).count();
  }

  /** Returns the repeated events dropped. */
  public long duplicates() {
    return (long) duplicates.count();
  }

  /** Returns the events that a transformation dropped. */
  public long filtered() {
    return (long) filtered.count();
  }

  /** Returns the raw records whose row or dead letter another generation writes. */
  public long muted() {
    return (long) muted.count();
  }

  /** Returns the raw records left to the generation that took over. */
  public long left() {
    return (long) left.count();
  }

  /** Returns the commands read from the raw topics. */
  public long commands() {
    return (long) commands.count();
  }

  /** Returns the raw records dead-lettered. */
  public long deadLettered() {
    return (long) deadLetters.values().stream().mapToDouble(Counter::count).sum();
  }

  /** Returns the persons born since the start. */
  public long born() {
    return (long) born.count();
  }

  /** Returns the snapshots written. */
  public long snapshots() {
    return (long) snapshots.count();
  }

  long warnings(Warning warning) {
    return (long) warnings.get(warning).count();
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

import dev.hogflare.contract.ErrorCode;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;

/**
 * The counters of the person-processor.
 *
 * <p>Once nothing is under way between partitions, {@code received = rows + duplicates +
 * dead-lettered}: every record of the raw topics gave a row, repeated one that gave a row before,
 * or stands in the dead letters. While mail is under way the left side is ahead. A lasting
 * difference is lost events: alert on it. Mail that cannot be read is dead-lettered as well and
 * counted apart, because no raw record stands behind it.
 */
public final class PersonMetrics {
  private final Counter received;
  private final Counter rows;
  private final Counter duplicates;
  private final Counter snapshots;
  private final Counter overrides;
  private final Counter mail;
  private final Counter malformedMail;
  private final Counter born;
  private final Map<ErrorCode, Counter> deadLetters = new EnumMap<>(ErrorCode.class);
  private final Map<Warning, Counter> warnings = new EnumMap<>(Warning.class);

  /** Registers the counters. */
  public PersonMetrics(MeterRegistry registry) {
    received = registry.counter("hogflare_person_received_total");
    rows = registry.counter("hogflare_person_rows_total");
    duplicates = registry.counter("hogflare_person_duplicates_total");
    snapshots = registry.counter("hogflare_person_snapshots_total");
    overrides = registry.counter("hogflare_person_overrides_total");
    mail = registry.counter("hogflare_person_mail_total");
    malformedMail = registry.counter("hogflare_person_malformed_mail_total");
    born = registry.counter("hogflare_person_born_total");
    for (ErrorCode code : ErrorCode.values()) {
      deadLetters.put(
          code, registry.counter("hogflare_person_dead_letters_total", "code", code.text()));
    }
    for (Warning warning : Warning.values()) {
      warnings.put(
          warning, registry.counter("hogflare_person_warnings_total", "warning", warning.text()));
    }
  }

  void countReceived() {
    received.increment();
  }

  void countRow() {
    rows.increment();
  }

  void countDuplicate() {
    duplicates.increment();
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

  /** Returns the repeated events dropped. */
  public long duplicates() {
    return (long) duplicates.count();
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

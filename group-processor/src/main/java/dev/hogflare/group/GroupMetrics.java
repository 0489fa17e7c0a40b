// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.group;

import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.Generation;
import dev.hogflare.contract.LedgerCount;
import dev.hogflare.runtime.Ledger;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;

/**
 * Counts what becomes of the records of the topic of grouped events.
 *
 * <p>Between two records, for each instance and generation:
 *
 * <pre>
 * hogflare_group_received_total
 *     = hogflare_group_forwarded_total             sent on to the event's next group
 *     + hogflare_group_rows_total                  written as a final row
 *     + hogflare_group_muted_total                 left to another generation to write
 *     + hogflare_group_dead_letters_total{code}    written to the dead letters with a reason
 * </pre>
 *
 * <p>An event that visits three groups is received three times, forwarded twice and written once. A
 * record that is processed again after a failure, because its transaction was not committed, is
 * counted again on both sides. Aside from the equation stand {@code hogflare_group_updates_total},
 * the updates of groups that were applied, and {@code
 * hogflare_group_warnings_total{warning="group_too_large"}}, those that were refused while their
 * event went on.
 *
 * <p>Alert on any dead letter, and on a consumer lag that rises for minutes.
 */
final class GroupMetrics {
  private static final String GENERATION = "generation";

  private final Counter received;
  private final Counter forwarded;
  private final Counter rows;
  private final Counter muted;
  private final Map<ErrorCode, Counter> deadLetters = new EnumMap<>(ErrorCode.class);
  private final Counter updates;
  private final Counter refused;

  private final Ledger ledger;

  /** Registers the counters of the first generation, whose events are counted in no ledger. */
  GroupMetrics(MeterRegistry registry) {
    this(registry, Generation.FIRST);
  }

  /** Registers the counters of a generation whose events are counted in no ledger. */
  GroupMetrics(MeterRegistry registry, Generation generation) {
    this(registry, generation, Ledger.none());
  }

  /**
   * Registers the counters of a generation.
   *
   * @param ledger where rows and dead letters are counted by project and hour
   */
  GroupMetrics(MeterRegistry registry, Generation generation, Ledger ledger) {
    this.ledger = ledger;
    String number = Integer.toString(generation.number());
    received =
        Counter.builder("hogflare_group_received_total")
            .description("Visits of events to groups.")
            .tag(GENERATION, number)
            .register(registry);
    forwarded =
        Counter.builder("hogflare_group_forwarded_total")
            .description("Events sent on to their next group.")
            .tag(GENERATION, number)
            .register(registry);
    rows =
        Counter.builder("hogflare_group_rows_total")
            .description("Events written as final rows.")
            .tag(GENERATION, number)
            .register(registry);
    muted =
        Counter.builder("hogflare_group_muted_total")
            .description("Events whose row another generation writes.")
            .tag(GENERATION, number)
            .register(registry);
    for (ErrorCode code :
        new ErrorCode[] {ErrorCode.MALFORMED_RECORD, ErrorCode.ROW_TOO_LARGE, ErrorCode.INTERNAL}) {
      deadLetters.put(
          code,
          Counter.builder("hogflare_group_dead_letters_total")
              .description("Records written to the dead letters, by reason.")
              .tag(GENERATION, number)
              .tag("code", code.text())
              .register(registry));
    }
    updates =
        Counter.builder("hogflare_group_updates_total")
            .description("Updates of groups that were applied.")
            .tag(GENERATION, number)
            .register(registry);
    refused =
        Counter.builder("hogflare_group_warnings_total")
            .description("Events that went on without something that they asked for, by reason.")
            .tag("warning", "group_too_large")
            .tag(GENERATION, number)
            .register(registry);
  }

  void received() {
    received.increment();
  }

  void forwarded() {
    forwarded.increment();
  }

  /**
   * Counts a final row.
   *
   * @param arrivedAt when its event arrived at the gateway, in microseconds since the epoch
   */
  void wroteRow(String token, long arrivedAt) {
    rows.increment();
    ledger.count(token, arrivedAt, LedgerCount.ROWS);
  }

  void muted() {
    muted.increment();
  }

  /** Counts a dead letter; only for the codes that this stage gives. */
  void deadLettered(String token, long arrivedAt, ErrorCode code) {
    deadLetters.get(code).increment();
    ledger.deadLetter(token, arrivedAt, code);
  }

  void updated() {
    updates.increment();
  }

  void refusedUpdate() {
    refused.increment();
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.gateway;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.ErrorCode;
import dev.hogflare.contract.LedgerCount;
import dev.hogflare.contract.RawEvent;
import dev.hogflare.gateway.Item.Fate;
import dev.hogflare.runtime.PeriodicLedger;
import dev.hogflare.wire.Refusal;
import java.util.List;

/**
 * Counts what becomes of a request's items by project and hour.
 *
 * <p>Clients choose project keys, so that a key for which nothing was stored yet is not believed:
 * what is wrong with its items is counted under no project.
 */
final class IntakeLedger {
  private static final String STORED = "stored";
  private static final String FILTERED = "filtered";
  private static final String REJECTED = "rejected.";

  private final PeriodicLedger ledger;

  /**
   * Creates the counting.
   *
   * @param ledger where it is written, or null to count nothing
   */
  IntakeLedger(PeriodicLedger ledger) {
    this.ledger = ledger;
  }

  /** Counts the items of a request whose usable ones were stored. */
  void stored(List<Item> items, long now) {
    if (ledger == null) {
      return;
    }
    String token = null;
    int count = 0;
    for (Item item : items) {
      if (item.fate() == Fate.USABLE) {
        // Nearly always all items of a request have the same key.
        if (token != null && !token.equals(item.token())) {
          ledger.add(token, now, STORED, count);
          count = 0;
        }
        token = item.token();
        count++;
      }
    }
    if (count > 0) {
      ledger.add(token, now, STORED, count);
    }
    for (Item item : items) {
      switch (item.fate()) {
        case USABLE -> {}
        case FILTERED -> ledger.add(believed(item, now), now, FILTERED, 1);
        case UNUSABLE ->
            ledger.add(believed(item, now), now, LedgerCount.deadLetters(item.problem()), 1);
      }
    }
  }

  /**
   * Counts the items of a request that waits on disk, as far as they do not wait.
   *
   * <p>Those that wait are counted when they are {@link #drained}: what is counted before would be
   * lost with this process, and they are not.
   */
  void waiting(List<Item> items, long now) {
    if (ledger == null) {
      return;
    }
    for (Item item : items) {
      if (item.fate() == Fate.FILTERED) {
        ledger.add(believed(item, now), now, FILTERED, 1);
      }
    }
  }

  /**
   * Counts the items of a historical batch that do not wait in the lane; the others are counted
   * when they are {@link #drained} from it.
   */
  void inLane(List<Item> items, long now) {
    if (ledger == null) {
      return;
    }
    for (Item item : items) {
      if (item.fate() == Fate.FILTERED) {
        ledger.add(believed(item, now), now, FILTERED, 1);
      } else if (item.fate() == Fate.UNUSABLE) {
        ledger.add(believed(item, now), now, LedgerCount.deadLetters(item.problem()), 1);
      }
    }
  }

  /**
   * Counts an item that waited on disk or in the lane and is among the raw events now.
   *
   * @param problem why it is a dead letter, or null if it is none
   */
  void drained(SpooledRecord item, ErrorCode problem) {
    if (ledger == null) {
      return;
    }
    String token = ActorKey.tokenOf(item.key());
    long arrivedAt = RawEvent.arrivedAt(item.headers(), 0);
    if (problem == null) {
      ledger.add(token, arrivedAt, STORED, 1);
    } else {
      String believed = ledger.knows(token, arrivedAt) ? token : "";
      ledger.add(believed, arrivedAt, LedgerCount.deadLetters(problem), 1);
    }
  }

  /** Counts the items of a request of which none is usable. */
  void unusable(List<Item> items, long now) {
    if (ledger == null) {
      return;
    }
    for (Item item : items) {
      switch (item.fate()) {
        case USABLE -> {}
        case FILTERED -> ledger.add(believed(item, now), now, FILTERED, 1);
        case UNUSABLE ->
            ledger.add(
                believed(item, now),
                now,
                REJECTED + Answers.status(item.problem()).code() + '.' + item.problem().text(),
                1);
      }
    }
  }

  /** Counts the items of a request that Kafka did not take. */
  void refused(List<Item> items, Refusal refusal, long now) {
    if (ledger == null) {
      return;
    }
    for (Item item : items) {
      String name = item.fate() == Fate.FILTERED ? FILTERED : rejected(refusal);
      ledger.add(believed(item, now), now, name, 1);
    }
  }

  /** Counts a request that was refused before its items were known. */
  void refused(Refusal refusal, long now) {
    if (ledger != null) {
      ledger.add("", now, rejected(refusal), 1);
    }
  }

  private static String rejected(Refusal refusal) {
    return REJECTED + refusal.status() + '.' + refusal.text();
  }

  private String believed(Item item, long now) {
    String token = item.token();
    return token != null && ledger.knows(token, now) ? token : "";
  }
}

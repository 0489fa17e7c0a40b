// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.contract;

import java.util.Locale;

/**
 * What is counted in the ledger, besides the dead letters, which are counted by their code.
 *
 * <p>The count's text is the constant's name in lower case.
 */
public enum LedgerCount {
  /** Records of the raw topics that are events, each counted by the generation that writes it. */
  RECEIVED,
  /** Those among the received ones that were sent again from the dead letters. */
  REDRIVEN,
  /** Event rows written to the topics of events and recordings. */
  ROWS,
  /** Those among the rows that are one more of an event which gave several. */
  SPLIT,
  /** Event rows sent on to their groups. */
  GROUPED,
  /** Repeated events that were dropped. */
  DUPLICATES,
  /** Events that a transformation dropped. */
  FILTERED,
  /** Mail between actors that became a dead letter; it may have carried an event. */
  LOST_MAIL;

  private static final String DEAD_LETTERS = "dead_letters.";

  private final String text = name().toLowerCase(Locale.ROOT);

  /** Returns the count's name as it stands in the ledger. */
  public String text() {
    return text;
  }

  /** Returns the name under which dead letters of a code are counted. */
  public static String deadLetters(ErrorCode code) {
    return DEAD_LETTERS + code.text();
  }

  /** Whether a name is that of dead letters of some code. */
  public static boolean isDeadLetters(String name) {
    return name.startsWith(DEAD_LETTERS);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.person;

/**
 * Says why an item of a recording stays as it was sent; it is no defect, and has no stack trace.
 */
final class UndecodedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final SnapshotItems.Outcome outcome;

  UndecodedException(SnapshotItems.Outcome outcome) {
    super(outcome.text(), null, false, false);
    this.outcome = outcome;
  }

  SnapshotItems.Outcome outcome() {
    return outcome;
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.transformations;

/** One kind of change, with its settings; the same event and settings give the same outcome. */
interface Step {
  /**
   * Changes or drops an event.
   *
   * @throws StepFailedException if it cannot; the event goes on as if the step were not there
   */
  void apply(Draft draft) throws StepFailedException;
}

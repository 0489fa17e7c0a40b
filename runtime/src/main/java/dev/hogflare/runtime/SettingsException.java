// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.runtime;

import java.util.List;

/**
 * Stops a start because of the environment; the message has one line for each variable, with the
 * fix.
 */
public final class SettingsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates the exception from one sentence for each problem. */
  public SettingsException(List<String> problems) {
    super(String.join(System.lineSeparator(), problems));
  }
}

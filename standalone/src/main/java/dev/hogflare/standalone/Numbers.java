// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Checks numbers of a command line. */
final class Numbers {
  private Numbers() {}

  /**
   * Checks the number of an option.
   *
   * @throws ParameterException if it is not within the range
   */
  static void require(CommandSpec spec, String option, long value, long min, long max) {
    if (value < min || value > max) {
      throw new ParameterException(
          spec.commandLine(),
          option + " is " + value + " and must be a number from " + min + " to " + max);
    }
  }
}

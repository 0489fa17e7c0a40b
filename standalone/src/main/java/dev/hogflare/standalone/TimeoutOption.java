// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The option that bounds how long a question to the lake may take. */
final class TimeoutOption {
  @Option(
      names = "--timeout",
      paramLabel = "<seconds>",
      defaultValue = "300",
      description =
          "Seconds after which the question is given up; 0 waits for ever (default:"
              + " ${DEFAULT-VALUE}).")
  private long seconds;

  /**
   * Returns the bound, or nothing if there is none.
   *
   * @throws CommandException if it is negative
   */
  Optional<Duration> patience() {
    if (seconds < 0) {
      throw new CommandException(
          CommandException.USAGE, "--timeout is " + seconds + " and must be 0 or more.");
    }
    return seconds == 0 ? Optional.empty() : Optional.of(Duration.ofSeconds(seconds));
  }
}

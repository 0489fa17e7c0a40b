// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Option;

/** The option that answers the question before something that cannot be undone. */
final class Confirmation {
  @Option(names = "--yes", description = "Do not ask.")
  private boolean yes;

  /**
   * Asks, unless the answer was given on the command line.
   *
   * @throws CommandException if the answer is anything but yes
   */
  void require(Console console, String question) {
    if (yes) {
      return;
    }
    console.say(question + " [y/N]");
    if (!isYes(readLine())) {
      throw new CommandException(
          CommandException.FAILED, "Nothing was done; answer y, or give --yes.");
    }
  }

  private static boolean isYes(String answer) {
    return answer != null
        && (answer.strip().equalsIgnoreCase("y") || answer.strip().equalsIgnoreCase("yes"));
  }

  private static String readLine() {
    try {
      return new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
          .readLine();
    } catch (IOException e) {
      throw new UncheckedIOException("The answer could not be read.", e);
    }
  }
}

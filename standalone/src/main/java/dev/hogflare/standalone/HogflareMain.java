// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Runs one command line. */
public final class HogflareMain {
  private HogflareMain() {}

  /** Runs the command that the arguments name; the exit status is the command's. */
  public static void main(String[] arguments) {
    Logging.off();
    Console console =
        new Console(
            new PrintWriter(System.out, false, StandardCharsets.UTF_8),
            new PrintWriter(System.err, true, StandardCharsets.UTF_8),
            Boolean.getBoolean("hogflare.terminal"));
    Shell shell = new Shell(System.getenv(), Path.of(""), console);
    try {
      System.exit(Commands.of(shell).execute(arguments));
    } catch (Error e) {
      // A library that is missing or memory that is short: threads that are left would keep the
      // process alive.
      Path log = FailureLog.append(shell.data(Path.of(DataOption.DEFAULT)), "hogflare", e);
      console.warn("hogflare failed: " + e + ". Details are in " + log + ".");
      Runtime.getRuntime().halt(CommandException.FAILED);
    }
  }
}

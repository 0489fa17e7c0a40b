// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** The option by which a command answers programs instead of people. */
final class JsonOption {
  @Option(names = "--json", description = "Answer in JSON, on one line.")
  private boolean chosen;

  /** Whether the answer is for a program. */
  boolean chosen() {
    return chosen;
  }

  /** Returns what shows the phases of a long command to somebody who watches it at a terminal. */
  Consumer<String> phases(Console console) {
    return phase -> {
      if (console.terminal() && !chosen) {
        console.refresh(phase + " …");
      }
    };
  }
}

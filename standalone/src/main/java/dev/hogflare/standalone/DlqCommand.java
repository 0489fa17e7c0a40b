// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code dlq}: the commands about dead letters. */
@Command(
    name = "dlq",
    description = "Show dead letters, and send them back to where they belong.",
    synopsisHeading = "Usage: ",
    customSynopsis = "hogflare dlq list|show|redrive [options]",
    commandListHeading = "%nCommands:%n")
final class DlqCommand implements Runnable {
  @Spec private CommandSpec spec;

  /** Returns the commands under this one. */
  static List<Object> subcommands(Shell shell) {
    return List.of(
        new DlqListCommand(shell), new DlqShowCommand(shell), new DlqRedriveCommand(shell));
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}

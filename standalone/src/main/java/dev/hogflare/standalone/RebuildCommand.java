// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code rebuild}: names the verbs that work on generations of state. */
@Command(
    name = "rebuild",
    description = {
      "Build all state again from the raw topics, beside the live one.",
      "",
      "docs/rebuilding.md leads through it."
    },
    synopsisHeading = "Usage: ",
    customSynopsis = "hogflare rebuild <command> [options]",
    commandListHeading = "%nCommands:%n",
    sortOptions = false)
final class RebuildCommand implements Runnable {
  @Spec private CommandSpec spec;

  /** Returns the verbs. */
  static List<Object> subcommands(Shell shell) {
    return List.of(
        new RebuildStartCommand(shell),
        new RebuildStatusCommand(shell),
        new RebuildVerifyCommand(shell),
        new RebuildDigestCommand(shell),
        new RebuildDiffCommand(shell),
        new RebuildRepartitionCommand(shell),
        new RebuildCutoverCommand(shell),
        new RebuildAbortCommand(shell),
        new RebuildDropCommand(shell));
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}

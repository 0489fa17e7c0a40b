// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code lake}: the commands about the local lake. */
@Command(
    name = "lake",
    description = "Check, tidy, export or import the local lake, or erase a person from it.",
    synopsisHeading = "Usage: ",
    customSynopsis = "hogflare lake <check|maintain|export|import|erase> [options]",
    commandListHeading = "%nCommands:%n")
final class LakeCommand implements Runnable {
  @Spec private CommandSpec spec;

  /** Returns the commands below it. */
  static List<Object> subcommands(Shell shell) {
    return List.of(
        new LakeCheckCommand(shell),
        new LakeMaintainCommand(shell),
        new LakeExportCommand(shell),
        new LakeImportCommand(shell),
        new LakeEraseCommand(shell));
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}

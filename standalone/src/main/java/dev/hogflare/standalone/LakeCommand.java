// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code lake}: the commands about the local lake. */
@Command(
    name = "lake",
    description = "Erase a person's rows from the local lake.",
    synopsisHeading = "Usage: ",
    customSynopsis = "hogflare lake erase [options]",
    commandListHeading = "%nCommands:%n")
final class LakeCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code person}: the commands about persons. */
@Command(
    name = "person",
    description = "Delete a person.",
    synopsisHeading = "Usage: ",
    customSynopsis = "hogflare person delete [options]",
    commandListHeading = "%nCommands:%n")
final class PersonCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}

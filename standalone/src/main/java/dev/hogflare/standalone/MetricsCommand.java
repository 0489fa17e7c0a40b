// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code metrics}: the figures that can be asked for. */
@Command(
    name = "metrics",
    description = "Show the metrics and dimensions that 'query' knows.",
    synopsisSubcommandLabel = "<command>",
    sortOptions = false)
final class MetricsCommand implements Runnable {
  @Spec private CommandSpec spec;

  /** Returns the commands below this one, for a shell. */
  static List<Object> subcommands(Shell shell) {
    return List.of(new MetricsListCommand(shell));
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.Generation;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code rebuild drop}: deletes what is left of a generation that has ended. */
@Command(
    name = "drop",
    description = "Delete what is left of a generation that has ended.",
    sortOptions = false)
final class RebuildDropCommand implements Runnable {
  private static final Pattern NAME = Pattern.compile("g?([1-9][0-9]{0,8})");

  private final Shell shell;

  @Parameters(index = "0", paramLabel = "<generation>", description = "Which one, such as g1.")
  private String name;

  @Mixin private Confirmation confirmation;
  @Mixin private ClusterOption cluster;

  RebuildDropCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    Matcher matcher = NAME.matcher(name);
    if (!matcher.matches()) {
      throw new CommandException(
          CommandException.USAGE, "'" + name + "' is no generation; name it as g1, g2, ….");
    }
    Generation generation = new Generation(Integer.parseInt(matcher.group(1)));
    try (Cluster opened = cluster.open(shell)) {
      new RemainsRemoval(shell, opened, RebuildStartCommand.deployment(opened), generation)
          .run(question -> confirmation.require(shell.console(), question));
    }
  }
}

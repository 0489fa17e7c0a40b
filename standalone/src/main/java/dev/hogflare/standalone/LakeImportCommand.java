// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.lakehouse.LakeArchive;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code lake import}: brings the rows of an export into the local lake, once. */
@Command(
    name = "import",
    description = {
      "Bring the rows of an export into the local lake, while nothing runs. A second time",
      "does nothing."
    },
    sortOptions = false)
final class LakeImportCommand implements Runnable {
  private final Shell shell;

  @Parameters(index = "0", paramLabel = "<folder>", description = "What 'lake export' wrote.")
  private Path source;

  @Mixin private DataOption data;

  LakeImportCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    Path lake = shell.data(data.path()).lake(shell.environment());
    try {
      LakeArchive.Outcome outcome = LakeArchive.bringIn(source, lake);
      outcome
          .rows()
          .forEach(
              (table, rows) ->
                  shell
                      .console()
                      .say(String.format(Locale.ROOT, "%s: %,d rows brought in", table, rows)));
      outcome.skipped().forEach(table -> shell.console().say(table + ": has these rows already"));
    } catch (IOException | IllegalStateException e) {
      throw new CommandException(
          CommandException.FAILED,
          "Not all tables have the rows ("
              + e.getMessage()
              + "); mend it and give the command again.",
          e);
    }
  }
}

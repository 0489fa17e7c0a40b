// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.lakehouse.LakeArchive;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code lake export}: writes all rows of the local lake into a folder of plain Parquet files. */
@Command(
    name = "export",
    description = {
      "Write all rows of the local lake into a folder of plain Parquet files, whether 'up'",
      "runs or not."
    },
    sortOptions = false)
final class LakeExportCommand implements Runnable {
  private final Shell shell;

  @Parameters(index = "0", paramLabel = "<folder>", description = "An empty folder, or none yet.")
  private Path target;

  @Mixin private DataOption data;

  LakeExportCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    Path lake = shell.data(data.path()).lake(shell.environment());
    try {
      LakeArchive.Outcome outcome = LakeArchive.export(lake, target);
      outcome
          .rows()
          .forEach(
              (table, rows) ->
                  shell
                      .console()
                      .say(String.format(Locale.ROOT, "%s: %,d rows written", table, rows)));
      if (outcome.writing()) {
        shell
            .console()
            .say(
                "The lake is being written to: rows of the last commit interval are not in the"
                    + " export.");
      }
    } catch (IOException | IllegalStateException e) {
      throw new CommandException(
          CommandException.FAILED,
          "The export is not complete ("
              + e.getMessage()
              + "); give the command again with an empty folder.",
          e);
    }
  }
}

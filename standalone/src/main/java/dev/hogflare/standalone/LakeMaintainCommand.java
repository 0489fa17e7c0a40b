// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.lakehouse.Lakehouse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lake maintain}: merges small files of the local lake and deletes what nobody needs. */
@Command(
    name = "maintain",
    description = {
      "Merge the small files of the local lake, forget snapshots older than ten minutes, and",
      "delete files that a killed process left behind. 'up' does this itself, a little at a",
      "time; the command does it at once, while nothing runs."
    },
    sortOptions = false)
final class LakeMaintainCommand implements Runnable {
  private final Shell shell;

  @Option(
      names = "--orphan-hours",
      paramLabel = "<n>",
      defaultValue = "24",
      description = {
        "Age of files that no snapshot needs and that are deleted (default:",
        "${DEFAULT-VALUE}); 0 only if no other engine writes to the lake."
      })
  private int orphanHours;

  @Mixin private DataOption data;

  LakeMaintainCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    if (orphanHours < 0) {
      throw new CommandException(
          CommandException.USAGE, "--orphan-hours is negative; give 0 or more.");
    }
    DataFolder folder = shell.data(data.path());
    Optional<RunFile> running = RunFile.ofRunning(folder.runFile());
    if (running.isPresent()) {
      throw new CommandException(
          CommandException.FAILED,
          "Process "
              + running.get().pid()
              + " takes care of this lake itself; stop it to do all of it at once.");
    }
    Path lake = folder.lake(shell.environment());
    if (!Files.isDirectory(lake)) {
      throw new CommandException(
          CommandException.FAILED,
          "There is no lake in " + lake + "; name another data folder with --data.");
    }
    try {
      Lakehouse.Care done = Lakehouse.maintain(lake, Duration.ofHours(orphanHours));
      shell
          .console()
          .say(
              String.format(
                  Locale.ROOT,
                  "merged %,d files into %,d; forgot %,d snapshots; deleted %,d files that nobody needs",
                  done.merged(),
                  done.into(),
                  done.snapshots(),
                  done.orphans()));
    } catch (IOException | IllegalStateException e) {
      throw new CommandException(
          CommandException.FAILED,
          "The care of the lake ended early (" + e.getMessage() + "); give the command again.",
          e);
    }
  }
}

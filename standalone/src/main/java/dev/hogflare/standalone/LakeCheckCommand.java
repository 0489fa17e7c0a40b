// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.lakehouse.LakeCheck;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code lake check}: compares what the local lake's catalog says with its files. */
@Command(
    name = "check",
    description = {
      "Compare the catalog of the local lake with its files: whether they are there, their",
      "lengths, rows, and the lowest and highest values that queries skip files by. Only",
      "reads, whether 'up' runs or not. Status 1 if something is wrong."
    },
    sortOptions = false)
final class LakeCheckCommand implements Runnable {
  private static final Set<Integer> NUMBERS = Set.of(1, 2, 3);

  private final Shell shell;

  @Mixin private DataOption data;

  LakeCheckCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    Path folder = shell.data(data.path()).lake(shell.environment());
    List<LakeCheck.TableReport> reports;
    try {
      reports = LakeCheck.check(folder);
    } catch (IllegalStateException e) {
      throw new CommandException(
          CommandException.FAILED, e.getMessage() + " Name another data folder with --data.", e);
    }
    TextTable table = new TextTable(List.of("table", "files", "rows", "bytes", ""), NUMBERS);
    long problems = 0;
    for (LakeCheck.TableReport report : reports) {
      int found = report.problems().size();
      problems += found;
      table.row(
          report.name(),
          number(report.files()),
          number(report.rows()),
          number(report.bytes()),
          found == 0 ? "ok" : found == 1 ? "1 problem" : found + " problems");
    }
    table.lines().forEach(shell.console()::say);
    for (LakeCheck.TableReport report : reports) {
      report.problems().forEach(problem -> shell.console().say(report.name() + ": " + problem));
    }
    if (problems > 0) {
      throw new CommandException(
          CommandException.FAILED,
          "The lake is damaged; bring its folder back from a backup, or write the rows again from"
              + " Kafka into another one.");
    }
  }

  private static String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }
}

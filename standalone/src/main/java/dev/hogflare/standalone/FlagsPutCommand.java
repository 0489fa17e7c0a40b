// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.FlagRecordKey;
import dev.hogflare.flags.FlagCheck;
import dev.hogflare.flags.FlagDocumentException;
import dev.hogflare.flags.FlagProblem;
import dev.hogflare.flags.FlagSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code flags put}. */
@Command(
    name = "put",
    description = "Store the flags of a document; those that are stored already are replaced.",
    sortOptions = false)
final class FlagsPutCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin private FlagsFile file;

  @Mixin private ProjectOption project;

  @Mixin private ClusterOption cluster;

  FlagsPutCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    byte[] document = file.bytes(shell);
    FlagSet flags = FlagsFile.read(document);
    List<FlagProblem> errors =
        flags.problems().stream()
            .filter(problem -> problem.severity() == FlagProblem.Severity.ERROR)
            .toList();
    if (!errors.isEmpty()) {
      errors.forEach(problem -> shell.console().warn(problem.toString()));
      shell.console().warn("Nothing is stored; mend these first.");
      return CommandException.FAILED;
    }
    flags.problems().forEach(problem -> shell.console().warn(problem.toString()));
    try (Cluster open = cluster.open(shell)) {
      Map<FlagRecordKey, byte[]> records = FlagCheck.records(document, project.token());
      FlagsCommand.store(shell, open).put(records);
      long count = records.keySet().stream().filter(key -> !key.isSettings()).count();
      shell.console().say("Stored " + Words.count(count, "flag") + "; in force within a second.");
    } catch (FlagDocumentException e) {
      throw new CommandException(CommandException.FAILED, e.getMessage(), e);
    }
    return 0;
  }
}

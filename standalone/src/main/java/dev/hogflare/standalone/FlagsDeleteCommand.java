// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.FlagRecordKey;
import dev.hogflare.flags.FlagStore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code flags delete}. */
@Command(name = "delete", description = "Delete stored flags.", sortOptions = false)
final class FlagsDeleteCommand implements Callable<Integer> {
  private final Shell shell;

  @Parameters(paramLabel = "<flag>", arity = "1..*", description = "Keys of flags.")
  private List<String> keys;

  @Mixin private ProjectOption project;

  @Mixin private ClusterOption cluster;

  FlagsDeleteCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    try (Cluster open = cluster.open(shell)) {
      return delete(FlagsCommand.store(shell, open));
    }
  }

  private int delete(FlagStore store) {
    Set<FlagRecordKey> stored = store.all().keySet();
    Map<FlagRecordKey, byte[]> deleted = new LinkedHashMap<>();
    for (String key : keys) {
      FlagRecordKey record = new FlagRecordKey(project.token(), key);
      if (!stored.contains(record)) {
        throw new CommandException(
            CommandException.FAILED,
            "There is no stored flag "
                + key
                + " "
                + project.words()
                + "; nothing is deleted. 'hogflare flags list' shows what is stored.");
      }
      deleted.put(record, null);
    }
    store.put(deleted);
    shell.console().say("Deleted " + Words.count(deleted.size(), "flag") + ".");
    return 0;
  }
}

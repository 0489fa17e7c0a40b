// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.hogflare.contract.FlagRecordKey;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code flags list}. */
@Command(name = "list", description = "List the stored flags.", sortOptions = false)
final class FlagsListCommand implements Callable<Integer> {
  private static final List<String> HEADS = List.of("project", "flag", "active", "format");
  private final Shell shell;

  @Mixin private JsonOption json;

  @Mixin private ClusterOption cluster;

  FlagsListCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    Map<FlagRecordKey, byte[]> all;
    try (Cluster open = cluster.open(shell)) {
      all = FlagsCommand.store(shell, open).all();
    }
    if (json.chosen()) {
      ArrayNode list = FlagsCommand.JSON.createArrayNode();
      all.forEach(
          (key, value) ->
              list.addObject()
                  .put("project", key.token())
                  .put("flag", key.flag())
                  .set("definition", FlagsCommand.tree(value)));
      shell.console().say(list.toString());
      return 0;
    }
    if (all.isEmpty()) {
      shell.console().say("No flags are stored; store some with 'hogflare flags put <file>'.");
      return 0;
    }
    TextTable table = new TextTable(HEADS, Set.of());
    all.forEach(
        (key, value) -> {
          JsonNode definition = FlagsCommand.tree(value);
          table.row(
              key.token().isEmpty() ? "(all)" : key.token(),
              key.isSettings() ? "(settings)" : key.flag(),
              key.isSettings() ? "" : Words.yesOrNo(definition.path("active").asBoolean(true)),
              key.isSettings() ? "" : definition.has("filters") ? "official" : "hogflare");
        });
    table.lines().forEach(shell.console()::say);
    return 0;
  }
}

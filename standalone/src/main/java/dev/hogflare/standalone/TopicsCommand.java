// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.Topics;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code topics}: lists what is on the embedded broker. */
@Command(
    name = "topics",
    description = "List the topics of the running broker.",
    sortOptions = false,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"0:listed", "3:nothing runs on the data folder"})
final class TopicsCommand implements Runnable {
  private static final List<String> HEADS =
      List.of("topic", "partitions", "records", "size", "kept", "purpose");

  private final Shell shell;

  @Mixin private DataOption data;

  TopicsCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    RunFile running = RunningPipeline.find(shell.data(data.path()));
    Topics topics =
        new Topics(shell.environment().getOrDefault("HOGFLARE_TOPIC_PREFIX", "hogflare."));
    TextTable table = new TextTable(HEADS, Set.of(1, 2, 3));
    for (TopicSurvey.Line topic : TopicSurvey.of(running.kafka(), topics)) {
      table.row(
          topic.name(),
          Integer.toString(topic.partitions()),
          String.format(Locale.ROOT, "%,d", topic.records()),
          Words.bytes(topic.bytes()),
          topic.retention(),
          topic.purpose());
    }
    table.lines().forEach(shell.console()::say);
  }
}

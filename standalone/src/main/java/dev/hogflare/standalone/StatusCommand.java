// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code status}: says what runs on a data folder, with its figures. */
@Command(
    name = "status",
    description = "Show what runs on a data folder, with its figures.",
    sortOptions = false,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"0:it runs", "1:it runs, but a part is down", "3:it does not run"})
final class StatusCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin private DataOption data;

  StatusCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    DataFolder folder = shell.data(data.path());
    RunFile run = RunningPipeline.find(folder);
    JsonNode status = new RunningPipeline(run).status();
    Console console = shell.console();
    console.say(
        "Hogflare runs: process "
            + run.pid()
            + ", up for "
            + Words.span(status.path("uptimeSeconds").asLong()));
    line("gateway", run.gateway());
    line("kafka", run.kafka());
    line("lake", run.lake().isEmpty() ? "none, the rows go to the pipeline endpoint" : run.lake());
    line("admin", run.admin());
    line("data", folder.root().toString());
    console.say("");
    number("events in", status.path("eventsIn"));
    number("persons", status.path("persons"));
    number("rows in the lake", status.path("lakeRows"));
    number("lag", status.path("lag"));
    boolean up = true;
    for (Map.Entry<String, JsonNode> part : status.path("parts").properties()) {
      if (!part.getValue().path("up").asBoolean()) {
        up = false;
        console.say("");
        console.warn(part.getKey() + " is down: " + part.getValue().path("message").asText());
      }
    }
    return up ? 0 : CommandException.FAILED;
  }

  private void line(String name, String value) {
    shell.console().say(String.format(Locale.ROOT, "  %-18s%s", name, value));
  }

  private void number(String name, JsonNode value) {
    shell.console().say(String.format(Locale.ROOT, "  %-18s%,d", name, value.asLong()));
  }
}

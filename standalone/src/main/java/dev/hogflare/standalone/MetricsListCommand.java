// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.metrics.Dimension;
import dev.hogflare.metrics.Metric;
import dev.hogflare.metrics.Model;
import dev.hogflare.metrics.Models;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code metrics list}: names what can be asked for. */
@Command(
    name = "list",
    description = {
      "List the metrics, or those of one model with its dimensions, for example",
      "  hogflare metrics list sessions"
    },
    sortOptions = false)
final class MetricsListCommand implements Runnable {
  private final Shell shell;

  @Parameters(index = "0", arity = "0..1", paramLabel = "<model>", description = "One model.")
  private String model;

  @Mixin private ModelsOption models;

  MetricsListCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    Models all = models.read(shell.environment());
    PrintWriter out = shell.console().out();
    if (model == null) {
      TextTable table = new TextTable(List.of("metric", "what it says"), Set.of());
      for (Model each : all.models().values()) {
        each.metrics()
            .values()
            .forEach(metric -> table.row(each.name() + "." + metric.name(), metric.description()));
      }
      all.metrics().values().forEach(metric -> table.row(metric.name(), metric.description()));
      table.lines().forEach(out::println);
      out.println();
      out.println(
          "'hogflare metrics list <model>' also shows what a model's metrics are told apart by: "
              + String.join(", ", all.models().keySet())
              + ".");
    } else {
      Model one = all.model(model);
      out.println(one.name() + ": " + one.description());
      out.println();
      TextTable metrics = new TextTable(List.of("metric", "what it says"), Set.of());
      for (Metric metric : one.metrics().values()) {
        metrics.row(one.name() + "." + metric.name(), metric.description());
      }
      metrics.lines().forEach(out::println);
      out.println();
      TextTable dimensions = new TextTable(List.of("dimension", "type", "what it says"), Set.of());
      for (Dimension dimension : one.dimensions().values()) {
        dimensions.row(
            one.name() + "." + dimension.name(),
            dimension.type().name().toLowerCase(Locale.ROOT),
            dimension.description());
      }
      dimensions.lines().forEach(out::println);
      if (!one.segments().isEmpty()) {
        out.println();
        TextTable segments = new TextTable(List.of("segment", "what it says"), Set.of());
        for (Model.Segment segment : one.segments().values()) {
          segments.row(one.name() + "." + segment.name(), segment.description());
        }
        segments.lines().forEach(out::println);
      }
      if (!one.relationships().isEmpty()) {
        out.println();
        out.println(
            "Dimensions of these models can be used as well: "
                + one.relationships().stream()
                    .map(Model.Relationship::model)
                    .collect(Collectors.joining(", "))
                + ".");
      }
    }
    out.flush();
  }
}

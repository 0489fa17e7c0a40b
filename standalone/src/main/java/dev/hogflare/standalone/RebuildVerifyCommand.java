// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.rebuild.Difference;
import dev.hogflare.rebuild.StateTopics;
import dev.hogflare.rebuild.Verification;
import dev.hogflare.rebuild.VerificationReport;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code rebuild verify}: compares the state of two generations while both go on working. */
@Command(
    name = "verify",
    description = {
      "Compare the state of a rebuilt generation with that of the live one: persons, distinct",
      "ids, links, groups, overrides. Events may go on meanwhile."
    },
    sortOptions = false,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:no differences",
      "1:it could not be compared",
      "3:nothing runs",
      "4:differences",
      "5:undecided: something was never seen equal, and changed until the end"
    })
final class RebuildVerifyCommand implements Callable<Integer> {
  /** Status if something differs. */
  static final int DIFFERENT = 4;

  /** Status if it is not known whether something differs. */
  static final int UNDECIDED = 5;

  private static final int WIDEST = 60;

  private final Shell shell;

  @Spec private CommandSpec spec;

  @Mixin private ClusterOption cluster;

  @Option(
      names = "--generation",
      paramLabel = "<generation>",
      description = {
        "Which one to compare with the live one, such as g2 (default: the one being rebuilt)."
      })
  private String generation;

  @Option(
      names = "--limit",
      paramLabel = "<count>",
      defaultValue = "10",
      description = "How many differences to show (default: ${DEFAULT-VALUE}).")
  private int limit;

  @Option(
      names = "--patience",
      paramLabel = "<seconds>",
      defaultValue = "300",
      description = {
        "How long to wait for a generation that is behind, and for what keeps changing",
        "(default: ${DEFAULT-VALUE})."
      })
  private int patience;

  @Mixin private JsonOption json;

  RebuildVerifyCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    Numbers.require(spec, "--limit", limit, 0, 100_000);
    Numbers.require(spec, "--patience", patience, 1, 1_000_000);
    Console console = shell.console();
    try (Cluster open = cluster.open(shell)) {
      GenerationChooser chooser = new GenerationChooser(open);
      StateTopics live = chooser.live();
      StateTopics other = chooser.compared(generation);
      VerificationReport report =
          new Verification(open.kafka(), live, other, json.phases(console))
              .run(Duration.ofSeconds(patience), limit);
      if (json.chosen()) {
        console.say(json(report));
      } else {
        lines(report).forEach(console::say);
      }
      return report.differing() > 0 ? DIFFERENT : report.undecided() > 0 ? UNDECIDED : 0;
    }
  }

  /** Returns what is printed for people. */
  static List<String> lines(VerificationReport report) {
    List<String> lines = new java.util.ArrayList<>();
    long found = report.differing() + report.undecided();
    for (Difference difference : report.differences()) {
      lines.addAll(lines(report, difference));
      lines.add("");
    }
    if (report.differences().size() < found) {
      lines.add(
          String.format(
              Locale.ROOT,
              "… and %,d more; --limit shows more of them.",
              found - report.differences().size()));
    }
    lines.add(
        String.format(
            Locale.ROOT,
            "%s%,d %s in %,d persons, %,d groups",
            report.atLeast() ? "at least " : "",
            report.differing(),
            report.differing() == 1 ? "difference" : "differences",
            report.persons(),
            report.groups()));
    if (report.undecided() > 0) {
      lines.add(
          String.format(
              Locale.ROOT,
              "%,d undecided: never seen equal, and changed until the end; try again with a longer"
                  + " --patience, or when fewer events come in",
              report.undecided()));
    }
    lines.add(
        String.format(
            Locale.ROOT,
            "compared %s with %s: %,d distinct ids and %,d overrides too, %,d records of state in"
                + " %.1f s",
            report.other(),
            report.live(),
            report.ids(),
            report.overrides(),
            report.records(),
            report.took().toMillis() / 1e3));
    return lines;
  }

  private static List<String> lines(VerificationReport report, Difference difference) {
    boolean override = difference.kind().equals("override");
    TextTable table =
        new TextTable(
            List.of(
                difference.kind() + " " + difference.name(),
                override ? "its links" : report.live() + " (live)",
                override ? "its override" : report.other().toString()),
            Set.of());
    if (difference.left().isEmpty() || difference.right().isEmpty()) {
      table.row("", known(difference.left()), known(difference.right()));
    }
    for (String field : difference.fields()) {
      table.row(
          "  " + field,
          shortened(difference.left().getOrDefault(field, "–")),
          shortened(difference.right().getOrDefault(field, "–")));
    }
    List<String> lines = new java.util.ArrayList<>();
    if (!difference.token().isEmpty()) {
      lines.add("project " + difference.token());
    }
    lines.addAll(table.lines());
    return lines;
  }

  private static String known(Map<String, String> fields) {
    return fields.isEmpty() ? "does not know it" : "";
  }

  private static String shortened(String text) {
    return text.length() <= WIDEST ? text : text.substring(0, WIDEST - 1) + "…";
  }

  /** Returns what is printed for programs. */
  static String json(VerificationReport report) {
    JsonBuffer out =
        new JsonBuffer(1_024)
            .openObject()
            .name("equal")
            .bool(report.equal())
            .name("live")
            .number(report.live().number())
            .name("generation")
            .number(report.other().number())
            .name("persons")
            .number(report.persons())
            .name("ids")
            .number(report.ids())
            .name("groups")
            .number(report.groups())
            .name("overrides")
            .number(report.overrides())
            .name("differing")
            .number(report.differing())
            .name("at_least")
            .bool(report.atLeast())
            .name("undecided")
            .number(report.undecided())
            .name("records")
            .number(report.records())
            .name("millis")
            .number(report.took().toMillis());
    RebuildDigestCommand.rawEnds(out, report.rawEnds());
    out.name("differences").openArray();
    for (Difference difference : report.differences()) {
      out.separate()
          .openObject()
          .name("kind")
          .string(difference.kind())
          .name("token")
          .string(difference.token())
          .name("name")
          .string(difference.name());
      fields(out.name("live"), difference.left());
      fields(out.name("other"), difference.right());
      out.closeObject();
    }
    return new String(out.closeArray().closeObject().toBytes(), StandardCharsets.UTF_8);
  }

  private static void fields(JsonBuffer out, Map<String, String> fields) {
    out.openObject();
    fields.forEach((name, value) -> out.name(name).string(value));
    out.closeObject();
  }
}

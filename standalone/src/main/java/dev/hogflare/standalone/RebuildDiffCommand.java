// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.Generation;
import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.contract.RowSchema;
import dev.hogflare.lakehouse.LakeQuery;
import dev.hogflare.lakehouse.LakeQueryException;
import dev.hogflare.lakehouse.ShadowLakes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
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

/** {@code rebuild diff}: compares the rows of a shadow generation with the live ones. */
@Command(
    name = "diff",
    description = {
      "Compare the rows that a shadow generation wrote with the live ones in the local lake, by",
      "project and uuid: same, changed (in which columns), missing, new."
    },
    sortOptions = false,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"0:all rows are the same", "1:they could not be compared", "4:differences"})
final class RebuildDiffCommand implements Callable<Integer> {
  private static final int WIDEST = 60;

  /** What the comparison may take; beyond it DuckDB uses files. */
  private static final LakeQuery.Resources RESOURCES = new LakeQuery.Resources(512, 2);

  /** The tables that can be compared. */
  enum Table {
    EVENTS(RowSchema.EVENTS),
    RECORDINGS(RowSchema.RECORDINGS),
    PERSONS(RowSchema.PERSONS);

    private final RowSchema schema;

    Table(RowSchema schema) {
      this.schema = schema;
    }
  }

  private final Shell shell;

  @Spec private CommandSpec spec;

  @Mixin private DataOption data;

  @Option(
      names = "--generation",
      paramLabel = "<generation>",
      description = "Which shadow generation, such as g2 (default: the latest).")
  private String generation;

  @Option(
      names = "--table",
      paramLabel = "events|recordings|persons",
      defaultValue = "events",
      description = "Which table (default: ${DEFAULT-VALUE}).")
  private Table table;

  @Option(names = "--by-uuid", description = "List every row that is not the same.")
  private boolean byUuid;

  @Option(
      names = "--limit",
      paramLabel = "<count>",
      defaultValue = "10",
      description = "How many examples to show (default: ${DEFAULT-VALUE}).")
  private int limit;

  @Mixin private JsonOption json;

  RebuildDiffCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    Numbers.require(spec, "--limit", limit, 0, 100_000);
    Path folder = shell.data(data.path()).lake(shell.environment());
    Generation chosen = chosen(folder);
    Console console = shell.console();
    try (LakeQuery lake = LakeQuery.open(folder, RESOURCES)) {
      RowDiff diff = new RowDiff(lake, table.schema, "_" + chosen);
      RowDiff.Counts counts = diff.counts();
      if (json.chosen()) {
        console.say(json(chosen, counts, diff));
      } else {
        rows(diff, counts).forEach(console::say);
        lines(chosen, counts).forEach(console::say);
      }
      return counts.equal() ? 0 : RebuildVerifyCommand.DIFFERENT;
    } catch (LakeQueryException e) {
      throw new CommandException(CommandException.FAILED, e.getMessage(), e);
    }
  }

  private Generation chosen(Path folder) {
    List<Generation> all = ShadowLakes.in(folder);
    if (all.isEmpty()) {
      throw new CommandException(
          CommandException.FAILED,
          "The lake in "
              + folder
              + " has no rows of a shadow generation; 'hogflare rebuild start --shadow' makes"
              + " one.");
    }
    if (generation == null) {
      return all.get(all.size() - 1);
    }
    return all.stream()
        .filter(GenerationChooser.parse(generation)::equals)
        .findFirst()
        .orElseThrow(
            () ->
                new CommandException(
                    CommandException.USAGE,
                    "--generation is "
                        + generation
                        + " and the lake has rows of "
                        + all.stream().map(Generation::toString).toList()
                        + " only."));
  }

  /** Shows examples with their values, or, if asked for, every row with the names of columns. */
  private List<String> rows(RowDiff diff, RowDiff.Counts counts) {
    List<String> lines = new ArrayList<>();
    if (counts.equal()) {
      return lines;
    }
    if (byUuid) {
      diff.rows(
          Long.MAX_VALUE,
          row ->
              shell
                  .console()
                  .say(
                      row.kind()
                          + " "
                          + row.uuid()
                          + (row.columns().isEmpty()
                              ? ""
                              : " " + String.join(",", row.columns()))));
      return lines;
    }
    List<RowDiff.Row> examples = new ArrayList<>();
    diff.rows(limit, examples::add);
    for (RowDiff.Row row : examples) {
      lines.add(row.kind() + " " + row.uuid());
      for (RowDiff.Values values :
          row.columns().isEmpty() ? List.<RowDiff.Values>of() : diff.values(row)) {
        lines.add(
            "  "
                + values.column()
                + ": "
                + shortened(values.live())
                + " -> "
                + shortened(values.other()));
      }
    }
    return lines;
  }

  private static String shortened(String text) {
    return text.length() <= WIDEST ? text : text.substring(0, WIDEST - 1) + "…";
  }

  private List<String> lines(Generation chosen, RowDiff.Counts counts) {
    List<String> lines = new ArrayList<>();
    if (!counts.columns().isEmpty()) {
      TextTable columns = new TextTable(List.of("column", "changed in"), Set.of(1));
      counts
          .columns()
          .forEach(
              (column, count) ->
                  columns.row(column, String.format(Locale.ROOT, "%,d rows", count)));
      lines.add("");
      lines.addAll(columns.lines());
      lines.add("");
    }
    lines.add(
        String.format(
            Locale.ROOT,
            "%s against %s_%s: %,d same, %,d changed, %,d missing, %,d new",
            table.schema.name(),
            table.schema.name(),
            chosen,
            counts.same(),
            counts.changed(),
            counts.missing(),
            counts.added()));
    return lines;
  }

  private String json(Generation chosen, RowDiff.Counts counts, RowDiff diff) {
    JsonBuffer out =
        new JsonBuffer(512)
            .openObject()
            .name("equal")
            .bool(counts.equal())
            .name("generation")
            .number(chosen.number())
            .name("table")
            .string(table.schema.name())
            .name("same")
            .number(counts.same())
            .name("changed")
            .number(counts.changed())
            .name("missing")
            .number(counts.missing())
            .name("new")
            .number(counts.added())
            .name("columns")
            .openObject();
    for (Map.Entry<String, Long> column : counts.columns().entrySet()) {
      out.name(column.getKey()).number(column.getValue());
    }
    out.closeObject().name("examples").openArray();
    List<RowDiff.Row> examples = new ArrayList<>();
    if (!counts.equal()) {
      diff.rows(limit, examples::add);
    }
    for (RowDiff.Row row : examples) {
      out.separate()
          .openObject()
          .name("kind")
          .string(row.kind())
          .name("api_key")
          .string(row.token())
          .name("uuid")
          .string(row.uuid());
      out.name("columns").openArray();
      row.columns().forEach(column -> out.separate().string(column));
      out.closeArray().closeObject();
    }
    return new String(out.closeArray().closeObject().toBytes(), StandardCharsets.UTF_8);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.lakehouse.LakeQuery;
import dev.hogflare.lakehouse.LakeQueryException;
import dev.hogflare.lakehouse.QueryResult;
import dev.hogflare.lakehouse.ResultPrinter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sql}: asks the local lake, whether {@code up} runs or not. */
@Command(
    name = "sql",
    description = {
      "Query the local lake, whether 'up' runs or not.",
      "",
      "Views: events, with the person that each belongs to after all merges, and persons;",
      "tables: hogflare_events, hogflare_persons, hogflare_person_overrides and",
      "hogflare_recordings. In the SQL of DuckDB, for example",
      "  hogflare sql \"select event, count(*) from events group by event\""
    },
    sortOptions = false)
final class SqlCommand implements Runnable {
  private final Shell shell;

  @Parameters(index = "0", paramLabel = "<query>", description = "One statement that reads.")
  private String query;

  @Mixin private DataOption data;

  @Option(
      names = "--format",
      paramLabel = "table|json|csv",
      defaultValue = "table",
      description = "Form of the answer (default: ${DEFAULT-VALUE}).")
  private ResultPrinter format;

  @Option(
      names = "--timeout",
      paramLabel = "<seconds>",
      defaultValue = "300",
      description = "Seconds after which the query is stopped (default: ${DEFAULT-VALUE}).")
  private int timeout;

  SqlCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    if (timeout < 1) {
      throw new CommandException(
          CommandException.USAGE, "--timeout is " + timeout + "; give 1 second or more.");
    }
    Path lake = shell.data(data.path()).lake(shell.environment());
    PrintWriter out = shell.console().out();
    try (LakeQuery session =
            LakeQuery.open(lake, LakeQuery.Resources.DEFAULT.within(Duration.ofSeconds(timeout)));
        QueryResult answer = session.query(query)) {
      format.print(answer, out);
    } catch (LakeQueryException e) {
      throw new CommandException(CommandException.FAILED, e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("The answer could not be written.", e);
    } finally {
      out.flush();
    }
  }
}

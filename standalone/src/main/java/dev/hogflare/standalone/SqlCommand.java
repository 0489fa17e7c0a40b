// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.cloudflare.CloudflareConfig;
import dev.hogflare.cloudflare.RemoteSql;
import dev.hogflare.lakehouse.LakeQuery;
import dev.hogflare.lakehouse.LakeQueryException;
import dev.hogflare.lakehouse.QueryResult;
import dev.hogflare.lakehouse.ResultPrinter;
import dev.hogflare.metrics.RemoteStatement;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sql}: asks the local lake, whether {@code up} runs or not. */
@Command(
    name = "sql",
    description = {
      "Query the local lake, whether 'up' runs or not; with --remote Cloudflare's tables.",
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

  @Mixin private TimeoutOption timeout;

  @Mixin private RemoteOption remote;

  @Option(
      names = "--page-by",
      split = ",",
      paramLabel = "<column>",
      description = {
        "With --remote: read more than 10,000 rows, page by page in the order of these",
        "columns of the answer, which tell rows apart, such as uuid."
      })
  private List<String> pageBy = List.of();

  @Option(
      names = "--show-sql",
      description = "With --remote: show the statement that would be asked instead.")
  private boolean showSql;

  @Option(
      names = "--format",
      paramLabel = "table|json|csv",
      defaultValue = "table",
      description = "Form of the answer (default: ${DEFAULT-VALUE}).")
  private ResultPrinter format;

  SqlCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    if (remote.chosen()) {
      askRemotely();
      return;
    }
    if (!pageBy.isEmpty() || showSql) {
      throw new CommandException(
          CommandException.USAGE,
          "--page-by and --show-sql are for --remote; the local lake has no bound on rows.");
    }
    Path lake = shell.data(data.path()).lake(shell.environment());
    PrintWriter out = shell.console().out();
    try (LakeQuery session = LakeQuery.open(lake);
        QueryResult answer = session.query(query, timeout.patience())) {
      format.print(answer, out);
    } catch (LakeQueryException e) {
      throw new CommandException(CommandException.FAILED, e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("The answer could not be written.", e);
    } finally {
      out.flush();
    }
  }

  private void askRemotely() {
    CloudflareConfig config = RemoteOption.config(shell);
    RemoteStatement statement =
        RemoteStatement.of(
            query, RemoteOption.views(config.namespace()), config.product().sqlTitle());
    if (!pageBy.isEmpty() && statement.bounded()) {
      throw new CommandException(
          CommandException.USAGE,
          "The statement has a LIMIT, or is no query, and --page-by reads everything; leave one"
              + " of them out.");
    }
    Console console = shell.console();
    if (showSql) {
      console.say(statement.sql());
      return;
    }
    statement.notes().forEach(console::warn);
    // The bound is that of each page there.
    String bound = "\nLIMIT " + RemoteSql.MOST_ROWS;
    String sql =
        pageBy.isEmpty()
            ? statement.sql()
            : statement.sql().substring(0, statement.sql().length() - bound.length());
    PrintWriter out = console.out();
    try (RemoteAnswer answer = new RemoteAnswer(config, sql, pageBy)) {
      format.print(answer, out);
      out.flush();
      if (pageBy.isEmpty() && !statement.bounded() && answer.rows() == RemoteSql.MOST_ROWS) {
        console.warn(
            "There may be more rows than these 10,000; page with --page-by and columns that tell"
                + " rows apart, such as uuid.");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The answer could not be written.", e);
    } finally {
      out.flush();
    }
  }
}

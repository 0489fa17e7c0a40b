// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.cloudflare.CloudflareConfig;
import dev.hogflare.cloudflare.RemoteSql;
import dev.hogflare.lakehouse.LakeQuery;
import dev.hogflare.lakehouse.LakeQueryException;
import dev.hogflare.lakehouse.QueryResult;
import dev.hogflare.lakehouse.QueryRows;
import dev.hogflare.lakehouse.ResultPrinter;
import dev.hogflare.metrics.Chart;
import dev.hogflare.metrics.CompiledQuery;
import dev.hogflare.metrics.CompiledQuery.Kind;
import dev.hogflare.metrics.Dialect;
import dev.hogflare.metrics.MetricsQuery;
import dev.hogflare.metrics.Models;
import dev.hogflare.metrics.QueryCompiler;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.Variable;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code query}: answers a question about metrics from the local lake. */
@Command(
    name = "query",
    description = {
      "Ask the local lake for metrics, whether 'up' runs or not, or with --remote Cloudflare's",
      "tables, for example",
      "  hogflare query --metric sessions.bounce_rate --by sessions.browser",
      "  hogflare query --metric events.unique_users --granularity day --format chart",
      "'hogflare metrics list' shows what can be asked for."
    },
    sortOptions = false)
final class QueryCommand implements Runnable {
  private final Shell shell;

  @Option(
      names = "--metric",
      required = true,
      split = ",",
      paramLabel = "<model.metric>",
      description = "What is asked for; may be given several times.")
  private List<String> metrics;

  @Option(
      names = "--by",
      split = ",",
      paramLabel = "<model.dimension>",
      description = "What the answer is told apart by; of a time also as event_time__day.")
  private List<String> by = List.of();

  @Option(
      names = "--granularity",
      paramLabel = "hour|day|week|month|quarter|year",
      description = "A row for each such span of time, in UTC.")
  private MetricsQuery.Grain granularity;

  @Option(
      names = "--where",
      paramLabel = "<condition>",
      description = "Such as \"sessions.browser = 'Chrome'\"; all that are given must hold.")
  private List<String> where = List.of();

  @Option(
      names = "--segment",
      split = ",",
      paramLabel = "<model.segment>",
      description = "A condition with a name.")
  private List<String> segments = List.of();

  @Option(names = "--limit", paramLabel = "<rows>", description = "The most rows.")
  private Integer limit;

  @Mixin private ModelsOption models;

  @Mixin private DataOption data;

  @Mixin private TimeoutOption timeout;

  @Mixin private RemoteOption remote;

  @Option(
      names = "--format",
      paramLabel = "table|csv|json|chart",
      defaultValue = "table",
      description = "Form of the answer (default: ${DEFAULT-VALUE}).")
  private Format format;

  @Option(names = "--sql", description = "Show the statement instead of its answer.")
  private boolean sql;

  @Option(
      names = "--dialect",
      paramLabel = "duckdb|r2",
      description = "Whose SQL --sql shows (default: duckdb, with --remote r2).")
  private Dialect dialect;

  /** The forms of an answer. */
  enum Format {
    TABLE,
    CSV,
    JSON,
    CHART
  }

  QueryCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    if (limit != null && limit < 1) {
      throw new CommandException(
          CommandException.USAGE, "--limit is " + limit + " and must be at least 1.");
    }
    if (dialect == Dialect.R2 && !sql && !remote.chosen()) {
      throw new CommandException(
          CommandException.USAGE,
          "--dialect r2 shows a statement; add --sql, or --remote to have it answered.");
    }
    if (dialect == Dialect.DUCKDB && remote.chosen()) {
      throw new CommandException(
          CommandException.USAGE, "--remote asks in the SQL of R2; leave --dialect duckdb out.");
    }
    boolean r2 = remote.chosen() || dialect == Dialect.R2;
    Models known = models.read(shell.environment());
    CompiledQuery query =
        (r2
                ? QueryCompiler.r2(known, RemoteOption.views(namespace()))
                : QueryCompiler.duckDb(known))
            .compile(
                new MetricsQuery(
                    metrics,
                    by,
                    Optional.ofNullable(granularity),
                    where,
                    segments,
                    limit == null ? OptionalInt.empty() : OptionalInt.of(limit)));
    PrintWriter out = shell.console().out();
    if (sql) {
      out.println(query.sql());
      out.flush();
      return;
    }
    if (remote.chosen()) {
      askRemotely(query, out);
      return;
    }
    Path lake = shell.data(data.path()).lake(shell.environment());
    try (LakeQuery session = LakeQuery.open(lake);
        QueryResult answer = session.query(query.sql(), timeout.patience())) {
      print(query, answer, out);
    } catch (LakeQueryException e) {
      throw new CommandException(CommandException.FAILED, e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("The answer could not be written.", e);
    } finally {
      out.flush();
    }
  }

  private String namespace() {
    Settings settings = new Settings(shell.environment());
    String namespace = settings.required(Variable.HOGFLARE_CLOUDFLARE_NAMESPACE);
    settings.check();
    return namespace;
  }

  private void askRemotely(CompiledQuery query, PrintWriter out) {
    CloudflareConfig config = RemoteOption.config(shell);
    try (RemoteAnswer answer = new RemoteAnswer(config, query.sql(), List.of())) {
      print(query, answer, out);
      out.flush();
      if (limit == null && answer.rows() == RemoteSql.MOST_ROWS) {
        shell
            .console()
            .warn(
                "There may be more rows than these 10,000; narrow the question with --where or a"
                    + " wider --granularity.");
      }
    } catch (IOException e) {
      throw new UncheckedIOException("The answer could not be written.", e);
    } finally {
      out.flush();
    }
  }

  private void print(CompiledQuery query, QueryRows answer, PrintWriter out) throws IOException {
    switch (format) {
      case CSV -> ResultPrinter.CSV.print(answer, out);
      case JSON -> ResultPrinter.JSON.print(answer, out);
      case CHART -> Chart.draw(query.columns(), rows(answer)).forEach(out::println);
      case TABLE -> {
        List<List<Object>> rows = rows(answer);
        Set<Integer> figures = new LinkedHashSet<>();
        List<String> heads = new ArrayList<>();
        for (CompiledQuery.Column column : query.columns()) {
          if (column.kind() == Kind.FIGURE || column.kind() == Kind.PERCENT) {
            figures.add(heads.size());
          }
          heads.add(column.name());
        }
        TextTable table = new TextTable(heads, figures);
        for (List<Object> row : rows) {
          String[] cells = new String[row.size()];
          for (int i = 0; i < cells.length; i++) {
            cells[i] = Chart.shown(row.get(i), query.columns().get(i).kind() == Kind.PERCENT);
          }
          table.row(cells);
        }
        table.lines().forEach(out::println);
        if (rows.isEmpty()) {
          out.println("no rows");
        }
      }
    }
  }

  private static List<List<Object>> rows(QueryRows answer) {
    List<List<Object>> rows = new ArrayList<>();
    answer.forEachRemaining(rows::add);
    return rows;
  }
}

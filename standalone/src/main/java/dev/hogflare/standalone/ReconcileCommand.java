// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.cloudflare.CloudflareApi;
import dev.hogflare.cloudflare.CloudflareTable;
import dev.hogflare.cloudflare.SinkCounts;
import dev.hogflare.operations.DeliveryAccounts;
import dev.hogflare.operations.Flow;
import dev.hogflare.operations.Reconciliation;
import dev.hogflare.operations.Reconciliation.Books;
import dev.hogflare.operations.Reconciliation.Verdict;
import dev.hogflare.operations.SinkRows;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code reconcile}: says whether everything that was accepted is where it belongs. */
@Command(
    name = "reconcile",
    description = {
      "Compare what the gateway accepted with the rows in the lake, by project and hour.",
      "",
      "What is still under way is waited for. What is missing or doubled is named by the",
      "offsets at which it stands."
    },
    sortOptions = false,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:nothing is missing, nothing doubled",
      "1:something is",
      "3:there is no Kafka to ask",
      "4:not known yet, because events are under way"
    })
final class ReconcileCommand implements Callable<Integer> {
  /** Status when the answer has to wait for what is under way. */
  static final int UNSETTLED = 4;

  private static final Duration POLL = Duration.ofMillis(500);
  private static final long HOUR_MILLIS = 3_600_000;

  private final Shell shell;

  @Mixin private ClusterOption cluster;

  @Option(
      names = "--from",
      paramLabel = "<time>",
      description = "Hours from here on: 2h, 7d, a day, an hour or a full time (default: all).")
  private String from;

  @Option(names = "--to", paramLabel = "<time>", description = "Hours before this time.")
  private String to;

  @Option(
      names = "--wait",
      paramLabel = "<seconds>",
      defaultValue = "60",
      description = "Longest wait for what is under way (default: ${DEFAULT-VALUE}).")
  private int patience;

  @Option(
      names = "--sink-counts",
      description = {
        "Also ask Cloudflare's metrics how many rows its sinks wrote and dropped, and compare",
        "that with what was delivered up to ten minutes ago."
      })
  private boolean sinkCounts;

  @Mixin private JsonOption json;

  ReconcileCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    Reconciliation.Hours hours = hours();
    try (Cluster kafka = cluster.open(shell);
        LakeRows rows = lakeOrNull(kafka)) {
      Optional<SinkRows> lake = Optional.ofNullable(rows);
      Reconciliation reconciliation = new Reconciliation(kafka.kafka(), kafka.topics());
      Flow flow = new Flow(kafka.kafka(), kafka.topics());
      Settled settled = settle(kafka, hours, reconciliation, flow, lake);
      Optional<Verdict> verdict =
          settled.waiting().isEmpty()
              ? Optional.of(reconciliation.investigate(settled.books(), lake))
              : Optional.empty();
      ReconcileReport report =
          new ReconcileReport(
              settled.books(),
              settled.waiting(),
              verdict,
              lake.isPresent(),
              deliveries(new DeliveryAccounts(kafka.kafka(), kafka.topics()), hours));
      if (json.chosen()) {
        shell.console().say(report.json());
      } else {
        report.lines().forEach(shell.console()::say);
      }
      return report.status();
    }
  }

  private DeliveryReport deliveries(DeliveryAccounts accounts, Reconciliation.Hours hours) {
    SinkWindow window = SinkWindow.of(Instant.now(), hours, sinkCounts);
    DeliveryAccounts.Deliveries delivered = accounts.between(window.from(), window.to());
    Optional<Map<CloudflareTable, SinkCounts>> counted = Optional.empty();
    if (sinkCounts) {
      try (CloudflareApi api = new CloudflareApi(CloudflareCommand.config(shell))) {
        counted =
            Optional.of(
                SinkCounts.between(
                    api,
                    window.sinkFrom(delivered.firstMinute()),
                    window.sinkTo(delivered.firstMinute())));
      }
    }
    boolean apart = !endpoints(CloudflareTable.RECORDINGS).isEmpty();
    Set<CloudflareTable> divided =
        Arrays.stream(CloudflareTable.values())
            .filter(table -> endpoints(table).size() > 1)
            .collect(Collectors.toUnmodifiableSet());
    return new DeliveryReport(delivered.totals(), counted, apart, divided);
  }

  private List<String> endpoints(CloudflareTable table) {
    return Arrays.stream(
            shell.environment().getOrDefault(table.endpoint().name(), "").strip().split(","))
        .filter(url -> !url.isBlank())
        .toList();
  }

  /** Opens the local lake, or returns null if the rows go elsewhere. */
  private LakeRows lakeOrNull(Cluster kafka) {
    DataFolder data = kafka.data().orElseGet(() -> cluster.folder(shell));
    Path folder = data.lake(shell.environment());
    boolean elsewhere =
        running(kafka).map(run -> run.lake().isEmpty()).orElse(!Files.isDirectory(folder));
    return elsewhere ? null : new LakeRows(folder);
  }

  private static Optional<RunFile> running(Cluster kafka) {
    return kafka.offline()
        ? Optional.empty()
        : kafka.data().flatMap(data -> RunFile.ofRunning(data.runFile()));
  }

  private Reconciliation.Hours hours() {
    Instant now = Instant.now();
    long first =
        from == null
            ? Long.MIN_VALUE
            : Math.floorDiv(TimeText.millis("--from", from, now), HOUR_MILLIS);
    long behind =
        to == null ? Long.MAX_VALUE : Math.ceilDiv(TimeText.millis("--to", to, now), HOUR_MILLIS);
    return new Reconciliation.Hours(first, behind);
  }

  /** The accounts of a moment at which nothing was under way, or what still was. */
  private record Settled(Books books, Map<String, Long> waiting) {}

  private Settled settle(
      Cluster kafka,
      Reconciliation.Hours hours,
      Reconciliation reconciliation,
      Flow flow,
      Optional<SinkRows> lake) {
    long deadline = System.nanoTime() + Duration.ofSeconds(Math.max(0, patience)).toNanos();
    Books books = reconciliation.books(hours, lake);
    boolean quiet = false;
    while (true) {
      // Asked before the books are read, so that these hold all that was under way before.
      Map<String, Long> waiting = flow.waiting(books.applications());
      if (waiting.isEmpty()) {
        waiting = inLake(kafka);
      }
      books = reconciliation.books(hours, lake);
      // Twice, because a record may be between two topics when each of them is asked.
      if (books.balanced() || (quiet && waiting.isEmpty())) {
        return new Settled(books, books.balanced() ? Map.of() : waiting);
      }
      quiet = waiting.isEmpty();
      if (System.nanoTime() > deadline) {
        return new Settled(books, waiting);
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  /** Returns the rows that the running lake holds and has not committed. */
  private static Map<String, Long> inLake(Cluster kafka) {
    long rows =
        running(kafka)
            .map(run -> new RunningPipeline(run).status().path("lakeWaiting").asLong())
            .orElse(0L);
    return rows == 0 ? Map.of() : Map.of("the lake's next commit", rows);
  }
}

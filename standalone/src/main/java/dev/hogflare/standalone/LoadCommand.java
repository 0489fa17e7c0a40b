// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.standalone.load.LoadPlan;
import dev.hogflare.standalone.load.LoadRun;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code load}: sends made-up events to a gateway. */
@Command(
    name = "load",
    description = {
      "Send made-up events to a gateway: devices, logins, aliases, groups, late and",
      "repeated events, by clients that send again until they are accepted.",
      "",
      "The same seed sends the same events, so that a second run of it adds nothing but",
      "repeats."
    },
    sortOptions = false,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {
      "0:everything was accepted",
      "1:the gateway refused events, or did not take them in time"
    })
final class LoadCommand implements Runnable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long REFRESH_MILLIS = 1_000;

  private final Shell shell;

  @Option(
      names = "--url",
      paramLabel = "<url>",
      defaultValue = "http://127.0.0.1:8080",
      description = "Base URL of the gateway (default: ${DEFAULT-VALUE}).")
  private URI url;

  @Option(
      names = "--events",
      paramLabel = "<number>",
      defaultValue = "200000",
      description = "Different events to send (default: ${DEFAULT-VALUE}).")
  private long events;

  @Option(
      names = "--seed",
      paramLabel = "<number>",
      defaultValue = "1",
      description = "Chooses the events (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--rate",
      paramLabel = "<per second>",
      defaultValue = "0",
      description = "Events per second; 0 sends as fast as they are accepted (default).")
  private double rate;

  @Option(
      names = "--clients",
      paramLabel = "<number>",
      defaultValue = "" + LoadPlan.CLIENTS,
      description = "Clients that send at once (default: ${DEFAULT-VALUE}).")
  private int clients;

  @Option(
      names = "--token",
      paramLabel = "<key>",
      defaultValue = LoadPlan.TOKEN,
      description = "Project key (default: ${DEFAULT-VALUE}).")
  private String token;

  @Option(
      names = "--no-conflicts",
      description = "Leave out logins and aliases that would unite two known users.")
  private boolean noConflicts;

  @Option(
      names = "--days",
      paramLabel = "<number>",
      defaultValue = "0",
      description =
          "Send visits that lie back over so many days, instead of events of now; they come back"
              + " after n days with a probability of 60 %% times 0.85 to the n.")
  private int days;

  @Option(
      names = "--until",
      paramLabel = "<date>",
      description = "The last of these days, such as 2026-11-21 (default: yesterday).")
  private LocalDate until;

  LoadCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    LoadPlan plan = plan();
    LoadRun load = new LoadRun(plan, url, rate, PATIENCE);
    long start = System.nanoTime();
    CompletableFuture<Void> running = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                load.run();
                running.complete(null);
              } catch (Exception e) {
                running.completeExceptionally(e);
              }
            });
    await(running, load, start);
    double seconds = (System.nanoTime() - start) / 1e9;
    Console console = shell.console();
    console.say(
        String.format(
            Locale.ROOT,
            "Sent %s events in %.1f s, %s/s.",
            Words.count(load.sent()),
            seconds,
            Words.count(Math.round(load.accepted() / seconds))));
    number("accepted", load.accepted());
    number("of them repeats", load.repeats());
    number("requests sent again", load.retries());
  }

  private LoadPlan plan() {
    if (url.getScheme() == null || !url.getScheme().matches("https?") || url.getHost() == null) {
      throw new CommandException(
          CommandException.USAGE, "--url is no http URL: " + url + "; try http://127.0.0.1:8080.");
    }
    try {
      LocalDate last = until == null ? LocalDate.now(ZoneOffset.UTC).minusDays(1) : until;
      return new LoadPlan(
          seed, events, clients, token, !noConflicts, days, (int) last.toEpochDay());
    } catch (IllegalArgumentException e) {
      throw new CommandException(
          CommandException.USAGE, e.getMessage() + " Change --events, --clients or --days.", e);
    }
  }

  private void await(CompletableFuture<Void> running, LoadRun load, long start) {
    long before = 0;
    while (true) {
      try {
        running.get(REFRESH_MILLIS, TimeUnit.MILLISECONDS);
        return;
      } catch (TimeoutException e) {
        long now = load.accepted();
        shell
            .console()
            .refresh(
                "accepted "
                    + Words.count(now)
                    + " of "
                    + Words.count(events)
                    + "  "
                    + Words.count(now - before)
                    + "/s  "
                    + Words.span((System.nanoTime() - start) / 1_000_000_000L));
        before = now;
      } catch (ExecutionException e) {
        throw failure(e.getCause(), load);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw failure(e, load);
      }
    }
  }

  private static CommandException failure(Throwable cause, LoadRun load) {
    String reason =
        cause instanceof IOException ? cause.getMessage() : "The load broke off: " + cause;
    return new CommandException(
        CommandException.FAILED,
        reason
            + " ("
            + Words.count(load.accepted())
            + " events were accepted; the same command sends them again, which adds no rows.)",
        cause);
  }

  private void number(String name, long value) {
    shell.console().say(String.format(Locale.ROOT, "  %-20s%,d", name, value));
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hogflare.contract.Generation;
import dev.hogflare.lakehouse.Erasure;
import dev.hogflare.lakehouse.Lakehouse;
import dev.hogflare.lakehouse.ShadowLakes;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code lake erase}: removes a person's rows from the local lake for good. */
@Command(
    name = "erase",
    description = {
      "Remove all rows of a person from the local lake and those of shadow generations,",
      "and its files from the disk, whether 'up' runs or not. Queries that run meanwhile",
      "may fail once."
    },
    sortOptions = false)
final class LakeEraseCommand implements Runnable {
  private static final Duration PATIENCE = Duration.ofHours(1);

  private final Shell shell;

  @Option(
      names = "--token",
      required = true,
      paramLabel = "<token>",
      description = "Project of the person.")
  private String token;

  @Option(
      names = "--distinct-id",
      paramLabel = "<id>",
      description = "Distinct id of the person; may be given several times.")
  private List<String> distinctIds = List.of();

  @Option(
      names = "--person-id",
      paramLabel = "<uuid>",
      description = "Id of the person; may be given several times.")
  private List<String> personIds = List.of();

  @Mixin private DataOption data;

  LakeEraseCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    Erasure erasure;
    try {
      Set<String> persons = new TreeSet<>();
      personIds.forEach(id -> persons.add(id.toLowerCase(Locale.ROOT)));
      erasure = new Erasure(token, new TreeSet<>(distinctIds), persons);
    } catch (IllegalArgumentException e) {
      throw new CommandException(
          CommandException.USAGE, "Nobody is named; give --distinct-id or --person-id.", e);
    }
    DataFolder folder = shell.data(data.path());
    Optional<RunFile> running = RunFile.ofRunning(folder.runFile());
    Figures figures =
        running.isPresent()
            ? ask(running.get(), folder, erasure)
            : erase(folder.lake(shell.environment()), erasure);
    shell
        .console()
        .say(
            String.format(
                Locale.ROOT,
                "erased %,d event rows and %,d snapshots; %,d files written again or removed",
                figures.events(),
                figures.snapshots(),
                figures.files()));
  }

  private record Figures(long events, long snapshots, long files) {}

  private static Figures erase(Path folder, Erasure erasure) {
    if (!Files.isDirectory(folder)) {
      throw new CommandException(
          CommandException.FAILED,
          "There is no lake in " + folder + "; name another data folder with --data.");
    }
    try {
      Erasure.Outcome outcome = Lakehouse.erase(folder, erasure);
      for (Generation shadow : ShadowLakes.in(folder)) {
        Path beside = ShadowLakes.folder(folder, shadow);
        outcome = outcome.and(Lakehouse.erase(beside, erasure.with(outcome.distinctIds())));
      }
      return new Figures(outcome.events(), outcome.snapshots(), outcome.files());
    } catch (IOException | IllegalStateException e) {
      throw new CommandException(
          CommandException.FAILED,
          "Not all rows were erased (" + e.getMessage() + "); give the command again.",
          e);
    }
  }

  private static Figures ask(RunFile run, DataFolder folder, Erasure erasure) {
    if (run.lake().isEmpty()) {
      throw new CommandException(
          CommandException.FAILED,
          "Process "
              + run.pid()
              + " has no local lake; its rows go to a pipeline endpoint, where they have to be"
              + " erased.");
    }
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest.Builder request =
          HttpRequest.newBuilder(URI.create(run.lake() + "/erase"))
              .timeout(PATIENCE)
              .header("content-type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofByteArray(erasure.toJson()));
      if (Files.exists(folder.lakeToken())) {
        request.header("authorization", "Bearer " + Files.readString(folder.lakeToken()));
      }
      HttpResponse<byte[]> answer =
          client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      if (answer.statusCode() != 200) {
        throw unanswered(run, "status " + answer.statusCode(), null);
      }
      JsonNode json = new ObjectMapper().readTree(answer.body());
      return new Figures(
          json.path("events").asLong(),
          json.path("snapshots").asLong(),
          json.path("files").asLong());
    } catch (IOException e) {
      throw unanswered(run, e.toString(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unanswered(run, "interrupted", e);
    }
  }

  private static CommandException unanswered(RunFile run, String reason, Exception cause) {
    return new CommandException(
        CommandException.FAILED,
        "The lake of process "
            + run.pid()
            + " did not say that all rows are erased ("
            + reason
            + "); look into the log, then give the command again.",
        cause);
  }
}

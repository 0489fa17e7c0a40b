// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * {@code warm-up}: lives a short life, in which the JVM can record what a start needs.
 *
 * <p>Everything that a user does in the first minute is done once: a start, events of each kind,
 * each command, a stop. The launcher runs it after a build, with the JVM's recording on.
 */
@Command(
    name = "warm-up",
    hidden = true,
    description = "Run a short life of the pipeline in an empty folder.")
final class WarmUpCommand implements Runnable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int REQUESTS = 60;
  private static final int BATCH = 50;

  private final Shell shell;

  @Mixin private DataOption data;

  WarmUpCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    DataFolder folder = shell.data(data.path());
    Map<String, String> environment =
        Map.of(
            "APP_ADDR", "127.0.0.1:0",
            "HOGFLARE_ADMIN_PORT", "0",
            "HOGFLARE_LAKE_COMMIT_SECONDS", "1",
            "POSTHOG_GROUP_TYPE_0", "company");
    Logging.to(folder.log(), shell.console());
    try (LocalPipeline pipeline = LocalPipeline.create(folder.root(), environment);
        HttpClient client = HttpClient.newHttpClient()) {
      pipeline.start();
      RunFile.ofThisProcess(
              pipeline.gateway().toString(),
              pipeline.bootstrapServers(),
              pipeline.lake().map(URI::toString).orElse(""),
              pipeline.admin().toString())
          .write(folder.runFile());
      for (int request = 0; request < REQUESTS; request++) {
        post(client, pipeline.gateway(), "/capture", event("opened", "a" + request));
        post(client, pipeline.gateway(), "/identify", identify(request));
        post(client, pipeline.gateway(), "/batch", batch(request));
      }
      // Two rows for each event: its own and its person's snapshot.
      awaitRows(pipeline, 2L * REQUESTS * (2 + BATCH));
      useCommands();
    } catch (IOException e) {
      throw new CommandException(
          CommandException.FAILED, "The pipeline did not answer (" + e + ").", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException(CommandException.FAILED, "Interrupted.", e);
    }
  }

  private static String event(String name, String id) {
    return "{\"api_key\":\"phc_local\",\"event\":\""
        + name
        + "\",\"distinct_id\":\""
        + id
        + "\",\"properties\":{\"$set\":{\"plan\":\"free\"},\"$set_once\":{\"first\":\"x\"},"
        + "\"$groups\":{\"company\":\"acme\"},\"$current_url\":\"https://example.com/a?b=c\"}}";
  }

  private static String identify(int request) {
    return "{\"api_key\":\"phc_local\",\"event\":\"$identify\",\"distinct_id\":\"u"
        + request
        + "\",\"properties\":{\"$anon_distinct_id\":\"a"
        + request
        + "\",\"$set\":{\"email\":\"u@example.com\"}}}";
  }

  private static String batch(int request) {
    return IntStream.range(0, BATCH)
        .mapToObj(i -> event("viewed", "u" + (request + i) % REQUESTS))
        .collect(Collectors.joining(",", "{\"api_key\":\"phc_local\",\"batch\":[", "]}"));
  }

  private static void post(HttpClient client, URI gateway, String path, String body)
      throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(gateway.resolve(path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IOException(path + " was answered " + answer.statusCode() + ": " + answer.body());
    }
  }

  private static void awaitRows(LocalPipeline pipeline, long rows) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (pipeline.figures().lakeRows() < rows) {
      if (System.nanoTime() > deadline) {
        throw new CommandException(
            CommandException.FAILED,
            "The lake has " + pipeline.figures().lakeRows() + " rows instead of " + rows + ".");
      }
      LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
    }
  }

  private void useCommands() {
    String folder = data.path().toString();
    String query = "select event, distinct_id, person_id from hogflare_events limit 5";
    for (List<String> command :
        List.of(
            List.of("--help"),
            List.of("status", "--data", folder),
            List.of("topics", "--data", folder),
            List.of("sql", query, "--data", folder),
            List.of("sql", query, "--data", folder, "--format", "json"),
            List.of("sql", query, "--data", folder, "--format", "csv"))) {
      int status = Commands.of(shell).execute(command.toArray(String[]::new));
      if (status != 0) {
        throw new CommandException(
            CommandException.FAILED, "The command " + command + " ended with " + status + ".");
      }
    }
  }
}

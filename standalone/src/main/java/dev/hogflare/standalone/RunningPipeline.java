// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Asks the {@code up} of another process how it is doing. */
final class RunningPipeline {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final RunFile run;

  RunningPipeline(RunFile run) {
    this.run = run;
  }

  /**
   * Finds the process that runs on a data folder.
   *
   * @throws CommandException if there is none
   */
  static RunFile find(DataFolder data) {
    return RunFile.ofRunning(data.runFile())
        .orElseThrow(
            () ->
                new CommandException(
                    CommandException.NOT_RUNNING,
                    "Hogflare does not run on the data folder "
                        + data.root()
                        + "; start it with 'hogflare up', or name another folder with --data."));
  }

  /**
   * Returns the process's report.
   *
   * @throws CommandException if it does not answer
   */
  JsonNode status() {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(run.admin() + StatusRoute.PATH))
            .timeout(PATIENCE)
            .build();
    try (HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build()) {
      HttpResponse<byte[]> answer = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
      if (answer.statusCode() == 200) {
        return JSON.readTree(answer.body());
      }
      throw unanswered("status " + answer.statusCode(), null);
    } catch (IOException e) {
      throw unanswered(e.toString(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw unanswered("interrupted", e);
    }
  }

  private CommandException unanswered(String reason, Exception cause) {
    return new CommandException(
        CommandException.FAILED,
        "Process "
            + run.pid()
            + " runs but does not answer at "
            + run.admin()
            + " ("
            + reason
            + "); look into the log of its data folder.",
        cause);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code flags explain}. */
@Command(
    name = "explain",
    description = "Tell how flags come to their values for a person, from what is stored now.",
    sortOptions = false)
final class FlagsExplainCommand implements Callable<Integer> {
  private final Shell shell;

  @Option(
      names = "--token",
      paramLabel = "<project key>",
      required = true,
      description = "The project.")
  private String token;

  @Option(
      names = "--distinct-id",
      paramLabel = "<id>",
      required = true,
      description = "The id that asks.")
  private String distinctId;

  @Option(
      names = "--flag",
      paramLabel = "<key>",
      description = "The only flag to explain (default: all of the project).")
  private String flag;

  @Mixin private GroupsOption groups;

  @Option(
      names = "--admin",
      paramLabel = "<url>",
      description =
          "Admin endpoint of a flags-service (default: that of the process on the data folder).")
  private String admin;

  @Mixin private JsonOption json;

  @Mixin private DataOption data;

  FlagsExplainCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    String base = admin == null ? RunningPipeline.find(shell.data(data.path())).admin() : admin;
    StringBuilder url =
        new StringBuilder(base)
            .append("/flags/explain?token=")
            .append(encoded(token))
            .append("&distinct_id=")
            .append(encoded(distinctId));
    if (flag != null) {
      url.append("&flag=").append(encoded(flag));
    }
    groups.byType().forEach((type, key) -> url.append("&group=").append(encoded(type + ":" + key)));
    JsonNode answer = ask(url.toString());
    if (json.chosen()) {
      shell.console().say(answer.toString());
      return 0;
    }
    if (answer.path("flags").isEmpty()) {
      shell.console().say("This project has no flags.");
    }
    answer.path("flags").forEach(this::say);
    answer.path("problems").forEach(problem -> shell.console().warn(problem.asText()));
    return 0;
  }

  private void say(JsonNode explained) {
    Console console = shell.console();
    console.say(
        explained.path("key").asText()
            + " = "
            + explained.path("value").asText()
            + "   "
            + explained.path("description").asText());
    if (!explained.path("hashed_id").asText().isEmpty()) {
      console.say("  hashed id: " + explained.path("hashed_id").asText());
    }
    for (JsonNode step : explained.path("steps")) {
      String bucket =
          step.has("bucket")
              ? ", bucket "
                  + step.path("bucket").asText()
                  + (step.has("rollout") ? " of " + step.path("rollout").asText() + " %" : "")
              : "";
      console.say(
          "  "
              + (step.path("matched").asBoolean() ? "+ " : "- ")
              + step.path("name").asText()
              + ": "
              + step.path("sentence").asText().replaceFirst("[.]$", "")
              + bucket);
      for (JsonNode filter : step.path("filters")) {
        console.say(
            "      "
                + (filter.path("matched").asBoolean() ? "+ " : "- ")
                + filter.path("filter").asText()
                + "   (it is "
                + filter.path("actual").asText()
                + ")");
      }
    }
    console.say("");
  }

  private static JsonNode ask(String url) {
    try (HttpClient client =
        HttpClient.newBuilder().connectTimeout(FlagsCommand.PATIENCE).build()) {
      HttpResponse<byte[]> answer =
          client.send(
              HttpRequest.newBuilder(URI.create(url)).timeout(FlagsCommand.PATIENCE).build(),
              HttpResponse.BodyHandlers.ofByteArray());
      JsonNode body = FlagsCommand.tree(answer.body());
      if (answer.statusCode() == 200) {
        return body;
      }
      throw new CommandException(
          CommandException.FAILED,
          body.path("error").asText("The flags-service answered " + answer.statusCode() + "."));
    } catch (IOException | IllegalArgumentException e) {
      throw new CommandException(
          CommandException.FAILED,
          "The flags-service does not answer at "
              + url
              + " ("
              + e
              + "); see 'hogflare status', or name it with --admin.",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException(CommandException.FAILED, "Interrupted.", e);
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hogflare.contract.Rfc3339;
import dev.hogflare.transformations.EventInput;
import dev.hogflare.transformations.Outcome;
import dev.hogflare.transformations.Transformations;
import dev.hogflare.transformations.TransformationsException;
import dev.hogflare.transformations.TransformationsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code transformations}: checks a file of transformations and tries it on an event. */
@Command(
    name = "transformations",
    description = "Check a file of transformations, and try it on an event.",
    synopsisSubcommandLabel = "<command>",
    sortOptions = false)
final class TransformationsCommand implements Runnable {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec private CommandSpec spec;

  /** Returns the commands below this one, for a shell. */
  static List<Object> subcommands(Shell shell) {
    return List.of(new Validate(shell), new Try(shell));
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  private static Transformations read(Path file) {
    try {
      return TransformationsFile.read(file);
    } catch (TransformationsException e) {
      throw new CommandException(CommandException.FAILED, e.getMessage(), e);
    }
  }

  /** {@code transformations validate}. */
  @Command(
      name = "validate",
      description = "Say whether a file can be used, or else which step and field cannot.",
      sortOptions = false)
  static final class Validate implements Callable<Integer> {
    private final Shell shell;

    @Parameters(paramLabel = "<file>", description = "YAML file of transformations.")
    private Path file;

    Validate(Shell shell) {
      this.shell = shell;
    }

    @Override
    public Integer call() {
      shell
          .console()
          .say(
              Words.count(read(shell.directory().resolve(file)).size(), "step")
                  + " in "
                  + file
                  + ", and nothing wrong.");
      return 0;
    }
  }

  /** {@code transformations test}. */
  @Command(name = "test", description = "Show what becomes of an event.", sortOptions = false)
  static final class Try implements Callable<Integer> {
    private final Shell shell;

    @Parameters(paramLabel = "<file>", description = "YAML file of transformations.")
    private Path file;

    @Option(
        names = "--event",
        paramLabel = "<file>",
        required = true,
        description = "JSON file of one event, as an SDK sends it.")
    private Path event;

    Try(Shell shell) {
      this.shell = shell;
    }

    @Override
    public Integer call() {
      Transformations transformations = read(shell.directory().resolve(file));
      byte[] json = bytes(shell.directory().resolve(event));
      ObjectNode object = object(json);
      Outcome outcome =
          transformations.applyOrNull(
              new EventInput(
                  json,
                  null,
                  null,
                  text(object, "api_key", "token"),
                  text(object, "distinct_id", "$distinct_id"),
                  Try::time));
      switch (outcome) {
        case null ->
            throw new CommandException(
                CommandException.FAILED,
                "The properties of the event in " + event + " are no JSON object; mend them.");
        case Outcome.Dropped dropped ->
            shell.console().say("dropped by the step " + dropped.step());
        case Outcome.Kept kept -> shell.console().say(pretty(kept.json()));
      }
      return 0;
    }

    private static byte[] bytes(Path file) {
      try {
        return Files.readAllBytes(file);
      } catch (IOException e) {
        throw new CommandException(
            CommandException.FAILED, "The file " + file + " cannot be read (" + e + ").", e);
      }
    }

    private ObjectNode object(byte[] json) {
      try {
        if (JSON.readTree(json) instanceof ObjectNode object) {
          return object;
        }
      } catch (JsonProcessingException e) {
        throw new CommandException(
            CommandException.FAILED,
            "The file " + event + " is not JSON (" + e.getOriginalMessage() + ").",
            e);
      } catch (IOException e) {
        throw new CommandException(CommandException.FAILED, e.toString(), e);
      }
      throw new CommandException(
          CommandException.FAILED, "The file " + event + " must hold one event, a JSON object.");
    }

    /** Finds a text in the event or else in its properties. */
    private static String text(ObjectNode event, String... names) {
      for (JsonNode place : List.of(event, event.path("properties"))) {
        for (String name : names) {
          if (place.path(name).isValueNode() && !place.path(name).isNull()) {
            return place.path(name).asText();
          }
        }
      }
      return "";
    }

    /** An event that says no time happens now, as it would at the gateway. */
    private static Instant time(EventInput.Clues clues) {
      Long micros = clues.timestamp() == null ? null : Rfc3339.parseOrNull(clues.timestamp());
      return micros == null ? Instant.now() : Instant.ofEpochMilli(Math.floorDiv(micros, 1_000L));
    }

    private static String pretty(byte[] json) {
      try {
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(JSON.readTree(json));
      } catch (IOException e) {
        throw new CommandException(CommandException.FAILED, e.toString(), e);
      }
    }
  }
}

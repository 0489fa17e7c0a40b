// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hogflare.contract.DistinctIds;
import dev.hogflare.flags.EvaluationRequest;
import dev.hogflare.flags.Evaluations;
import dev.hogflare.flags.FlagCheck;
import dev.hogflare.flags.FlagPayload;
import dev.hogflare.flags.FlagResult;
import dev.hogflare.flags.FlagSet;
import dev.hogflare.flags.RequestRuntime;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code flags test}. */
@Command(
    name = "test",
    description = "Evaluate a document of flags for an id, without anything stored.",
    sortOptions = false)
final class FlagsTestCommand implements Callable<Integer> {
  private static final List<String> HEADS = List.of("flag", "value", "reason", "payload");
  private final Shell shell;

  @Mixin private FlagsFile file;

  @Option(
      names = "--distinct-id",
      paramLabel = "<id>",
      required = true,
      description = "The id to evaluate for.")
  private String distinctId;

  @Mixin private ProjectOption project;

  @Option(
      names = "--properties",
      paramLabel = "<json>",
      defaultValue = "{}",
      description = "Properties of the person.")
  private String properties;

  @Mixin private GroupsOption groups;

  @Option(
      names = "--group-properties",
      paramLabel = "<json>",
      defaultValue = "{}",
      description = "Properties of groups: {\"company\": {…}}.")
  private String groupProperties;

  @Mixin private JsonOption json;

  FlagsTestCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    FlagSet flags = file.read(shell);
    Map<String, Map<String, JsonNode>> ofGroups = new HashMap<>();
    object("--group-properties", groupProperties)
        .properties()
        .forEach(type -> ofGroups.put(type.getKey(), members(type.getValue())));
    Evaluations evaluations =
        FlagCheck.evaluate(
            flags,
            new EvaluationRequest(
                project.token(),
                DistinctIds.normalize(distinctId),
                Optional.empty(),
                Optional.empty(),
                members(object("--properties", properties)),
                false,
                groups.byType(),
                ofGroups,
                Optional.empty(),
                false,
                Optional.empty(),
                RequestRuntime.ALL,
                Instant.now()));
    ObjectNode values = FlagsCommand.JSON.createObjectNode();
    TextTable table = new TextTable(HEADS, Set.of());
    for (FlagResult result : evaluations.results()) {
      String payload = result.payload().map(FlagPayload::text).orElse("");
      values
          .putObject(result.key())
          .put("value", FlagCheck.value(result))
          .put("reason", result.reason().code())
          .put("payload", payload);
      table.row(result.key(), FlagCheck.value(result), result.reason().description(), payload);
    }
    if (json.chosen()) {
      shell.console().say(values.toString());
    } else {
      table.lines().forEach(shell.console()::say);
      flags.problems().forEach(problem -> shell.console().warn(problem.toString()));
    }
    return evaluations.errors() ? CommandException.FAILED : 0;
  }

  private static JsonNode object(String option, String text) {
    try {
      JsonNode node = FlagsCommand.JSON.readTree(text);
      if (node != null && node.isObject()) {
        return node;
      }
    } catch (JsonProcessingException e) {
      throw new CommandException(
          CommandException.USAGE, option + " is not JSON (" + e.getOriginalMessage() + ").", e);
    }
    throw new CommandException(CommandException.USAGE, option + " must be a JSON object.");
  }

  private static Map<String, JsonNode> members(JsonNode object) {
    Map<String, JsonNode> members = new HashMap<>();
    object.properties().forEach(member -> members.put(member.getKey(), member.getValue()));
    return members;
  }
}

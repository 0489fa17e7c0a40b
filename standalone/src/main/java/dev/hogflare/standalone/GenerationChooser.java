// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.Generation;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.Generations;
import dev.hogflare.contract.Topics;
import dev.hogflare.rebuild.ProgressSurvey;
import dev.hogflare.rebuild.StateTopics;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds the generation that a command is about. */
final class GenerationChooser {
  private static final Pattern NAME = Pattern.compile("g?([1-9][0-9]{0,8})");

  private final Topics topics;
  private final Generations generations;

  /** Reads which generations there are. */
  GenerationChooser(Cluster cluster) {
    topics = cluster.topics();
    try (ProgressSurvey survey = new ProgressSurvey(RebuildStartCommand.deployment(cluster))) {
      generations = survey.generations();
    }
  }

  /** Returns the one that writes the rows. */
  StateTopics live() {
    return state(generations.live());
  }

  /**
   * Returns the one to compare with the live one.
   *
   * @param nameOrNull the one that is asked for, or null for the one that is being rebuilt
   * @throws CommandException if there is no such generation
   */
  StateTopics compared(String nameOrNull) {
    GenerationRecord live = generations.live();
    GenerationRecord chosen =
        nameOrNull == null
            ? generations
                .underWay()
                .or(generations::retiring)
                .orElseThrow(
                    () ->
                        new CommandException(
                            CommandException.FAILED,
                            "There is nothing to compare the live generation "
                                + live.generation()
                                + " with; 'hogflare rebuild start' begins a rebuild."))
            : find(nameOrNull);
    if (chosen.generation().equals(live.generation())) {
      throw new CommandException(
          CommandException.USAGE,
          "--generation is "
              + nameOrNull
              + ", the live one; name the one to compare with it, as 'hogflare rebuild status'"
              + " lists them.");
    }
    return state(chosen);
  }

  /**
   * Returns one generation.
   *
   * @param nameOrNull the one that is asked for, or null for the live one
   */
  StateTopics oneOf(String nameOrNull) {
    return nameOrNull == null ? live() : state(find(nameOrNull));
  }

  private GenerationRecord find(String name) {
    return generations
        .find(parse(name))
        .filter(
            record ->
                record.state() != GenerationRecord.State.DROPPED
                    && record.state() != GenerationRecord.State.ABORTED)
        .orElseThrow(
            () ->
                new CommandException(
                    CommandException.USAGE,
                    "--generation is "
                        + name
                        + " and there is no such generation; 'hogflare rebuild status' lists"
                        + " them."));
  }

  /**
   * Reads a generation's name, {@code g2} or {@code 2}.
   *
   * @throws CommandException if it is none
   */
  static Generation parse(String name) {
    Matcher matcher = NAME.matcher(name);
    if (!matcher.matches()) {
      throw new CommandException(
          CommandException.USAGE,
          "--generation is '" + name + "', which is no generation; name it as g1, g2, ….");
    }
    return new Generation(Integer.parseInt(matcher.group(1)));
  }

  private StateTopics state(GenerationRecord record) {
    return StateTopics.of(record, topics);
  }
}

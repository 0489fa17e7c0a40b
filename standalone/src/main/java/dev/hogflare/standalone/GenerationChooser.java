// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.Generation;
import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.Generations;
import dev.hogflare.contract.Topics;
import dev.hogflare.rebuild.StateTopics;
import dev.hogflare.runtime.ControlTopic;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;

/** Finds the generation that a command is about. */
final class GenerationChooser {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final String prefix;
  private final Topics topics;
  private final Generations generations;

  /** Reads which generations there are. */
  GenerationChooser(Shell shell, Cluster cluster) {
    prefix = shell.environment().getOrDefault("HOGFLARE_TOPIC_PREFIX", "hogflare.");
    topics = cluster.topics();
    generations = read(cluster);
  }

  private static Generations read(Cluster cluster) {
    String control = cluster.topics().control().name();
    try (Admin admin =
        Admin.create(cluster.kafka().client(Map.of("client.id", "hogflare-command")))) {
      // A deployment that was never rebuilt has no control topic.
      return admin
              .listTopics()
              .names()
              .get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
              .contains(control)
          ? new ControlTopic(cluster.kafka(), cluster.topics(), PATIENCE).read()
          : new Generations(List.of());
    } catch (ExecutionException | TimeoutException e) {
      throw new CommandException(
          CommandException.FAILED, "The broker did not list its topics (" + e + ").", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException(CommandException.FAILED, "Interrupted.", e);
    }
  }

  /** Returns the one that writes the rows. */
  StateTopics live() {
    return state(generations.live());
  }

  /**
   * Returns the one to compare with the live one.
   *
   * @param numberOrNull the one that is asked for, or null for the one that is being rebuilt
   * @throws CommandException if there is no such generation
   */
  StateTopics compared(Integer numberOrNull) {
    GenerationRecord live = generations.live();
    GenerationRecord chosen =
        numberOrNull == null
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
            : find(numberOrNull);
    if (chosen.generation().equals(live.generation())) {
      throw new CommandException(
          CommandException.USAGE,
          "--generation is "
              + numberOrNull
              + ", the live one; name the one to compare with it, as 'hogflare rebuild status'"
              + " lists them.");
    }
    return state(chosen);
  }

  /**
   * Returns one generation.
   *
   * @param numberOrNull the one that is asked for, or null for the live one
   */
  StateTopics oneOf(Integer numberOrNull) {
    return numberOrNull == null ? live() : state(find(numberOrNull));
  }

  private GenerationRecord find(int number) {
    if (number < 1) {
      throw new CommandException(
          CommandException.USAGE, "--generation is " + number + " and must be 1 or more.");
    }
    return generations
        .find(new Generation(number))
        .filter(
            record ->
                record.state() != GenerationRecord.State.DROPPED
                    && record.state() != GenerationRecord.State.ABORTED)
        .orElseThrow(
            () ->
                new CommandException(
                    CommandException.USAGE,
                    "--generation is "
                        + number
                        + " and there is no such generation; 'hogflare rebuild status' lists"
                        + " them."));
  }

  private StateTopics state(GenerationRecord record) {
    return StateTopics.of(prefix, record, topics);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.Generation;
import dev.hogflare.lakehouse.ShadowLakes;
import dev.hogflare.rebuild.Deployment;
import dev.hogflare.rebuild.Remains;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Deletes what is left of a generation, on Kafka and in the data folder. */
final class RemainsRemoval {
  /** A running {@code up} stops the processors within seconds of being told. */
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(30);

  private static final Duration POLL = Duration.ofMillis(250);

  private final Shell shell;
  private final Cluster cluster;
  private final Deployment deployment;
  private final Generation generation;

  RemainsRemoval(Shell shell, Cluster cluster, Deployment deployment, Generation generation) {
    this.shell = shell;
    this.cluster = cluster;
    this.deployment = deployment;
    this.generation = generation;
  }

  /**
   * Says what will be deleted, asks, and deletes it.
   *
   * @param question throws if the answer is no
   */
  void run(Consumer<String> question) {
    awaitStopped();
    // Looked at again behind the wait: a processor that stops may have made a topic meanwhile.
    Remains remains = Remains.of(deployment, generation);
    List<Path> folders = folders(remains);
    Console console = shell.console();
    if (remains.isEmpty() && folders.isEmpty()) {
      remains.delete(deployment);
      console.say("Nothing is left of " + generation + ".");
      return;
    }
    console.say("Of " + generation + " there are:");
    remains.topics().forEach(topic -> console.say("  topic   " + topic));
    remains.groups().forEach(group -> console.say("  group   " + group));
    folders.forEach(folder -> console.say("  folder  " + folder));
    question.accept("Delete all of it?");
    remains.delete(deployment);
    folders.forEach(RemainsRemoval::delete);
    console.say(generation + " is deleted.");
    if (cluster.data().isEmpty()) {
      remains
          .applications()
          .forEach(
              application ->
                  console.say(
                      "On each machine that ran it, delete the folder "
                          + application
                          + " in HOGFLARE_STATE_DIR."));
    }
  }

  private void awaitStopped() {
    long deadline = System.nanoTime() + STOP_PATIENCE.toNanos();
    Remains remains = Remains.of(deployment, generation);
    while (cluster.data().isPresent()
        && !remains.running(deployment).isEmpty()
        && System.nanoTime() < deadline) {
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  private List<Path> folders(Remains remains) {
    if (cluster.data().isEmpty()) {
      return List.of();
    }
    String elsewhere = shell.environment().getOrDefault("HOGFLARE_STATE_DIR", "");
    Path state =
        elsewhere.isBlank()
            ? cluster.data().get().state()
            : shell.directory().resolve(elsewhere.trim());
    Path shadow = ShadowLakes.folder(cluster.data().get().lake(shell.environment()), generation);
    return Stream.concat(remains.applications().stream().map(state::resolve), Stream.of(shadow))
        .filter(Files::isDirectory)
        .toList();
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "The folder " + folder + " was not deleted; delete it by hand.", e);
    }
  }
}

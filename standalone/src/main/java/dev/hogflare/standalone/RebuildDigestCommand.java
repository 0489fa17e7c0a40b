// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.rebuild.StateDigest;
import dev.hogflare.rebuild.StateTopics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code rebuild digest}: sums the state of a generation up in one number. */
@Command(
    name = "digest",
    description = {
      "Print the SHA-256 of a generation's persons, distinct ids and groups. It is the same",
      "whenever they are built from the same events. The generation must be at rest."
    },
    sortOptions = false,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"0:printed", "1:it is behind or does not rest", "3:nothing runs"})
final class RebuildDigestCommand implements Runnable {
  private final Shell shell;

  @Spec private CommandSpec spec;

  @Mixin private ClusterOption cluster;

  @Option(
      names = "--generation",
      paramLabel = "<generation>",
      description = "Which one, such as g2 (default: the live one).")
  private String generation;

  @Option(
      names = "--dump",
      paramLabel = "<file>",
      description = {"Keep what is summed up: sorted lines of JSON, whose SHA-256 is the digest."})
  private Path dump;

  @Option(
      names = "--patience",
      paramLabel = "<seconds>",
      defaultValue = "60",
      description = "How long to wait for it to come to rest (default: ${DEFAULT-VALUE}).")
  private int patience;

  @Mixin private JsonOption json;

  RebuildDigestCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    Numbers.require(spec, "--patience", patience, 1, 1_000_000);
    Console console = shell.console();
    try (Cluster open = cluster.open(shell)) {
      StateTopics state = new GenerationChooser(open).oneOf(generation);
      StateDigest.Report report =
          new StateDigest(open.kafka(), state, json.phases(console))
              .take(
                  Duration.ofSeconds(patience),
                  scratch(),
                  Optional.ofNullable(dump).map(shell.directory()::resolve));
      if (json.chosen()) {
        console.say(json(state, report));
      } else {
        lines(state, report).forEach(console::say);
      }
    }
  }

  /** Files of several gigabytes belong to the data, not into a memory disk. */
  private Path scratch() {
    Path run = cluster.folder(shell).root().resolve("run");
    Path folder = Files.isDirectory(run) ? run : Path.of(System.getProperty("java.io.tmpdir"));
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw new CommandException(
          CommandException.FAILED, "The folder " + folder + " cannot be written.", e);
    }
  }

  private static List<String> lines(StateTopics state, StateDigest.Report report) {
    return List.of(
        report.sha256(),
        String.format(
            Locale.ROOT,
            "%s: %,d persons, %,d distinct ids, %,d groups",
            state.generation(),
            report.persons(),
            report.ids(),
            report.groups()));
  }

  private static String json(StateTopics state, StateDigest.Report report) {
    JsonBuffer out =
        new JsonBuffer(512)
            .openObject()
            .name("sha256")
            .string(report.sha256())
            .name("generation")
            .number(state.generation().number())
            .name("persons")
            .number(report.persons())
            .name("ids")
            .number(report.ids())
            .name("groups")
            .number(report.groups());
    rawEnds(out, report.rawEnds());
    return new String(out.closeObject().toBytes(), StandardCharsets.UTF_8);
  }

  /** Writes how far the raw topics were read: the end of each partition, by topic. */
  static void rawEnds(JsonBuffer out, Map<String, List<Long>> topics) {
    out.name("raw_ends").openObject();
    topics.forEach(
        (topic, ends) -> {
          out.name(topic).openArray();
          ends.forEach(end -> out.separate().number(end));
          out.closeArray();
        });
    out.closeObject();
  }
}

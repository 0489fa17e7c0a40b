// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.rebuild.Deployment;
import dev.hogflare.rebuild.RebuildStart;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rebuild start}: begins a generation beside the live one. */
@Command(
    name = "start",
    description = {
      "Begin to build all state again, beside the live one, which goes on.",
      "",
      "A running 'up' starts the processors by itself; elsewhere processes with",
      "HOGFLARE_GENERATION do the work."
    },
    sortOptions = false)
final class RebuildStartCommand implements Runnable {
  private final Shell shell;

  /** What can be rebuilt. */
  enum Parts {
    /** Persons and groups. */
    ALL,
    /** Persons; the groups stay as they are. */
    PERSONS,
    /** Groups, for which the events have to be given their persons again. */
    GROUPS
  }

  @Option(
      names = "--from",
      paramLabel = "beginning|<time>",
      defaultValue = "beginning",
      description = "Where in history to begin: beginning, or a time such as 2026-01-31T00:00:00Z.")
  private String from;

  @Option(
      names = "--only",
      paramLabel = "persons|groups|all",
      defaultValue = "all",
      description =
          "What to rebuild (default: all). persons leaves the groups as they are; groups is the"
              + " same as all, because events need their persons before they reach their groups.")
  private Parts parts;

  @Option(
      names = "--shadow",
      description = "Write all rows of history again, to topics of their own.")
  private boolean shadow;

  @Option(
      names = "--takeover",
      description = "The live state is lost: be live at once, from where its rows end.")
  private boolean takeover;

  @Option(
      names = "--allow-truncated",
      description = "Begin although retention has deleted the beginning of history.")
  private boolean allowTruncated;

  @Mixin private ClusterOption cluster;

  RebuildStartCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    if (shadow && takeover) {
      throw new CommandException(
          CommandException.USAGE,
          "--shadow and --takeover contradict each other: a shadow never writes the live rows.");
    }
    if (shadow && parts == Parts.PERSONS) {
      throw new CommandException(
          CommandException.USAGE,
          "--shadow rebuilds all, because its rows need groups of their own; leave --only out.");
    }
    Optional<Instant> begin = begin();
    try (Cluster opened = cluster.open(shell)) {
      GenerationRecord record =
          new RebuildStart(deployment(opened))
              .begin(
                  new RebuildStart.Wish(
                      begin, parts == Parts.PERSONS, shadow, takeover, allowTruncated),
                  Instant.now());
      report(opened, record);
    }
  }

  static Deployment deployment(Cluster cluster) {
    return new Deployment(
        cluster.kafka(), cluster.topics(), cluster.partitions(), cluster.offline());
  }

  private Optional<Instant> begin() {
    if (from.equals("beginning")) {
      return Optional.empty();
    }
    try {
      return Optional.of(OffsetDateTime.parse(from).toInstant());
    } catch (DateTimeParseException e) {
      throw new CommandException(
          CommandException.USAGE,
          "--from is '" + from + "'; give it beginning, or a time such as 2026-01-31T00:00:00Z.",
          e);
    }
  }

  private void report(Cluster opened, GenerationRecord record) {
    Console console = shell.console();
    String name = record.generation().toString();
    if (record.setup().openFrom().isEmpty()) {
      console.say(
          name
              + " begins"
              + (record.setup().from().equals(GenerationRecord.Setup.BEGINNING)
                  ? " at the beginning of history"
                  : " at " + record.setup().from())
              + (record.setup().shadow()
                  ? ", as a shadow whose rows go to "
                      + record.topics(opened.topics()).events().name()
                  : ", muted")
              + ".");
    } else {
      console.say(name + " is live. It works through history, and writes rows from where the lost");
      console.say("generation had come, less a minute: what was under way then may be written");
      console.say("twice, with the same uuids, which the lake drops.");
    }
    console.say("");
    if (opened.offline()) {
      console.say("Nothing runs on the data folder; the rebuild goes on with 'hogflare up'. Then:");
    } else if (opened.data().isPresent()) {
      console.say("The running 'up' works on it. Next:");
    } else {
      console.say(
          "Start a person-processor and a group-processor with HOGFLARE_GENERATION="
              + record.generation().number()
              + ". Next:");
    }
    console.say("  hogflare rebuild status --watch    shows how far it is");
    if (record.setup().openFrom().isEmpty() && !record.setup().shadow()) {
      console.say("  hogflare rebuild verify            compares it with the live one");
      console.say("  hogflare rebuild cutover           makes it the live one");
    }
  }
}

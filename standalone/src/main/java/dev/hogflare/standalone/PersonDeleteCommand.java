// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.ActorKey;
import dev.hogflare.contract.DistinctIds;
import dev.hogflare.rebuild.PersonDeletion;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.UUID;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code person delete}: deletes a person, in this and every later rebuild. */
@Command(
    name = "delete",
    description = {
      "Delete the person of a distinct id with all its distinct ids and properties.",
      "The deletion is written into the raw topic, so that a rebuild deletes again.",
      "Rows in the lake are removed by 'lake erase', whose line is printed."
    },
    sortOptions = false)
final class PersonDeleteCommand implements Runnable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Shell shell;

  @Mixin private ClusterOption cluster;

  @Option(
      names = "--token",
      required = true,
      paramLabel = "<token>",
      description = "Project of the person.")
  private String token;

  @Option(
      names = "--distinct-id",
      required = true,
      paramLabel = "<id>",
      description = "A distinct id of the person.")
  private String distinctId;

  PersonDeleteCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    ActorKey key = key();
    PersonDeletion.Report report;
    try (Cluster open = cluster.open(shell)) {
      Instant now = Instant.now();
      report =
          new PersonDeletion(open.kafka(), open.topics(), new GenerationChooser(open).live())
              .run(
                  key.token(),
                  key.distinctId(),
                  now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000,
                  open.offline() ? Duration.ZERO : PATIENCE);
    }
    print(report, shell.console());
  }

  private ActorKey key() {
    if (token.isBlank() || distinctId.isBlank()) {
      throw new CommandException(
          CommandException.USAGE, "--token and --distinct-id must not be blank; name the person.");
    }
    try {
      return new ActorKey(token, DistinctIds.normalize(distinctId));
    } catch (IllegalArgumentException e) {
      throw new CommandException(CommandException.USAGE, "--token: " + e.getMessage(), e);
    }
  }

  private void print(PersonDeletion.Report report, Console console) {
    if (report.persons().isEmpty()) {
      console.say(
          "no person is known by this distinct id; what may be on its way is deleted all the same");
    }
    for (UUID person : report.persons()) {
      console.say("deleted person " + person);
    }
    report.distinctIds().forEach(id -> console.say("deleted distinct id " + id));
    if (report.stickyIds() > 0) {
      console.say(
          String.format(
              Locale.ROOT, "removed %,d ids by which flags hash the person", report.stickyIds()));
    }
    if (!report.done()) {
      console.say("");
      console.say("The person-processor carries it out when it has read so far. Give the command");
      console.say("again then: it deletes what joined the person meanwhile.");
    }
    console.say("");
    console.say("Rows that were written before are still in the tables. For the local lake:");
    console.say("  " + erasure(report));
  }

  private String erasure(PersonDeletion.Report report) {
    StringBuilder line = new StringBuilder("./hogflare lake erase --token " + quoted(token));
    report.distinctIds().forEach(id -> line.append(" --distinct-id ").append(quoted(id)));
    report.persons().forEach(id -> line.append(" --person-id ").append(id));
    return line.toString();
  }

  /** Returns a word as a shell takes it. */
  private static String quoted(String word) {
    return word.matches("[A-Za-z0-9_@%+=:,./-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}

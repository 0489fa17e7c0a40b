// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.operations.DeadLetters;
import dev.hogflare.operations.Letter;
import dev.hogflare.operations.LetterFilter;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code dlq redrive}: sends dead letters back to where they belong. */
@Command(
    name = "redrive",
    description = {
      "Send dead letters back to where they belong, each once.",
      "",
      "For example, what a defect kept from becoming rows:",
      "  hogflare dlq redrive --where stage=person,code=internal --dry-run"
    },
    sortOptions = false)
final class DlqRedriveCommand implements Runnable {
  private static final int EXAMPLES = 5;

  private final Shell shell;

  @Mixin private ClusterOption cluster;

  @Option(
      names = "--where",
      paramLabel = "<conditions>",
      description =
          "stage=…,code=…,token=…,id=partition:offset; all must hold (default: all letters).")
  private String where;

  @Option(
      names = "--with-token",
      paramLabel = "<token>",
      description = "Project of letters that have none.")
  private String token;

  @Option(
      names = "--with-distinct-id",
      paramLabel = "<id>",
      description = "Distinct id of letters that have none.")
  private String distinctId;

  @Option(names = "--dry-run", description = "Say only what would be done.")
  private boolean dryRun;

  DlqRedriveCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    LetterFilter filter = filter();
    try (Cluster kafka = cluster.open(shell)) {
      print(
          new DeadLetters(kafka.kafka(), kafka.topics(), InstantSource.system())
              .redrive(
                  filter, Optional.ofNullable(token), Optional.ofNullable(distinctId), dryRun));
    }
  }

  private LetterFilter filter() {
    try {
      return where == null ? LetterFilter.ALL : LetterFilter.parse(where);
    } catch (IllegalArgumentException e) {
      throw new CommandException(CommandException.USAGE, e.getMessage(), e);
    }
  }

  private void print(DeadLetters.Outcome outcome) {
    Console console = shell.console();
    outcome
        .sent()
        .forEach(
            (topic, count) ->
                console.say(number(count) + (dryRun ? " would be sent to " : " sent to ") + topic));
    if (outcome.already() > 0) {
      console.say(number(outcome.already()) + " redriven before, left alone");
    }
    outcome
        .refused()
        .forEach(
            (reason, letters) ->
                console.say(
                    number(letters.size()) + " stay: " + reason + " (" + ids(letters) + ")"));
    if (outcome.sent().isEmpty() && outcome.already() == 0 && outcome.refused().isEmpty()) {
      console.say("no dead letters to redrive");
    }
  }

  private static String ids(List<Letter.Id> letters) {
    return letters.stream()
            .limit(EXAMPLES)
            .map(Letter.Id::toString)
            .collect(Collectors.joining(", "))
        + (letters.size() > EXAMPLES ? ", …" : "");
  }

  private static String number(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }
}

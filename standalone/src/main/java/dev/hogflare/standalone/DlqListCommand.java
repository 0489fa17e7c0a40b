// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.operations.DeadLetters;
import dev.hogflare.operations.Letter;
import dev.hogflare.operations.LetterFilter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code dlq list}: counts the dead letters and shows the newest. */
@Command(
    name = "list",
    description = "Count the dead letters by stage, code and project, and show the newest.",
    sortOptions = false)
final class DlqListCommand implements Runnable {
  private static final int LONGEST_MESSAGE = 90;
  private static final int LONGEST_SUBJECT = 40;

  private final Shell shell;

  @Mixin private ClusterOption cluster;

  @Option(
      names = "--stage",
      paramLabel = "<stage>",
      description = "gateway, person, group or forwarder.")
  private String stage;

  @Option(names = "--code", paramLabel = "<code>", description = "Kind of failure.")
  private String code;

  @Option(names = "--token", paramLabel = "<token>", description = "Project.")
  private String token;

  @Option(
      names = "--since",
      paramLabel = "<time>",
      description = "From a time on: 2h, 7d, a day, an hour or a full time.")
  private String since;

  @Option(
      names = "--limit",
      paramLabel = "<count>",
      defaultValue = "20",
      description = "Letters that are shown (default: ${DEFAULT-VALUE}).")
  private int limit;

  @Mixin private JsonOption json;

  DlqListCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    LetterFilter filter = filter();
    try (Cluster kafka = cluster.open(shell)) {
      DeadLetters.Survey survey =
          new DeadLetters(kafka.kafka(), kafka.topics(), InstantSource.system())
              .survey(filter, Math.clamp(limit, 0, 100_000));
      if (json.chosen()) {
        shell.console().say(json(survey));
      } else {
        print(survey);
      }
    }
  }

  private LetterFilter filter() {
    try {
      LetterFilter filter = LetterFilter.ALL;
      filter = stage == null ? filter : filter.withStage(stage.toLowerCase(Locale.ROOT));
      filter = code == null ? filter : filter.withCode(code.toLowerCase(Locale.ROOT));
      filter = token == null ? filter : filter.withToken(token);
      return since == null
          ? filter
          : filter.withSince(TimeText.millis("--since", since, Instant.now()));
    } catch (IllegalArgumentException e) {
      throw new CommandException(CommandException.USAGE, e.getMessage(), e);
    }
  }

  private void print(DeadLetters.Survey survey) {
    Console console = shell.console();
    if (survey.kinds().isEmpty()) {
      console.say("no dead letters");
      return;
    }
    TextTable counts =
        new TextTable(
            List.of("stage", "code", "token", "letters", "redriven", "latest"), Set.of(3, 4));
    survey
        .kinds()
        .forEach(
            (kind, count) ->
                counts.row(
                    kind.stage(),
                    kind.code(),
                    kind.token().isEmpty() ? "-" : kind.token(),
                    number(count.letters()),
                    number(count.redriven()),
                    TimeText.second(count.latest())));
    counts.lines().forEach(console::say);
    if (survey.newest().isEmpty()) {
      return;
    }
    console.say("");
    TextTable letters =
        new TextTable(List.of("id", "time", "stage", "code", "of", "message"), Set.of());
    for (Letter letter : survey.newest()) {
      letters.row(
          letter.id().toString(),
          TimeText.second(letter.time()),
          letter.stage(),
          letter.code(),
          bounded(letter.token() + " " + letter.subject(), LONGEST_SUBJECT),
          (letter.redriven().isPresent() ? "(redriven) " : "")
              + bounded(message(letter), LONGEST_MESSAGE));
    }
    letters.lines().forEach(console::say);
    long all = survey.kinds().values().stream().mapToLong(DeadLetters.Count::letters).sum();
    console.say("");
    console.say(
        (all > survey.newest().size()
                ? "The newest "
                    + survey.newest().size()
                    + " of "
                    + number(all)
                    + "; --limit shows more. "
                : "")
            + "'hogflare dlq show <id>' shows a whole letter.");
  }

  private static String message(Letter letter) {
    return letter.reason().map(reason -> reason.message()).orElse("its headers do not say why");
  }

  /** Keeps a line a line, whatever a client sent. */
  static String bounded(String text, int length) {
    String line = text.replaceAll("\\p{Cntrl}", " ").strip();
    return line.length() <= length ? line : line.substring(0, length - 1) + "…";
  }

  private static String number(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  private static String json(DeadLetters.Survey survey) {
    JsonBuffer out = new JsonBuffer(4_096).openObject().name("counts").openArray();
    for (Map.Entry<DeadLetters.Kind, DeadLetters.Count> kind : survey.kinds().entrySet()) {
      out.separate()
          .openObject()
          .name("stage")
          .string(kind.getKey().stage())
          .name("code")
          .string(kind.getKey().code())
          .name("token")
          .string(kind.getKey().token())
          .name("letters")
          .number(kind.getValue().letters())
          .name("redriven")
          .number(kind.getValue().redriven())
          .name("latest")
          .string(TimeText.second(kind.getValue().latest()))
          .closeObject();
    }
    out.closeArray().name("letters").openArray();
    for (Letter letter : survey.newest()) {
      out.separate()
          .openObject()
          .name("id")
          .string(letter.id().toString())
          .name("time")
          .string(TimeText.second(letter.time()))
          .name("stage")
          .string(letter.stage())
          .name("code")
          .string(letter.code())
          .name("token")
          .string(letter.token())
          .name("subject")
          .string(letter.subject())
          .name("message")
          .string(message(letter))
          .name("redriven")
          .bool(letter.redriven().isPresent())
          .closeObject();
    }
    return new String(out.closeArray().closeObject().toBytes(), StandardCharsets.UTF_8);
  }
}

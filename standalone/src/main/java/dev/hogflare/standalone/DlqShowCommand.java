// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.DeadLetter;
import dev.hogflare.operations.DeadLetters;
import dev.hogflare.operations.Letter;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Locale;
import org.apache.kafka.common.header.Header;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code dlq show}: shows one dead letter whole. */
@Command(
    name = "show",
    description = "Show a dead letter: why it is one, its headers and its value.",
    sortOptions = false)
final class DlqShowCommand implements Runnable {
  private static final int LONGEST_HEADER = 300;

  private final Shell shell;

  @Parameters(
      index = "0",
      paramLabel = "<partition:offset>",
      description = "Id, as 'dlq list' says it.")
  private String id;

  @Mixin private ClusterOption cluster;

  @Option(
      names = "--bytes",
      paramLabel = "<count>",
      defaultValue = "4000",
      description = "Bytes of the value that are shown (default: ${DEFAULT-VALUE}).")
  private int most;

  DlqShowCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    Letter.Id wanted;
    try {
      wanted = Letter.Id.parse(id);
    } catch (IllegalArgumentException e) {
      throw new CommandException(CommandException.USAGE, e.getMessage(), e);
    }
    try (Cluster kafka = cluster.open(shell)) {
      print(
          new DeadLetters(kafka.kafka(), kafka.topics(), InstantSource.system())
              .find(wanted)
              .orElseThrow(
                  () ->
                      new CommandException(
                          CommandException.FAILED,
                          "There is no dead letter "
                              + wanted
                              + "; 'hogflare dlq list' shows which there are.")));
    }
  }

  private void print(Letter letter) {
    line("letter", letter.id() + ", written " + TimeText.second(letter.time()));
    letter.reason().ifPresent(this::reason);
    line(
        "redriven",
        letter
            .redriven()
            .map(mark -> "to " + mark.topic() + " at " + TimeText.second(mark.at()))
            .orElse("no"));
    line(
        "key",
        letter.key() == null ? "none" : text(letter.key(), LONGEST_HEADER).replace("\0", " / "));
    for (Header header : letter.headers()) {
      if (!header.key().startsWith("dlq_")) {
        line(header.key(), header.value() == null ? "null" : text(header.value(), LONGEST_HEADER));
      }
    }
    shell.console().say("");
    if (letter.value() == null) {
      shell.console().say("The value is not here; it was too large to be copied.");
      return;
    }
    shell.console().say(text(letter.value(), Math.max(0, most)));
    if (letter.value().length > most) {
      shell
          .console()
          .say(
              "(the first "
                  + most
                  + " of "
                  + letter.value().length
                  + " bytes; --bytes shows more)");
    }
  }

  private void reason(DeadLetter reason) {
    line("stage", reason.stage().text());
    line("code", reason.code().text());
    line("message", DlqListCommand.bounded(reason.message(), 1_000));
    DeadLetter.Source source = reason.source();
    line(
        "from",
        source == null
            ? "a request, never on a topic"
            : source.topic() + "-" + source.partition() + " offset " + source.offset());
  }

  /** Shows bytes as text that cannot steer a terminal. */
  private static String text(byte[] bytes, int most) {
    int length = Math.min(bytes.length, most);
    String text = new String(bytes, 0, length, StandardCharsets.UTF_8);
    return text.replaceAll("[\\p{Cntrl}&&[^\\n\\t\\x00]]", "\uFFFD");
  }

  private void line(String name, String value) {
    shell.console().say(String.format(Locale.ROOT, "%-14s%s", name, value));
  }
}

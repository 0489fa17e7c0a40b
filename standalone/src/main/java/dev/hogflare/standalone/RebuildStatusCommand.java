// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.GenerationRecord.State;
import dev.hogflare.contract.Generations;
import dev.hogflare.contract.JsonBuffer;
import dev.hogflare.contract.Rfc3339;
import dev.hogflare.rebuild.GenerationStatus;
import dev.hogflare.rebuild.ProgressSurvey;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rebuild status}: shows the generations and how far each is. */
@Command(
    name = "status",
    description = "Show the generations, and how far a rebuild is.",
    sortOptions = false)
final class RebuildStatusCommand implements Runnable {
  private static final Duration SAMPLE = Duration.ofSeconds(1);
  private static final List<String> HEADS =
      List.of("topic", "partition", "read", "of", "waiting", "done", "rate", "left");

  private final Shell shell;

  @Mixin private JsonOption json;

  @Option(names = "--watch", description = "Show it again every second until it has caught up.")
  private boolean watch;

  @Mixin private ClusterOption cluster;

  RebuildStatusCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    try (Cluster opened = cluster.open(shell);
        ProgressSurvey survey = new ProgressSurvey(RebuildStartCommand.deployment(opened))) {
      if (json.chosen()) {
        shell.console().say(json(survey));
      } else if (watch) {
        watch(survey);
      } else {
        table(opened, survey);
      }
    }
  }

  private static List<GenerationStatus> measure(ProgressSurvey survey, Generations all) {
    List<GenerationStatus> measured = new ArrayList<>();
    for (GenerationRecord record : all.running()) {
      var cut =
          record.cut().isPresent()
              ? record.cut()
              : all.underWay().flatMap(GenerationRecord::cut).or(() -> all.live().cut());
      measured.add(survey.measure(record, cut));
    }
    return measured;
  }

  private static String json(ProgressSurvey survey) {
    Generations all = survey.generations();
    JsonBuffer out =
        new JsonBuffer(2_048)
            .openObject()
            .name("live")
            .string(all.live().generation().toString())
            .name("generations")
            .openArray();
    Map<GenerationRecord, GenerationStatus> measured = new HashMap<>();
    measure(survey, all).forEach(status -> measured.put(status.record(), status));
    for (GenerationRecord record : all.records()) {
      out.separate()
          .openObject()
          .name("generation")
          .string(record.generation().toString())
          .name("state")
          .string(word(record.state()))
          .name("shadow")
          .bool(record.setup().shadow())
          .name("groups_of")
          .string(record.setup().groups().toString())
          .name("from")
          .string(record.setup().from())
          .name("code_version")
          .number(record.setup().codeVersion());
      GenerationStatus status = measured.get(record);
      if (status != null) {
        out.name("person_members")
            .number(status.personMembers())
            .name("group_members")
            .number(status.groupMembers())
            .name("mail_waiting")
            .number(status.mailWaiting())
            .name("groups_waiting")
            .number(status.groupsWaiting())
            .name("raw")
            .openArray();
        for (GenerationStatus.Position position : status.positions()) {
          out.separate()
              .openObject()
              .name("topic")
              .string(position.topic())
              .name("partition")
              .number(position.partition())
              .name("begin")
              .number(position.begin())
              .name("position")
              .number(position.at())
              .name("end")
              .number(position.end());
          position.mark().ifPresent(mark -> out.name("mark").number(mark));
          out.closeObject();
        }
        out.closeArray();
      }
      out.closeObject();
    }
    return new String(out.closeArray().closeObject().toBytes(), StandardCharsets.UTF_8);
  }

  private static String word(State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }

  private void table(Cluster opened, ProgressSurvey survey) {
    Generations all = survey.generations();
    List<GenerationStatus> first = measure(survey, all);
    Console console = shell.console();
    TextTable list =
        new TextTable(
            List.of("generation", "state", "since", "processors", "raw waiting", "mail", "groups"),
            Set.of(4, 5, 6));
    for (GenerationRecord record : all.records()) {
      GenerationStatus status =
          first.stream().filter(s -> s.record().equals(record)).findFirst().orElse(null);
      list.row(
          record.generation().toString(),
          word(record.state()) + (record.setup().shadow() ? ", shadow" : ""),
          record.setup().createdAt() == 0
              ? "the first start"
              : Rfc3339.format(record.setup().createdAt()).substring(0, 19) + "Z",
          status == null ? "" : processors(opened, status),
          status == null ? "" : Words.count(status.rawWaiting()),
          status == null ? "" : Words.count(status.mailWaiting()),
          status == null ? "" : Words.count(status.groupsWaiting()));
    }
    list.lines().forEach(console::say);
    all.underWay()
        .ifPresent(
            record -> {
              LockSupport.parkNanos(SAMPLE.toNanos());
              partitions(survey, record, first);
            });
    advice(opened, all, first).forEach(console::say);
  }

  private static String processors(Cluster opened, GenerationStatus status) {
    if (opened.offline()) {
      return "resting";
    }
    if (status.isRunning()) {
      return "running";
    }
    return status.personMembers() > 0 ? "no group-processor" : "nobody runs it";
  }

  private void partitions(
      ProgressSurvey survey, GenerationRecord record, List<GenerationStatus> first) {
    GenerationStatus before =
        first.stream().filter(s -> s.record().equals(record)).findFirst().orElseThrow();
    GenerationStatus now = survey.measure(record, record.cut());
    TextTable table = new TextTable(HEADS, Set.of(1, 2, 3, 4, 5, 6, 7));
    for (int i = 0; i < now.positions().size(); i++) {
      GenerationStatus.Position position = now.positions().get(i);
      if (position.end() == position.begin()) {
        continue;
      }
      long rate = (position.at() - before.positions().get(i).at()) * 1_000 / SAMPLE.toMillis();
      table.row(
          position.topic(),
          Integer.toString(position.partition()),
          Words.count(position.at() - position.begin()),
          Words.count(position.end() - position.begin()),
          Words.count(position.waiting()),
          percent(position.at() - position.begin(), position.end() - position.begin()),
          Words.count(rate) + "/s",
          left(position.waiting(), rate));
    }
    shell.console().say("");
    table.lines().forEach(shell.console()::say);
  }

  static String percent(long part, long whole) {
    // Rounded down, so that 100 % means all.
    return whole == 0 ? "100 %" : Math.floorDiv(part * 100, whole) + " %";
  }

  static String left(long waiting, long rate) {
    if (waiting == 0) {
      return "0 s";
    }
    return rate <= 0 ? "-" : Words.span((waiting + rate - 1) / rate);
  }

  private static List<String> advice(
      Cluster opened, Generations all, List<GenerationStatus> measured) {
    List<String> lines = new ArrayList<>();
    for (GenerationStatus status : measured) {
      GenerationRecord record = status.record();
      record.refusal().ifPresent(lines::add);
      if (!status.isRunning() && !opened.offline() && record.refusal().isEmpty()) {
        lines.add(
            "Nobody works for "
                + record.generation()
                + "; start 'hogflare up', or processes with HOGFLARE_GENERATION="
                + record.generation().number()
                + ".");
      }
    }
    all.underWay()
        .filter(record -> record.state() == State.CUTTING)
        .ifPresent(
            record ->
                lines.add(
                    record.generation()
                        + " is taking over; 'hogflare rebuild cutover' shows and finishes it."));
    all.retiring()
        .ifPresent(
            record ->
                lines.add(
                    record.generation()
                        + " finishes its work; 'hogflare rebuild cutover' waits for it."));
    all.records().stream()
        .filter(r -> r.state() == State.RETIRED || r.state() == State.ABORTED)
        .forEach(
            record ->
                lines.add(
                    "'hogflare rebuild drop "
                        + record.generation()
                        + "' frees what "
                        + record.generation()
                        + " takes up."));
    if (!lines.isEmpty()) {
      lines.add(0, "");
    }
    return lines;
  }

  private void watch(ProgressSurvey survey) {
    GenerationStatus before = null;
    long beforeAt = 0;
    while (true) {
      Generations all = survey.generations();
      GenerationRecord record = all.underWay().orElseGet(all::live);
      GenerationStatus now = survey.measure(record, record.cut());
      long nowAt = System.nanoTime();
      long rate =
          before == null
              ? 0
              : (now.read() - before.read()) * 1_000_000_000L / Math.max(1, nowAt - beforeAt);
      boolean done = now.rawWaiting() == 0 && now.mailWaiting() == 0 && now.groupsWaiting() == 0;
      String line =
          record.generation()
              + " "
              + word(record.state())
              + "   "
              + Words.count(now.read())
              + " of "
              + Words.count(now.total())
              + "   "
              + percent(now.read(), now.total())
              + "   "
              + Words.count(rate)
              + "/s   left "
              + left(now.rawWaiting(), rate)
              + "   mail "
              + Words.count(now.mailWaiting())
              + "   groups "
              + Words.count(now.groupsWaiting())
              + (now.isRunning() ? "" : "   nobody runs it");
      if (done) {
        shell.console().say(line);
        shell.console().say(record.generation() + " has caught up.");
        return;
      }
      shell.console().refresh(line);
      before = now;
      beforeAt = nowAt;
      LockSupport.parkNanos(SAMPLE.toNanos());
    }
  }
}

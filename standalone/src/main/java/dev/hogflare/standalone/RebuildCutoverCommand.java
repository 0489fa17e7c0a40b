// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.contract.GenerationRecord.State;
import dev.hogflare.rebuild.Cutover;
import dev.hogflare.rebuild.GenerationStatus;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code rebuild cutover}: makes the rebuilt generation the live one. */
@Command(
    name = "cutover",
    description = {
      "Make the rebuilt generation the live one, without a stop and without a gap.",
      "",
      "Can be broken off and repeated: it goes on where it was."
    },
    sortOptions = false)
final class RebuildCutoverCommand implements Runnable {
  private static final Duration POLL = Duration.ofMillis(250);

  private final Shell shell;

  @Option(
      names = "--force",
      description = "Take over although the rebuild is behind or processors are missing.")
  private boolean force;

  @Option(
      names = "--wait",
      paramLabel = "<seconds>",
      defaultValue = "600",
      description = "How long to wait for the generations (default: ${DEFAULT-VALUE}).")
  private long seconds;

  @Mixin private Confirmation confirmation;
  @Mixin private ClusterOption cluster;

  RebuildCutoverCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    try (Cluster opened = cluster.open(shell);
        Cutover cutover = new Cutover(RebuildStartCommand.deployment(opened))) {
      if (opened.offline()) {
        throw new CommandException(
            CommandException.NOT_RUNNING,
            "A cutover needs the processors of both generations at work, and nothing runs on "
                + opened.data().map(data -> data.root().toString()).orElse("")
                + "; start 'hogflare up', then repeat.");
      }
      Optional<GenerationRecord> candidate = cutover.candidate();
      if (candidate.isPresent() && candidate.get().state() == State.REBUILDING) {
        confirmation.require(
            shell.console(), "Make " + candidate.get().generation() + " the live generation, now?");
      }
      cutover.begin(force);
      cutover.mark();
      finish(cutover);
    }
  }

  private void finish(Cutover cutover) {
    Console console = shell.console();
    long deadline = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    Cutover.Stage said = Cutover.Stage.NONE;
    while (true) {
      Cutover.Progress progress = cutover.advance();
      if (progress.stage() == Cutover.Stage.DONE || progress.stage() == Cutover.Stage.NONE) {
        done(progress);
        return;
      }
      if (progress.stage() != said) {
        said = progress.stage();
        console.say(sentence(progress));
      } else if (console.terminal()) {
        console.refresh("  " + detail(progress));
      }
      if (System.nanoTime() > deadline) {
        throw new CommandException(
            CommandException.FAILED,
            "Not finished within "
                + seconds
                + " s ("
                + detail(progress)
                + "); nothing is lost. See 'hogflare rebuild status', then repeat this command.");
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  private static String sentence(Cutover.Progress progress) {
    GenerationStatus from = progress.from().orElseThrow();
    GenerationStatus to = progress.to().orElseThrow();
    return switch (progress.stage()) {
      case PASSING ->
          "Markers stand in "
              + to.positions().size()
              + " partitions; waiting until both generations have read them.";
      default ->
          to.record().generation()
              + " writes the rows of all new events; "
              + from.record().generation()
              + " finishes what came before.";
    };
  }

  private static String detail(Cutover.Progress progress) {
    GenerationStatus from = progress.from().orElseThrow();
    GenerationStatus to = progress.to().orElseThrow();
    if (progress.stage() == Cutover.Stage.PASSING) {
      return from.record().generation()
          + " has passed "
          + passed(from)
          + " of "
          + from.positions().size()
          + " markers, "
          + to.record().generation()
          + " "
          + passed(to);
    }
    return from.record().generation()
        + " has "
        + from.mailWaiting()
        + " letters and "
        + from.groupsWaiting()
        + " events on their way to groups left";
  }

  private static long passed(GenerationStatus status) {
    return status.positions().stream().filter(GenerationStatus.Position::passed).count();
  }

  private void done(Cutover.Progress progress) {
    Console console = shell.console();
    if (progress.stage() == Cutover.Stage.NONE) {
      console.say("The cutover is finished already.");
      return;
    }
    String from = progress.from().orElseThrow().record().generation().toString();
    console.say(
        progress.to().orElseThrow().record().generation()
            + " is live, and "
            + from
            + " has finished: every event has its row from one of the two.");
    console.say("");
    console.say("Next:");
    console.say("  hogflare rebuild drop " + from + "    frees what " + from + " takes up");
  }
}

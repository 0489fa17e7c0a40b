// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.GenerationRecord;
import dev.hogflare.rebuild.Deployment;
import dev.hogflare.rebuild.ProgressSurvey;
import dev.hogflare.rebuild.Remains;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code rebuild abort}: gives up the rebuild that is under way. */
@Command(
    name = "abort",
    description = "Give up the rebuild that is under way, and delete what it made.",
    sortOptions = false)
final class RebuildAbortCommand implements Runnable {
  private final Shell shell;

  @Mixin private Confirmation confirmation;
  @Mixin private ClusterOption cluster;

  RebuildAbortCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    try (Cluster opened = cluster.open(shell);
        ProgressSurvey survey = new ProgressSurvey(RebuildStartCommand.deployment(opened))) {
      Deployment deployment = RebuildStartCommand.deployment(opened);
      survey
          .generations()
          .underWay()
          .map(GenerationRecord::generation)
          .ifPresent(
              generation ->
                  confirmation.require(
                      shell.console(),
                      "Give up " + generation + " and delete its state? The live one goes on."));
      var aborted = Remains.abort(deployment);
      shell.console().say(aborted + " is given up.");
      new RemainsRemoval(shell, opened, deployment, aborted).run(question -> {});
    }
  }
}

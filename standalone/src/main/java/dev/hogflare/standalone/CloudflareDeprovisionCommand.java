// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.cloudflare.CloudflareApi;
import dev.hogflare.cloudflare.CloudflareConfig;
import dev.hogflare.cloudflare.CloudflareTable;
import dev.hogflare.cloudflare.Provisioning;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code cloudflare deprovision}: removes pipelines, sinks and streams. */
@Command(
    name = "deprovision",
    description = {
      "Remove our pipelines, sinks and streams, in this order.",
      "",
      "Rows that a stream has not written yet go with it; tables and their files stay in the",
      "bucket."
    },
    sortOptions = false)
final class CloudflareDeprovisionCommand implements Runnable {
  private static final int ANY_ROLL_SECONDS = 60;

  private final Shell shell;

  @Mixin private Confirmation confirmation;

  CloudflareDeprovisionCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    CloudflareConfig config = CloudflareCommand.config(shell);
    Console console = shell.console();
    try (CloudflareApi api = new CloudflareApi(config)) {
      Provisioning provisioning = new Provisioning(api, ANY_ROLL_SECONDS);
      Provisioning.Plan plan = provisioning.removal(List.of(CloudflareTable.values()));
      CloudflarePlan.lines(config, plan).forEach(console::say);
      if (plan.changes() == 0) {
        console.say("nothing of ours is there");
        return;
      }
      console.say("Rows that a stream has not written yet are lost; tables and files stay.");
      confirmation.require(console, "Delete these " + plan.changes() + "?");
      provisioning.apply(plan, step -> console.say(CloudflarePlan.done(step)));
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.cloudflare.CloudflareConfig;
import dev.hogflare.runtime.Settings;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code cloudflare}: the commands about streams, sinks and pipelines. */
@Command(
    name = "cloudflare",
    description = {
      "Create what the rows need at Cloudflare, remove it, and see whether rows arrive.",
      "",
      "CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_TOKEN and CLOUDFLARE_R2_BUCKET say where;",
      "docs/cloudflare.md has the rest."
    },
    synopsisHeading = "Usage: ",
    customSynopsis = "hogflare cloudflare (provision | deprovision | verify) [options]",
    descriptionHeading = "%n",
    commandListHeading = "%nCommands:%n")
final class CloudflareCommand implements Runnable {
  @Spec private CommandSpec spec;

  static List<Object> subcommands(Shell shell) {
    return List.of(
        new CloudflareProvisionCommand(shell),
        new CloudflareDeprovisionCommand(shell),
        new CloudflareVerifyCommand(shell));
  }

  /**
   * Reads where Cloudflare is.
   *
   * @throws dev.hogflare.runtime.SettingsException if that is incomplete or malformed
   */
  static CloudflareConfig config(Shell shell) {
    Settings settings = new Settings(shell.environment());
    CloudflareConfig config = CloudflareConfig.from(settings);
    settings.check();
    return config;
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}

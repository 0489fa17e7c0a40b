// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.cloudflare.CloudflareApi;
import dev.hogflare.cloudflare.CloudflareConfig;
import dev.hogflare.cloudflare.CloudflareTable;
import dev.hogflare.cloudflare.EnvFile;
import dev.hogflare.cloudflare.Provisioning;
import dev.hogflare.runtime.Variable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code cloudflare provision}: creates a stream, a sink and a pipeline for each table. */
@Command(
    name = "provision",
    description = {
      "Create a stream, a sink and a pipeline for each table, as far as they are missing, and",
      "write the streams' endpoints into a file of variables for the forwarder.",
      "",
      "Shows first what it would do. A second run does nothing; one after a failure does the",
      "rest."
    },
    sortOptions = false)
final class CloudflareProvisionCommand implements Runnable {
  private final Shell shell;

  @Mixin private CloudflareTablesOption tables;

  @Option(
      names = "--env-file",
      paramLabel = "<file>",
      defaultValue = "cloudflare.env",
      description = "File of variables, readable by its owner alone (default: ${DEFAULT-VALUE}).")
  private Path envFile;

  @Option(
      names = "--roll-seconds",
      paramLabel = "<seconds>",
      defaultValue = "60",
      description = "Time until a sink begins a new file; 60 to 3600 (default: ${DEFAULT-VALUE}).")
  private int rollSeconds;

  @Option(names = "--dry-run", description = "Only show what would be done.")
  private boolean dryRun;

  @Mixin private Confirmation confirmation;

  CloudflareProvisionCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    if (rollSeconds < 60 || rollSeconds > 3_600) {
      throw new CommandException(
          CommandException.USAGE,
          "--roll-seconds is " + rollSeconds + "; Cloudflare's sinks take 60 to 3600.");
    }
    CloudflareConfig config = CloudflareCommand.config(shell);
    Console console = shell.console();
    try (CloudflareApi api = new CloudflareApi(config)) {
      Provisioning provisioning = new Provisioning(api, rollSeconds);
      Provisioning.Plan plan = provisioning.plan(tables.tables());
      CloudflarePlan.lines(config, plan).forEach(console::say);
      if (dryRun) {
        console.say(changes(plan) + " would be made; nothing was done");
        return;
      }
      if (plan.changes() > 0) {
        confirmation.require(console, "Make " + changes(plan) + "?");
      }
      Map<CloudflareTable, String> endpoints =
          provisioning.apply(plan, step -> console.say(CloudflarePlan.done(step)));
      write(config, endpoints);
      if (plan.changes() == 0) {
        console.say("everything is there");
      }
    }
  }

  private static String changes(Provisioning.Plan plan) {
    return plan.changes() == 1 ? "1 change" : plan.changes() + " changes";
  }

  private void write(CloudflareConfig config, Map<CloudflareTable, String> endpoints) {
    Map<String, String> variables = new LinkedHashMap<>();
    endpoints.forEach((table, url) -> variables.put(table.endpoint().name(), url));
    variables.put(Variable.CLOUDFLARE_ACCOUNT_ID.name(), config.accountId());
    variables.put(Variable.CLOUDFLARE_R2_BUCKET.name(), config.requiredBucket());
    variables.put(Variable.HOGFLARE_CLOUDFLARE_NAMESPACE.name(), config.namespace());
    variables.put(
        Variable.HOGFLARE_CLOUDFLARE_PRODUCT.name(),
        config.product().name().toLowerCase(Locale.ROOT));
    String sendToken = Variable.CLOUDFLARE_PIPELINE_AUTH_TOKEN.name();
    String token = shell.environment().getOrDefault(sendToken, "").strip();
    if (!token.isEmpty()) {
      variables.put(sendToken, token);
    }
    Path file = shell.directory().resolve(envFile).toAbsolutePath().normalize();
    try {
      boolean changed = EnvFile.set(file, variables);
      shell.console().say((changed ? "wrote " : "nothing new for ") + file);
    } catch (IOException e) {
      throw new CommandException(
          CommandException.FAILED,
          "The streams are there, but "
              + file
              + " could not be written ("
              + e.getMessage()
              + "); name another file with --env-file and give the command again.",
          e);
    }
    if (token.isEmpty()) {
      shell
          .console()
          .say(
              "The forwarder also needs "
                  + sendToken
                  + ": an API token with \"Workers Pipeline Send\".");
    }
  }
}

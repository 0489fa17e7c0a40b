// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.Topics;
import dev.hogflare.rebuild.Repartition;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.Variable;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code rebuild repartition}: copies the raw topics into those of another partition count. */
@Command(
    name = "repartition",
    description = {
      "Copy all raw events into new topics with another partition count, from which a deployment",
      "under a new prefix builds its state. The gateway must be stopped meanwhile.",
      "",
      "docs/changing-the-partition-count.md leads through it."
    },
    sortOptions = false)
final class RebuildRepartitionCommand implements Runnable {
  private static final int MAX_PARTITIONS = 2_048;
  private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._-]{1,100}");

  private final Shell shell;

  @Spec private CommandSpec spec;

  @Mixin private ClusterOption cluster;

  @Option(
      names = "--partitions",
      paramLabel = "<count>",
      required = true,
      description = "Partitions of the new topics.")
  private int partitions;

  @Option(
      names = "--to-prefix",
      paramLabel = "<prefix>",
      description =
          "What the names of the new topics begin with (default: the old one and p<count>.).")
  private String toPrefix;

  @Option(
      names = "--replication-factor",
      paramLabel = "<count>",
      defaultValue = "1",
      description = "Replicas of the new topics (default: ${DEFAULT-VALUE}).")
  private int replicationFactor;

  RebuildRepartitionCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    Numbers.require(spec, "--partitions", partitions, 1, MAX_PARTITIONS);
    Numbers.require(spec, "--replication-factor", replicationFactor, 1, 10);
    String old = shell.environment().getOrDefault("HOGFLARE_TOPIC_PREFIX", "hogflare.");
    String prefix = toPrefix == null ? old + "p" + partitions + "." : toPrefix;
    if (prefix.equals(old) || !PREFIX.matcher(prefix).matches()) {
      throw new ParameterException(
          spec.commandLine(),
          "--to-prefix is '"
              + prefix
              + "'; it must be another one than '"
              + old
              + "', of letters, digits, dots, dashes and underscores");
    }
    Settings settings = new Settings(shell.environment());
    Duration dedupWindow =
        Duration.ofHours(settings.number(Variable.HOGFLARE_DEDUP_HOURS, 0, 24 * 365));
    settings.check();
    Console console = shell.console();
    try (Cluster open = cluster.open(shell)) {
      Instant now = Instant.now();
      Repartition.Report report =
          new Repartition(
                  open.kafka(),
                  open.topics(),
                  new Topics(prefix),
                  dedupWindow,
                  phase -> {
                    if (console.terminal()) {
                      console.refresh(phase + " …");
                    }
                  })
              .run(
                  new GenerationChooser(open).live(),
                  partitions,
                  replicationFactor,
                  now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000);
      report
          .copied()
          .forEach(
              (topic, count) ->
                  console.say(String.format(Locale.ROOT, "%,d records are in %s", count, topic)));
      if (report.forgotten() > 0) {
        console.say(
            String.format(
                Locale.ROOT, "%,d records of deleted persons were left out", report.forgotten()));
      }
      if (report.unclaimed() > 0) {
        console.say(
            String.format(
                Locale.ROOT,
                "%,d events named a claim that is not in the log; they are decided without one",
                report.unclaimed()));
      }
      console.say("");
      console.say("Start everything with these from now on:");
      console.say("  HOGFLARE_TOPIC_PREFIX=" + prefix);
      console.say("  HOGFLARE_PARTITIONS=" + partitions);
      console.say("It builds its state from the copies and writes the rows of what comes after.");
    }
  }
}

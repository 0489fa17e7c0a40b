// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.hogflare.flags.FlagStore;
import dev.hogflare.flags.FlagsService;
import dev.hogflare.runtime.Settings;
import dev.hogflare.runtime.TopicProvisioner;
import dev.hogflare.runtime.Variable;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code flags}: keeps feature flags, tries them, and tells why one has its value. */
@Command(
    name = "flags",
    description = "Keep, check and explain feature flags.",
    synopsisSubcommandLabel = "<command>",
    sortOptions = false)
final class FlagsCommand implements Runnable {
  /** Writes and reads what the commands say and are told. */
  static final ObjectMapper JSON = new ObjectMapper();

  /** How long Kafka or the service is waited for. */
  static final Duration PATIENCE = Duration.ofSeconds(10);

  @Spec private CommandSpec spec;

  /** Returns the commands below this one, for a shell. */
  static List<Object> subcommands(Shell shell) {
    return List.of(
        new FlagsPutCommand(shell),
        new FlagsListCommand(shell),
        new FlagsDeleteCommand(shell),
        new FlagsValidateCommand(shell),
        new FlagsTestCommand(shell),
        new FlagsExplainCommand(shell));
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  /** Returns where a cluster keeps its flags. */
  static FlagStore store(Shell shell, Cluster cluster) {
    Settings settings = new Settings(shell.environment());
    int replicas =
        cluster.data().isPresent()
            ? 1
            : settings.wholeNumber(Variable.HOGFLARE_REPLICATION_FACTOR, 1, 10);
    settings.check();
    new TopicProvisioner(cluster.kafka(), PATIENCE)
        .ensure(FlagsService.topics(cluster.topics()), 1, replicas);
    return new FlagStore(cluster.kafka(), cluster.topics());
  }

  /** Reads JSON that this product wrote. */
  static JsonNode tree(byte[] json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new CommandException(
          CommandException.FAILED, "What is stored or was answered is not JSON (" + e + ").", e);
    }
  }
}

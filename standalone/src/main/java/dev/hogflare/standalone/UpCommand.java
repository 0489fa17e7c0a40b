// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.runtime.HostPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code up}: runs the whole pipeline until it is told to stop. */
@Command(
    name = "up",
    description = "Start the whole pipeline, from the SDKs' endpoint to the local lake.",
    sortOptions = false)
final class UpCommand implements Runnable {
  private final Shell shell;

  @Spec private CommandSpec spec;

  @Option(
      names = "--host",
      paramLabel = "<address>",
      description = "Where the gateway listens (default: 127.0.0.1, this machine alone).")
  private String host;

  @Option(
      names = "--port",
      paramLabel = "<port>",
      description = "Its port; 0 takes a free one (default: 8080).")
  private Integer port;

  @Mixin private DataOption data;

  @Option(
      names = "--partitions",
      paramLabel = "<count>",
      description = "Partitions of each topic, fixed with the first start (default: 4).")
  private Integer partitions;

  UpCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public void run() {
    UpEnvironment.Options options = options();
    DataFolder folder = shell.data(data.path());
    AutoCloseable lock = folder.lock();
    Logging.to(folder.log(), shell.console());
    LocalPipeline pipeline =
        LocalPipeline.create(folder, shell.environment(), options, Ports::freeOrOther);
    requireFree(pipeline.gatewayAddress());
    new UpSession(shell.console(), folder, lock, pipeline, this::usage).run();
  }

  /** Found out before anything is started, because the fix is the user's. */
  private static void requireFree(HostPort address) {
    try {
      Ports.requireFree(InetAddress.getByName(address.host()), address.port());
    } catch (UnknownHostException e) {
      throw new CommandException(
          CommandException.FAILED,
          "The address "
              + address.host()
              + " is not known; give --host an address of this machine.",
          e);
    } catch (IOException e) {
      throw new CommandException(CommandException.FAILED, explain(address, e), e);
    }
  }

  private static String explain(HostPort address, IOException e) {
    String reason = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    if (reason.contains("in use")) {
      return "Port "
          + address.port()
          + " on "
          + address.host()
          + " is in use; stop what listens there, or choose another with --port.";
    }
    return "Nothing can listen on "
        + address
        + " ("
        + e.getMessage()
        + "); choose another address with --host and --port.";
  }

  private List<String> usage(URI gateway) {
    String folder = data.path().equals(Path.of(DataOption.DEFAULT)) ? "" : " --data " + data.path();
    List<String> lines = new ArrayList<>();
    if (shell.environment().getOrDefault("POSTHOG_SIGNING_SECRET", "").isBlank()) {
      lines.add("Try it:");
      lines.add(
          "  curl "
              + gateway
              + "/capture -H 'Content-Type: application/json' -d"
              + " '{\"api_key\":\"phc_local\",\"event\":\"hello\",\"distinct_id\":\"me\"}'");
    } else {
      lines.add("Requests must be signed, because POSTHOG_SIGNING_SECRET is set. Then:");
    }
    lines.add(
        "  ./hogflare sql \"select event, distinct_id, person_id from hogflare_events\"" + folder);
    return lines;
  }

  private UpEnvironment.Options options() {
    requireWithin("--port", port, 0, 65_535);
    requireWithin("--partitions", partitions, 1, 4_096);
    return new UpEnvironment.Options(
        Optional.ofNullable(host),
        port == null ? OptionalInt.empty() : OptionalInt.of(port),
        partitions == null ? OptionalInt.empty() : OptionalInt.of(partitions));
  }

  private void requireWithin(String option, Integer value, int min, int max) {
    if (value != null && (value < min || value > max)) {
      throw new ParameterException(
          spec.commandLine(),
          option + " is " + value + " and must be a number from " + min + " to " + max);
    }
  }
}

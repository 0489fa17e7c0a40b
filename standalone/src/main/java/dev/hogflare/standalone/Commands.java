// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.cloudflare.CloudflareException;
import dev.hogflare.metrics.MetricsException;
import dev.hogflare.operations.OperationFailedException;
import dev.hogflare.rebuild.RebuildException;
import dev.hogflare.runtime.ConcurrentChangeException;
import dev.hogflare.runtime.SettingsException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line: its verbs, its help, its words for mistakes. */
final class Commands {
  private static final String NAME = "hogflare";

  private Commands() {}

  @Command(
      name = NAME,
      mixinStandardHelpOptions = true,
      versionProvider = Version.class,
      description = "A PostHog-compatible event pipeline on Kafka, in one process.",
      synopsisHeading = "Usage: ",
      customSynopsis = "hogflare <command> [options]",
      descriptionHeading = "%n",
      optionListHeading = "%nOptions:%n",
      commandListHeading = "%nCommands:%n",
      footer = {
        "  test    Build everything and run every check; --long adds the long ones.",
        "  bench   Measure the pipeline on this machine.",
        "",
        "'hogflare <command> --help' shows a command's options. Further settings are",
        "environment variables, listed in docs/configuration.md."
      })
  private static final class Root implements Runnable {
    @Spec private CommandSpec spec;

    @Override
    public void run() {
      spec.commandLine().usage(spec.commandLine().getOut());
    }
  }

  /** Says which build this is. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {NAME + " " + number() + " (Java " + Runtime.version() + ")"};
    }

    private static String number() {
      // Null when the classes do not come from the jar.
      String version = Commands.class.getPackage().getImplementationVersion();
      return version == null ? "development build" : version;
    }
  }

  /** Returns the command line of a shell. */
  static CommandLine of(Shell shell) {
    CommandLine commands = new CommandLine(new Root());
    for (Object command :
        List.of(
            new UpCommand(shell),
            new SqlCommand(shell),
            new QueryCommand(shell),
            new StatusCommand(shell),
            new TopicsCommand(shell),
            new DefinitionsCommand(shell),
            new ReconcileCommand(shell),
            new LoadCommand(shell),
            new WarmUpCommand(shell))) {
      add(commands, command);
    }
    CommandLine metrics = add(commands, new MetricsCommand());
    MetricsCommand.subcommands(shell).forEach(command -> add(metrics, command));
    CommandLine rebuild = add(commands, new RebuildCommand());
    RebuildCommand.subcommands(shell).forEach(command -> add(rebuild, command));
    CommandLine flags = add(commands, new FlagsCommand());
    FlagsCommand.subcommands(shell).forEach(command -> add(flags, command));
    CommandLine transformations = add(commands, new TransformationsCommand());
    TransformationsCommand.subcommands(shell).forEach(command -> add(transformations, command));
    CommandLine dlq = add(commands, new DlqCommand());
    DlqCommand.subcommands(shell).forEach(command -> add(dlq, command));
    CommandLine person = add(commands, new PersonCommand());
    add(person, new PersonDeleteCommand(shell));
    CommandLine lake = add(commands, new LakeCommand());
    LakeCommand.subcommands(shell).forEach(command -> add(lake, command));
    CommandLine cloudflare = add(commands, new CloudflareCommand());
    CloudflareCommand.subcommands(shell).forEach(command -> add(cloudflare, command));
    commands.setOut(shell.console().out());
    commands.setCaseInsensitiveEnumValuesAllowed(true);
    commands.setParameterExceptionHandler((e, arguments) -> explain(shell.console(), e));
    commands.setExecutionExceptionHandler((e, command, result) -> explain(shell, e, command));
    return commands;
  }

  private static CommandLine add(CommandLine parent, Object command) {
    CommandLine subcommand = new CommandLine(command);
    subcommand.getCommandSpec().addOption(help());
    parent.addSubcommand(subcommand);
    return subcommand;
  }

  private static OptionSpec help() {
    return OptionSpec.builder("-h", "--help")
        .usageHelp(true)
        .description("Show this help message and exit.")
        .build();
  }

  private static int explain(Console console, ParameterException e) {
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    boolean noSuchCommand =
        e instanceof UnmatchedArgumentException unmatched
            && command.equals(NAME)
            && !unmatched.isUnknownOption();
    if (noSuchCommand) {
      UnmatchedArgumentException unmatched = (UnmatchedArgumentException) e;
      console.warn(
          "There is no command '"
              + unmatched.getUnmatched().get(0)
              + "'"
              + unmatched.getSuggestions().stream()
                  .findFirst()
                  .map(nearest -> "; did you mean '" + nearest + "'?")
                  .orElse(".")
              + " 'hogflare --help' lists the commands.");
    } else {
      console.warn(
          e.getMessage().lines().findFirst().orElse("The command line cannot be understood")
              + "; '"
              + command
              + " --help' shows what is possible.");
    }
    return CommandException.USAGE;
  }

  private static int explain(Shell shell, Exception e, CommandLine command) {
    String name = command.getCommandSpec().qualifiedName();
    if (e instanceof CommandException refusal) {
      shell.console().warn(refusal.getMessage());
      return refusal.status();
    }
    if (e instanceof RebuildException
        || e instanceof ConcurrentChangeException
        || e instanceof OperationFailedException
        || e instanceof CloudflareException
        || e instanceof MetricsException) {
      e.getMessage().lines().forEach(shell.console()::warn);
      return CommandException.FAILED;
    }
    if (e instanceof SettingsException settings) {
      shell.console().warn(name + " cannot start with these environment variables:");
      settings.getMessage().lines().forEach(line -> shell.console().warn("  " + line));
      return CommandException.USAGE;
    }
    Path data = command.getParseResult().matchedOptionValue("--data", Path.of(DataOption.DEFAULT));
    Path log = FailureLog.append(shell.data(data), name, e);
    shell.console().warn(name + " failed: " + sentence(e) + " Details are in " + log + ".");
    return CommandException.FAILED;
  }

  private static String sentence(Exception e) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    String line = message.lines().findFirst().orElse(e.toString()).strip();
    return line.endsWith(".") || line.endsWith("?") ? line : line + ".";
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.hogflare.flags.FlagProblem;
import dev.hogflare.flags.FlagSet;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code flags validate}. */
@Command(
    name = "validate",
    description = "Check a document of flags.",
    sortOptions = false,
    exitCodeListHeading = "%nExit status:%n",
    exitCodeList = {"0:every flag can be evaluated", "1:some cannot, or it cannot be read"})
final class FlagsValidateCommand implements Callable<Integer> {
  private final Shell shell;

  @Mixin private FlagsFile file;

  @Mixin private JsonOption json;

  FlagsValidateCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    FlagSet flags = file.read(shell);
    boolean broken = false;
    ArrayNode list = FlagsCommand.JSON.createArrayNode();
    for (FlagProblem problem : flags.problems()) {
      broken |= problem.severity() == FlagProblem.Severity.ERROR;
      list.addObject()
          .put("severity", problem.severity().name().toLowerCase(Locale.ROOT))
          .put("flag", problem.flag())
          .put("field", problem.field())
          .put("sentence", problem.sentence());
      if (!json.chosen()) {
        shell.console().warn(problem.toString());
      }
    }
    if (json.chosen()) {
      shell.console().say(list.toString());
    } else if (!broken) {
      shell
          .console()
          .say(
              "Every flag can be evaluated"
                  + (flags.problems().isEmpty()
                      ? "."
                      : ", with " + Words.count(flags.problems().size(), "warning") + "."));
    }
    return broken ? CommandException.FAILED : 0;
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.flags.FlagCheck;
import dev.hogflare.flags.FlagDocumentException;
import dev.hogflare.flags.FlagSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Parameters;

/** The document of flags that a command is given. */
final class FlagsFile {
  @Parameters(paramLabel = "<file>", description = "JSON document of flags; - reads the input.")
  private String name;

  /** Returns the document as it is. */
  byte[] bytes(Shell shell) {
    try {
      return name.equals("-")
          ? System.in.readAllBytes()
          : Files.readAllBytes(shell.directory().resolve(Path.of(name)));
    } catch (IOException e) {
      throw new CommandException(
          CommandException.FAILED,
          "The file " + name + " cannot be read (" + e + "); name a JSON document of flags.",
          e);
    }
  }

  /** Returns the flags of the document. */
  FlagSet read(Shell shell) {
    return read(bytes(shell));
  }

  /** Returns the flags of a document. */
  static FlagSet read(byte[] document) {
    try {
      return FlagCheck.read(document);
    } catch (FlagDocumentException e) {
      throw new CommandException(CommandException.FAILED, e.getMessage(), e);
    }
  }
}

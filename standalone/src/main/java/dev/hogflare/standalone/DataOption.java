// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option that every command has. */
final class DataOption {
  /** The data folder when none is named. */
  static final String DEFAULT = "./data";

  @Option(
      names = "--data",
      paramLabel = "<folder>",
      defaultValue = DEFAULT,
      description = "Data folder (default: ${DEFAULT-VALUE}).")
  private Path path;

  /** Returns the folder as typed. */
  Path path() {
    return path;
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import picocli.CommandLine.Option;

/** The option that names the project whose flags a command is about. */
final class ProjectOption {
  @Option(
      names = "--token",
      paramLabel = "<project key>",
      defaultValue = "",
      description = "The project that they are for (default: those of all projects).")
  private String token;

  /** Returns the project key, an empty text for all projects. */
  String token() {
    return token;
  }

  /** Completes the sentence "there is no such flag …". */
  String words() {
    return token.isEmpty() ? "for all projects" : "for the project " + token;
  }
}

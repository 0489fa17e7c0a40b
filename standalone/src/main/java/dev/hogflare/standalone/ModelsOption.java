// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.metrics.ModelReader;
import dev.hogflare.metrics.Models;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Option;

/** {@code --models}: the models that a command is about. */
final class ModelsOption {
  @Option(
      names = "--models",
      paramLabel = "<folder>",
      description = "Folder of models in sidemantic's YAML, instead of those that are built in.")
  private Path folder;

  /**
   * Returns the models.
   *
   * @throws dev.hogflare.metrics.MetricsException if they cannot be used
   */
  Models read(Map<String, String> environment) {
    return folder == null ? ModelReader.builtIn() : ModelReader.folder(folder, environment);
  }
}

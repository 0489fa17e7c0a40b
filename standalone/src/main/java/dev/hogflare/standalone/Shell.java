// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import java.nio.file.Path;
import java.util.Map;

/**
 * What the shell gives to a command.
 *
 * @param environment the variables
 * @param directory what relative paths are relative to
 * @param console where the command writes
 */
record Shell(Map<String, String> environment, Path directory, Console console) {

  /** Returns the data folder of a path as typed. */
  DataFolder data(Path path) {
    return new DataFolder(directory.resolve(path).toAbsolutePath().normalize());
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;

/** Keeps the stack trace of a command that failed for a reason that nobody foresaw. */
final class FailureLog {
  private FailureLog() {}

  /**
   * Appends the trace to the log of the data folder, or to a file in the system's temporary folder
   * if there is no such data folder.
   *
   * @return the file
   */
  static Path append(DataFolder data, String command, Throwable failure) {
    Path temporary = Path.of(System.getProperty("java.io.tmpdir"), "hogflare.log");
    Path file = Files.isDirectory(data.root()) ? data.log() : temporary;
    StringWriter trace = new StringWriter();
    trace.append(Instant.now().toString()).append(" ERROR ").append(command).append(": ");
    failure.printStackTrace(new PrintWriter(trace));
    try {
      write(file, trace.toString());
      return file;
    } catch (IOException e) {
      // A data folder that cannot be written may be what failed in the first place.
      failure.addSuppressed(e);
    }
    try {
      write(temporary, trace.toString());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("No log can be written; free some disk space.", e);
    }
    return temporary;
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }
}

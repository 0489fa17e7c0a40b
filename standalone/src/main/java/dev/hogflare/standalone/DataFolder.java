// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.Topic;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * Where one installation keeps what outlives its process.
 *
 * @param root the folder that {@code --data} names, absolute
 */
record DataFolder(Path root) {

  /** Returns the folder of the embedded broker. */
  Path kafka() {
    return root.resolve("kafka");
  }

  /** Returns the folder of the processors' local state, which Kafka can restore. */
  Path state() {
    return root.resolve("state");
  }

  /** Returns the folder in which the gateway keeps events while the broker does not take them. */
  Path spool() {
    return root.resolve("spool");
  }

  /**
   * Returns the folder of the local lake; {@code HOGFLARE_LAKE_DIR} wins over the one in here.
   *
   * @param environment the variables
   */
  Path lake(Map<String, String> environment) {
    String elsewhere = environment.getOrDefault("HOGFLARE_LAKE_DIR", "");
    return elsewhere.isBlank() ? root.resolve("lake") : Path.of(elsewhere.trim());
  }

  /** Returns the file of the log. */
  Path log() {
    return root.resolve("logs").resolve("hogflare.log");
  }

  /** Returns the file that says what runs here. */
  Path runFile() {
    return root.resolve("run").resolve("up.json");
  }

  /** Returns the file with the token that the running lake demands; only its owner may read it. */
  Path lakeToken() {
    return root.resolve("run").resolve("lake-token");
  }

  /** Returns the file of what earlier processes counted. */
  Path totals() {
    return root.resolve("run").resolve("totals.json");
  }

  /**
   * Takes the folder for this process; the system gives it back when the process ends, however it
   * ends.
   *
   * @throws CommandException if another process has it, or it cannot be written
   */
  AutoCloseable lock() {
    Path file = root.resolve("run").resolve("lock");
    FileChannel channel = null;
    try {
      Files.createDirectories(file.getParent());
      channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = tryLock(channel);
      if (lock != null) {
        return channel;
      }
      channel.close();
    } catch (IOException e) {
      throw new CommandException(
          CommandException.FAILED,
          "The data folder "
              + root
              + " cannot be written ("
              + e.getMessage()
              + "); make it writable or name another with --data.",
          e);
    }
    throw new CommandException(
        CommandException.FAILED,
        "The data folder "
            + root
            + " is in use by another hogflare up"
            + RunFile.read(runFile()).map(run -> " (process " + run.pid() + ")").orElse("")
            + "; stop that one or name another folder with --data.");
  }

  private static FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // Held by this very process, which happens in tests only.
      return null;
    }
  }

  /** Returns the partition count of a topic that the embedded broker already keeps here. */
  OptionalInt partitionsOf(Topic topic) {
    if (!Files.isDirectory(kafka())) {
      return OptionalInt.empty();
    }
    String prefix = topic.name() + "-";
    try (Stream<Path> folders = Files.list(kafka())) {
      int count =
          (int)
              folders
                  .map(folder -> folder.getFileName().toString())
                  .filter(name -> name.startsWith(prefix))
                  .filter(name -> isNumber(name.substring(prefix.length())))
                  .count();
      return count == 0 ? OptionalInt.empty() : OptionalInt.of(count);
    } catch (IOException e) {
      throw new CommandException(
          CommandException.FAILED,
          "The folder " + kafka() + " cannot be read (" + e.getMessage() + "); make it readable.",
          e);
    }
  }

  private static boolean isNumber(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }
}

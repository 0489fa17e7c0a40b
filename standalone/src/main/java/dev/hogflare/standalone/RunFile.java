// SPDX-License-Identifier: Apache-2.0
package dev.hogflare.standalone;

import dev.hogflare.contract.JsonBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * What a running {@code up} leaves in its data folder, so that other commands find it.
 *
 * @param pid its process
 * @param startedMillis when the process began, in milliseconds since 1970; tells it from a later
 *     process with the same number
 * @param gateway base URL of the public endpoint
 * @param kafka {@code host:port} of the embedded broker
 * @param lake base URL of the local lake, or empty if the rows go elsewhere
 * @param admin base URL of the admin endpoint
 */
record RunFile(
    long pid, long startedMillis, String gateway, String kafka, String lake, String admin) {
  /** The system derives the start from a clock that may be corrected in between. */
  private static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(3);

  /** Returns a file's content for this process. */
  static RunFile ofThisProcess(String gateway, String kafka, String lake, String admin) {
    ProcessHandle self = ProcessHandle.current();
    return new RunFile(self.pid(), startOf(self), gateway, kafka, lake, admin);
  }

  private static long startOf(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }

  /** Writes the file. */
  void write(Path file) {
    FlatJson.write(
        file,
        new JsonBuffer(256)
            .openObject()
            .name("pid")
            .number(pid)
            .name("startedMillis")
            .number(startedMillis)
            .name("gateway")
            .string(gateway)
            .name("kafka")
            .string(kafka)
            .name("lake")
            .string(lake)
            .name("admin")
            .string(admin)
            .closeObject());
  }

  /** Reads the file; nothing if there is none or it cannot be understood. */
  static Optional<RunFile> read(Path file) {
    return FlatJson.read(file).flatMap(RunFile::of);
  }

  private static Optional<RunFile> of(Map<String, String> fields) {
    try {
      return Optional.of(
          new RunFile(
              Long.parseLong(fields.getOrDefault("pid", "")),
              Long.parseLong(fields.getOrDefault("startedMillis", "")),
              fields.getOrDefault("gateway", ""),
              fields.getOrDefault("kafka", ""),
              fields.getOrDefault("lake", ""),
              fields.getOrDefault("admin", "")));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  /** Reads the file of a process that still runs. */
  static Optional<RunFile> ofRunning(Path file) {
    return read(file).filter(RunFile::alive);
  }

  /** Says whether the process that wrote the file still runs. */
  boolean alive() {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .filter(
            process -> {
              long start = startOf(process);
              return start == 0
                  || startedMillis == 0
                  || Math.abs(start - startedMillis) <= CLOCK_TOLERANCE.toMillis();
            })
        .isPresent();
  }
}
